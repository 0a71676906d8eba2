package render

import (
	"bytes"
	"fmt"
	"io"

	"codeberg.org/go-pdf/fpdf"

	"kigen/sla/report"
)

// The page, in points: A4 upright.
const (
	pageWidth    = 595.28
	pageHeight   = 841.89
	marginSide   = 40.0
	marginTop    = 50.0
	marginBottom = 46.0
	bodyWidth    = pageWidth - 2*marginSide
	bodyHeight   = pageHeight - marginTop - marginBottom
)

const fontName = "bizudpgothic"

// PDF writes the report for print and mail: the same content as HTML, with
// the font inside, headings as bookmarks and pages numbered. Its dates are
// the period's end, so that the same report gives the same bytes.
func PDF(w io.Writer, r report.Report, lang string) error {
	doc, err := newDocument(r, lang)
	if err != nil {
		return err
	}
	face, err := loadTypeface()
	if err != nil {
		return fmt.Errorf("font of the PDF: %w", err)
	}
	file := fpdf.NewCustom(&fpdf.InitType{
		OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: pageWidth, Ht: pageHeight},
	})
	file.SetAutoPageBreak(false, 0)
	file.SetCatalogSort(true)
	file.SetCreationDate(r.Period.To.UTC())
	file.SetModificationDate(r.Period.To.UTC())
	file.SetTitle(doc.Title, true)
	file.SetSubject(doc.Kind, true)
	file.SetCreator(doc.Footer, true)
	file.SetLang(lang)
	// Copies, because the library keeps a reading position in what it is given.
	file.AddUTF8FontFromBytes(fontName, "", bytes.Clone(face.regular))
	file.AddUTF8FontFromBytes(fontName, "B", bytes.Clone(face.bold))

	p := &printer{file: file, face: &face}
	pages := paginate(p.document(&doc), bodyHeight)
	for i, page := range pages {
		file.AddPage()
		if i > 0 {
			p.runningHead(&doc)
		}
		p.foot(&doc, i+1, len(pages))
		for _, at := range page {
			at.piece.draw(marginTop + at.y)
		}
	}
	var whole bytes.Buffer // so that an error leaves no half file behind
	if err := file.Output(&whole); err != nil {
		return fmt.Errorf("PDF: %w", err)
	}
	_, err = whole.WriteTo(w)
	return err
}

func (p *printer) runningHead(doc *document) {
	const y = marginTop - 20
	p.write(marginSide, y, p.cut(doc.Kind, small, bodyWidth/2), small)
	p.writeRight(pageWidth-marginSide, y, doc.Heading, small)
	p.rule(marginSide, y+5, bodyWidth, inkLine, 0.5)
}

func (p *printer) foot(doc *document, page, pages int) {
	const y = pageHeight - 24
	p.write(marginSide, y, doc.Footer, small)
	p.writeRight(pageWidth-marginSide, y, fmt.Sprintf(doc.pageWords, page, pages), small)
}
