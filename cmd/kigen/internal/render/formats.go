package render

import (
	"fmt"
	"io"
	"strings"

	"kigen/sla/report"
)

// Form is an output format of a report.
type Form struct {
	Name      string // in requests, and as file extension
	MediaType string
	write     func(w io.Writer, r report.Report, lang string, o CSVOptions) error
}

// Write writes the report. The options apply to CSV only.
func (f Form) Write(w io.Writer, r report.Report, lang string, o CSVOptions) error {
	return f.write(w, r, lang, o)
}

// forms lists the formats, the default first.
var forms = [...]Form{
	{"json", "application/json", func(w io.Writer, r report.Report, lang string, _ CSVOptions) error { return JSON(w, r, lang) }},
	{"html", "text/html; charset=utf-8", func(w io.Writer, r report.Report, lang string, _ CSVOptions) error { return HTML(w, r, lang) }},
	{"pdf", "application/pdf", func(w io.Writer, r report.Report, lang string, _ CSVOptions) error { return PDF(w, r, lang) }},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(w io.Writer, r report.Report, lang string, _ CSVOptions) error { return XLSX(w, r, lang) }},
	{"csv", "text/csv; charset=utf-8; header=present", CSV},
}

// FormNames lists the formats, the default first.
func FormNames() []string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.Name
	}
	return names
}

// FormNamed returns a format by name; the error lists the valid names.
func FormNamed(name string) (Form, error) {
	for _, f := range forms {
		if f.Name == name {
			return f, nil
		}
	}
	names := FormNames()
	last := len(names) - 1
	return Form{}, fmt.Errorf("format %q: use %s or %s", name, strings.Join(names[:last], ", "), names[last])
}
