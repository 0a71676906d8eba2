package pdf

import (
	"codeberg.org/go-pdf/fpdf"

	"kigen/cmd/kigen/internal/render/layout"
)

// printer draws the pages of one PDF.
type printer struct {
	file      *fpdf.Fpdf // while a page is drawn: the page
	face      *typeface
	widths    [2]map[rune]float64 // of regular and bold, at size 1
	page      int                 // that is being drawn, or was drawn last
	bookmarks []bookmark
}

// bookmark is a place that the outline of the PDF names.
type bookmark struct {
	title       string
	level, page int
	y           float64
}

// bookmark notes a place on the page that is being drawn.
func (p *printer) bookmark(title string, level int, y float64) {
	p.bookmarks = append(p.bookmarks, bookmark{p.face.printable(title), level, p.page, y})
}

// style is the look of a text. leading is the line height.
type style struct {
	size, leading float64
	bold          bool
	colour        layout.Ink
}

var (
	small    = style{size: 7.2, leading: 10.5, colour: layout.InkSoft}
	tiny     = style{size: 6.4, leading: 8.6, colour: layout.InkSoft}
	plain    = style{size: 9, leading: 14, colour: layout.InkText}
	lead     = style{size: 10, leading: 16, colour: layout.InkText}
	inTable  = style{size: 7.8, leading: 10.6, colour: layout.InkText}
	inHead   = style{size: 6.8, leading: 9.4, colour: layout.InkSoft, bold: true}
	heading1 = style{size: 21, leading: 28, colour: layout.InkText, bold: true}
	heading2 = style{size: 12.5, leading: 18, colour: layout.InkText, bold: true}
	heading3 = style{size: 10, leading: 14.5, colour: layout.InkText, bold: true}
	quoted   = style{size: 8.2, leading: 12, colour: layout.InkText}
	reason   = style{size: 7, leading: 9.6, colour: layout.InkText}
	heading4 = style{size: 7.6, leading: 12, colour: layout.InkSoft, bold: true}
	number   = style{size: 17, leading: 23, colour: layout.InkText, bold: true}
)

func (s style) in(colour layout.Ink) style { s.colour = colour; return s }

func (s style) heavy() style { s.bold = true; return s }

func (p *printer) use(s style) {
	weight := ""
	if s.bold {
		weight = "B"
	}
	p.file.SetFont(fontName, weight, s.size)
}

// measure returns the character widths of a style, cached because the library
// must switch fonts to measure.
func (p *printer) measure(s style) layout.Measure {
	index := 0
	if s.bold {
		index = 1
	}
	if p.widths[index] == nil {
		p.widths[index] = make(map[rune]float64)
	}
	known := p.widths[index]
	return func(r rune) float64 {
		width, ok := known[r]
		if !ok {
			p.use(s)
			width = float64(p.file.GetStringSymbolWidth(string(r))) / 1000
			known[r] = width
		}
		return width * s.size
	}
}

func (p *printer) width(text string, s style) float64 {
	return p.measure(s).Text(p.face.printable(text))
}

func (p *printer) lines(text string, s style, width float64) []string {
	return layout.Wrap(p.face.printable(text), width, p.measure(s))
}

func (p *printer) cut(text string, s style, width float64) string {
	return layout.Cut(p.face.printable(text), width, p.measure(s))
}

// write draws one line with its baseline at y.
func (p *printer) write(x, y float64, text string, s style) {
	if text == "" {
		return
	}
	p.use(s)
	p.file.SetTextColor(s.colour.RGB())
	p.file.Text(x, y, p.face.printable(text))
}

func (p *printer) writeRight(x, y float64, text string, s style) {
	p.write(x-p.width(text, s), y, text, s)
}

// baseline is the distance from the top of a line to its baseline.
func (s style) baseline() float64 { return s.leading/2 + s.size*0.36 }

func (p *printer) rule(x, y, width float64, stroke layout.Ink, thickness float64) {
	p.file.SetDrawColor(stroke.RGB())
	p.file.SetLineWidth(thickness)
	p.file.Line(x, y, x+width, y)
}

func (p *printer) tint(x, y, w, h float64, colour layout.Ink) {
	p.file.SetFillColor(colour.RGB())
	p.file.Rect(x, y, w, h, "F")
}

// picture draws a picture with its top left at x, y.
func (p *printer) picture(x, y float64, pic *layout.Picture) {
	for i := range pic.Shapes {
		p.shape(x, y, &pic.Shapes[i])
	}
}

func (p *printer) shape(x, y float64, s *layout.Shape) {
	first := s.Points[0]
	if s.Text != "" {
		look := style{size: s.Size, bold: s.Bold, colour: s.Fill}
		switch s.Anchor {
		case layout.AtMiddle:
			x -= p.width(s.Text, look) / 2
		case layout.ToEnd:
			x -= p.width(s.Text, look)
		case layout.FromStart:
		}
		p.write(x+first.X, y+first.Y, s.Text, look)
		return
	}
	how := ""
	if s.Fill != layout.NoInk {
		p.file.SetFillColor(s.Fill.RGB())
		how = "F"
	}
	if s.Stroke != layout.NoInk {
		p.file.SetDrawColor(s.Stroke.RGB())
		p.file.SetLineWidth(s.Width)
		how += "D"
	}
	if s.Dashed {
		p.file.SetDashPattern([]float64{3, 2}, 0)
		defer p.file.SetDashPattern([]float64{}, 0)
	}
	p.file.MoveTo(x+first.X, y+first.Y)
	for _, at := range s.Points[1:] {
		p.file.LineTo(x+at.X, y+at.Y)
	}
	if s.Closed {
		p.file.ClosePath()
	}
	p.file.DrawPath(how)
}
