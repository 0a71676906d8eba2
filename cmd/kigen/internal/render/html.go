package render

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"kigen/sla/report"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// HTML writes the report as one self-contained page, made for print: no
// script, nothing loaded from elsewhere.
func HTML(w io.Writer, r report.Report, lang string) error {
	doc, err := newDocument(r, lang)
	if err != nil {
		return err
	}
	doc.Style = template.CSS(pageStyle)
	parsed, err := template.New("page").Funcs(template.FuncMap{
		"svg": (*picture).svg,
	}).Parse(pageSource)
	if err != nil {
		return err
	}
	var whole bytes.Buffer // so that an error leaves no half page behind
	if err := parsed.Execute(&whole, doc); err != nil {
		return err
	}
	_, err = whole.WriteTo(w)
	return err
}
