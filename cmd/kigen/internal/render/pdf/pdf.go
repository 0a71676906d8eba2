// Package pdf writes a document as PDF, page by page.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"kigen/cmd/kigen/internal/render/layout"
)

const fontName = "bizudpgothic"

// Write writes the document with embedded fonts, bookmarks and page numbers. The
// file bears the given instant as its date, so that the same document gives the
// same bytes. Finished pages wait in a temporary file for the number of pages.
func Write(w io.Writer, doc *layout.Document, at time.Time) (err error) {
	face, err := loadTypeface()
	if err != nil {
		return fmt.Errorf("font of the PDF: %w", err)
	}
	pages, err := newPageFile()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pages.close()) }()
	file := newFile(&face, doc, at.UTC())
	p := &printer{file: file, face: &face}
	if err := p.draw(doc, pages); err != nil {
		return fmt.Errorf("PDF: %w", err)
	}
	if err := p.feet(doc, len(pages.ends)); err != nil {
		return fmt.Errorf("PDF: %w", err)
	}
	var whole bytes.Buffer
	if err := file.Output(&whole); err != nil {
		return fmt.Errorf("PDF: %w", err)
	}
	f, err := openFrame(whole.Bytes())
	if err != nil {
		return err
	}
	return f.join(w, pages)
}

// newFile begins a PDF without pages.
func newFile(face *typeface, doc *layout.Document, at time.Time) *fpdf.Fpdf {
	file := fpdf.NewCustom(&fpdf.InitType{
		OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: layout.PageWidth, Ht: layout.PageHeight},
	})
	file.SetAutoPageBreak(false, 0)
	file.SetCompression(false) // of the pages, which are packed when they are joined
	file.SetCatalogSort(true)
	file.SetCreationDate(at)
	file.SetModificationDate(at)
	file.SetTitle(doc.Title, true)
	file.SetSubject(doc.Kind, true)
	file.SetCreator(doc.Footer, true)
	file.SetLang(doc.Lang)
	// Clones, because the library modifies its input.
	file.AddUTF8FontFromBytes(fontName, "", bytes.Clone(face.regular))
	file.AddUTF8FontFromBytes(fontName, "B", bytes.Clone(face.bold))
	return file
}

// draw lays the document out and keeps each page when it is full. A page is drawn
// as a template, which notes the characters that it uses in the file's fonts.
func (p *printer) draw(doc *layout.Document, pages *pageFile) error {
	whole := p.file
	out := &flow{height: layout.BodyHeight, flush: func(page []placed) error {
		p.page++
		drawn := whole.CreateTemplateCustom(fpdf.PointType{}, fpdf.SizeType{Wd: layout.PageWidth, Ht: layout.PageHeight}, func(t *fpdf.Tpl) {
			p.file = &t.Fpdf
			if p.page > 1 {
				p.runningHead(doc)
			}
			for _, at := range page {
				at.piece.draw(layout.MarginTop + at.y)
			}
		})
		err := p.file.Error()
		p.file = whole
		return errors.Join(err, pages.add(drawn.Bytes()))
	}}
	if err := p.document(doc, out); err != nil {
		return err
	}
	if err := doc.Failed(); err != nil {
		return err
	}
	return out.end()
}

// feet adds the pages to the file, each with its foot and its bookmarks.
func (p *printer) feet(doc *layout.Document, pages int) error {
	marks := p.bookmarks
	for page := 1; page <= pages; page++ {
		p.file.AddPage()
		for len(marks) > 0 && marks[0].page == page {
			p.file.Bookmark(marks[0].title, marks[0].level, marks[0].y)
			marks = marks[1:]
		}
		p.foot(doc, page, pages)
	}
	return p.file.Error()
}

func (p *printer) runningHead(doc *layout.Document) {
	const y = layout.MarginTop - 20
	p.write(layout.MarginSide, y, p.cut(doc.Kind, small, layout.BodyWidth/2), small)
	p.writeRight(layout.PageWidth-layout.MarginSide, y, doc.Heading, small)
	p.rule(layout.MarginSide, y+5, layout.BodyWidth, layout.InkLine, 0.5)
}

func (p *printer) foot(doc *layout.Document, page, pages int) {
	const y = layout.PageHeight - 24
	p.write(layout.MarginSide, y, doc.Footer, small)
	p.writeRight(layout.PageWidth-layout.MarginSide, y, fmt.Sprintf(doc.PageWords, page, pages), small)
}
