package render

import (
	"codeberg.org/go-pdf/fpdf"
)

// printer draws on the pages of one PDF.
type printer struct {
	file   *fpdf.Fpdf
	face   *typeface
	widths [2]map[rune]float64 // of regular and bold, for a size of 1
}

// style is how a text looks. Leading is the distance of its lines.
type style struct {
	size, leading float64
	bold          bool
	colour        ink
}

var (
	small    = style{size: 7.2, leading: 10.5, colour: inkSoft}
	tiny     = style{size: 6.4, leading: 8.6, colour: inkSoft}
	plain    = style{size: 9, leading: 14, colour: inkText}
	lead     = style{size: 10, leading: 16, colour: inkText}
	inTable  = style{size: 7.8, leading: 10.6, colour: inkText}
	inHead   = style{size: 6.8, leading: 9.4, colour: inkSoft, bold: true}
	heading1 = style{size: 21, leading: 28, colour: inkText, bold: true}
	heading2 = style{size: 12.5, leading: 18, colour: inkText, bold: true}
	heading3 = style{size: 10, leading: 14.5, colour: inkText, bold: true}
	heading4 = style{size: 7.6, leading: 12, colour: inkSoft, bold: true}
	number   = style{size: 17, leading: 23, colour: inkText, bold: true}
)

func (s style) in(colour ink) style { s.colour = colour; return s }

func (s style) heavy() style { s.bold = true; return s }

func (p *printer) use(s style) {
	weight := ""
	if s.bold {
		weight = "B"
	}
	p.file.SetFont(fontName, weight, s.size)
}

// measure gives the widths of characters in a style. They are kept: asking
// the library means setting its font.
func (p *printer) measure(s style) measure {
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
	return p.measure(s).text(p.face.printable(text))
}

func (p *printer) lines(text string, s style, width float64) []string {
	return wrap(p.face.printable(text), width, p.measure(s))
}

func (p *printer) cut(text string, s style, width float64) string {
	return cut(p.face.printable(text), width, p.measure(s))
}

// write sets one line with its baseline at y.
func (p *printer) write(x, y float64, text string, s style) {
	if text == "" {
		return
	}
	p.use(s)
	p.file.SetTextColor(s.colour.rgb())
	p.file.Text(x, y, p.face.printable(text))
}

func (p *printer) writeRight(x, y float64, text string, s style) {
	p.write(x-p.width(text, s), y, text, s)
}

// baseline is how far below the top of its line a text stands.
func (s style) baseline() float64 { return s.leading/2 + s.size*0.36 }

func (p *printer) rule(x, y, width float64, stroke ink, thickness float64) {
	p.file.SetDrawColor(stroke.rgb())
	p.file.SetLineWidth(thickness)
	p.file.Line(x, y, x+width, y)
}

func (p *printer) tint(x, y, w, h float64, colour ink) {
	p.file.SetFillColor(colour.rgb())
	p.file.Rect(x, y, w, h, "F")
}

// picture draws a picture with its top left at x, y.
func (p *printer) picture(x, y float64, pic *picture) {
	for i := range pic.shapes {
		p.shape(x, y, &pic.shapes[i])
	}
}

func (p *printer) shape(x, y float64, s *shape) {
	first := s.points[0]
	if s.text != "" {
		look := style{size: s.size, bold: s.bold, colour: s.fill}
		switch s.anchor {
		case atMiddle:
			x -= p.width(s.text, look) / 2
		case toEnd:
			x -= p.width(s.text, look)
		case fromStart:
		}
		p.write(x+first.x, y+first.y, s.text, look)
		return
	}
	how := ""
	if s.fill != noInk {
		p.file.SetFillColor(s.fill.rgb())
		how = "F"
	}
	if s.stroke != noInk {
		p.file.SetDrawColor(s.stroke.rgb())
		p.file.SetLineWidth(s.width)
		how += "D"
	}
	if s.dashed {
		p.file.SetDashPattern([]float64{3, 2}, 0)
		defer p.file.SetDashPattern([]float64{}, 0)
	}
	p.file.MoveTo(x+first.x, y+first.y)
	for _, at := range s.points[1:] {
		p.file.LineTo(x+at.x, y+at.y)
	}
	if s.closed {
		p.file.ClosePath()
	}
	p.file.DrawPath(how)
}
