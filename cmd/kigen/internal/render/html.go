package render

import (
	"bufio"
	_ "embed"
	"errors"
	"io"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/report"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// HTML writes the report as one self-contained page for print, without scripts or
// external resources. An error leaves a part of the page.
func HTML(w io.Writer, r report.Report, lang string) error {
	doc, err := newDocument(r, lang)
	if err != nil {
		return err
	}
	doc.Style = template.CSS(pageStyle)
	parsed, err := template.New("page").Funcs(template.FuncMap{
		"svg": (*layout.Picture).SVG,
	}).Parse(pageSource)
	if err != nil {
		return err
	}
	shown := &visible{out: w}
	buffered := bufio.NewWriterSize(shown, 64<<10)
	if err := errors.Join(parsed.Execute(buffered, doc), doc.Failed()); err != nil {
		return err
	}
	return errors.Join(buffered.Flush(), shown.Close())
}
