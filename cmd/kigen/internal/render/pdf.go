package render

import (
	"io"

	"kigen/cmd/kigen/internal/render/pdf"
	"kigen/sla/report"
)

// PDF writes the report for print and mail: the content of HTML. The file's dates
// are the period's end, so that the same report gives the same bytes.
func PDF(w io.Writer, r report.Report, lang string) error {
	doc, err := newDocument(r, lang)
	if err != nil {
		return err
	}
	return pdf.Write(w, &doc, r.Period.To)
}
