package layout

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/html"
)

// Picture is a drawing of lines, areas and words in points (1/72 inch) from the
// top left. HTML writes it as SVG, the PDF draws it directly.
type Picture struct {
	Alt           string // alternative text
	Width, Height float64
	Shapes        []Shape
}

// Ink is a colour of pictures. Every area also has a pattern or a label, so that
// black-and-white prints stay readable.
type Ink string

// The colours.
const (
	NoInk      Ink = ""
	InkText    Ink = "#1c2430"
	InkSoft    Ink = "#5b6675"
	InkLine    Ink = "#c3cad3"
	InkPaper   Ink = "#ffffff"
	InkMet     Ink = "#2f7d5b"
	inkLate    Ink = "#c8641b"
	InkOverdue Ink = "#a3223a"
	inkUnsure  Ink = "#8a94a2"
)

// RGB splits the colour into its parts.
func (c Ink) RGB() (r, g, b int) {
	n, err := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 24)
	if err != nil {
		return 0, 0, 0
	}
	return int(n >> 16), int(n >> 8 & 0xff), int(n & 0xff)
}

// Point is a place in a picture.
type Point struct{ X, Y float64 }

// At returns the point with these coordinates.
func At(x, y float64) Point { return Point{x, y} }

// Anchor is the part of a text that stands at its point.
type Anchor string

// The anchors.
const (
	FromStart Anchor = "start"
	AtMiddle  Anchor = "middle"
	ToEnd     Anchor = "end"
)

// Shape is a closed area, an open line, or a text at a point.
type Shape struct {
	Points []Point
	Closed bool
	Fill   Ink
	Stroke Ink
	Width  float64 // of the stroke
	Dashed bool

	Text   string
	Size   float64
	Bold   bool
	Anchor Anchor
}

// Add adds a shape on top of the others.
func (p *Picture) Add(s Shape) { p.Shapes = append(p.Shapes, s) }

// Line adds a straight line.
func (p *Picture) Line(x1, y1, x2, y2 float64, stroke Ink, width float64) {
	p.Add(Shape{Points: []Point{{x1, y1}, {x2, y2}}, Stroke: stroke, Width: width})
}

// DashedLine adds a dashed line.
func (p *Picture) DashedLine(x1, y1, x2, y2 float64, stroke Ink, width float64) {
	p.Add(Shape{Points: []Point{{x1, y1}, {x2, y2}}, Stroke: stroke, Width: width, Dashed: true})
}

// Area adds a closed area with a frame.
func (p *Picture) Area(fill, stroke Ink, points ...Point) {
	p.Add(Shape{Points: points, Closed: true, Fill: fill, Stroke: stroke, Width: 0.8})
}

// Box adds an upright rectangle.
func (p *Picture) Box(x, y, w, h float64, fill, stroke Ink) {
	p.Area(fill, stroke, Point{x, y}, Point{x + w, y}, Point{x + w, y + h}, Point{x, y + h})
}

// Label adds a text.
func (p *Picture) Label(x, y float64, text string, size float64, at Anchor) {
	p.Add(Shape{Points: []Point{{x, y}}, Fill: InkText, Text: text, Size: size, Anchor: at})
}

// SoftLabel adds a text in the colour of less important ones.
func (p *Picture) SoftLabel(x, y float64, text string, size float64, at Anchor) {
	p.Add(Shape{Points: []Point{{x, y}}, Fill: InkSoft, Text: text, Size: size, Anchor: at})
}

// BoldLabel adds a bold text.
func (p *Picture) BoldLabel(x, y float64, text string, size float64, at Anchor) {
	p.Add(Shape{Points: []Point{{x, y}}, Fill: InkText, Text: text, Size: size, Anchor: at, Bold: true})
}

// Fill is the colour and pattern of an outcome's area.
type Fill string

// The outcomes.
const (
	FillMet        Fill = "met"             // solid
	FillLate       Fill = "late"            // hatched
	FillOverdue    Fill = "overdue"         // cross-hatched
	FillAssumed    Fill = "overdue_assumed" // cross-hatched, pale
	FillUnprovable Fill = "not_provable"    // empty with a frame
)

// Filled draws a box of an outcome.
func (p *Picture) Filled(x, y, w, h float64, f Fill) {
	const gap = 3.2 // between the lines of a pattern
	switch f {
	case FillMet:
		p.Box(x, y, w, h, InkMet, InkMet)
	case FillLate:
		p.Box(x, y, w, h, "#fbe3d0", inkLate)
		p.hatch(x, y, w, h, gap, inkLate, false)
	case FillOverdue:
		p.Box(x, y, w, h, "#f3c9d0", InkOverdue)
		p.hatch(x, y, w, h, gap, InkOverdue, false)
		p.hatch(x, y, w, h, gap, InkOverdue, true)
	case FillAssumed:
		p.Box(x, y, w, h, "#fbeef0", InkOverdue)
		p.hatch(x, y, w, h, 2*gap, InkOverdue, true)
	default:
		p.Box(x, y, w, h, InkPaper, inkUnsure)
	}
}

// Dot is a small diamond that marks a point of a line.
func (p *Picture) Dot(x, y float64) {
	const r = 2.6
	p.Area(InkText, InkPaper, Point{x, y - r}, Point{x + r, y}, Point{x, y + r}, Point{x - r, y})
}

// hatch draws diagonal lines inside a box, rising or falling.
func (p *Picture) hatch(x, y, w, h, gap float64, stroke Ink, falling bool) {
	for d := gap; d < w+h; d += gap {
		// The line on which the distances from left and top add up to d.
		x1, y1 := min(d, w), d-min(d, w)
		y2 := min(d, h)
		x2 := d - y2
		if falling {
			y1, y2 = h-y1, h-y2
		}
		p.Line(x+x1, y+y1, x+x2, y+y2, stroke, 0.7)
	}
}

// SVG writes the picture as a self-contained element.
// SVG writes the picture for a page of HTML.
func (p *Picture) SVG() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %s %s" role="img" aria-label="%s">`, Short(p.Width), Short(p.Height), html.EscapeString(p.Alt))
	for i := range p.Shapes {
		p.Shapes[i].svg(&b)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func (s *Shape) svg(b *strings.Builder) {
	if s.Text != "" {
		fmt.Fprintf(b, `<text x="%s" y="%s" font-size="%s" fill="%s"`, Short(s.Points[0].X), Short(s.Points[0].Y), Short(s.Size), s.Fill)
		if s.Anchor != FromStart {
			fmt.Fprintf(b, ` text-anchor="%s"`, s.Anchor)
		}
		if s.Bold {
			b.WriteString(` font-weight="700"`)
		}
		fmt.Fprintf(b, `>%s</text>`, html.EscapeString(s.Text))
		return
	}
	b.WriteString(`<path d="`)
	for i, at := range s.Points {
		fmt.Fprintf(b, "%c%s %s", "ML"[min(i, 1)], Short(at.X), Short(at.Y))
	}
	if s.Closed {
		b.WriteByte('Z')
	}
	b.WriteString(`" fill="`)
	if s.Fill == NoInk {
		b.WriteString("none")
	}
	b.WriteString(string(s.Fill) + `"`)
	if s.Stroke != NoInk {
		fmt.Fprintf(b, ` stroke="%s" stroke-width="%s"`, s.Stroke, Short(s.Width))
	}
	if s.Dashed {
		b.WriteString(` stroke-dasharray="3 2"`)
	}
	b.WriteString("/>")
}

// Short writes a coordinate with at most two decimals.
func Short(v float64) string {
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}
