package render

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// picture is a drawing of lines, areas and words in points (1/72 inch), from
// the top left. HTML writes it as SVG, the PDF draws it as it is.
type picture struct {
	Alt           string // what it says, for those who do not see it
	Width, Height float64
	shapes        []shape
}

// ink is a colour of pictures. No meaning hangs on it alone: every area also
// has a pattern or a label, so that a print in black and white says the same.
type ink string

const (
	noInk      ink = ""
	inkText    ink = "#1c2430"
	inkSoft    ink = "#5b6675"
	inkLine    ink = "#c3cad3"
	inkPaper   ink = "#ffffff"
	inkMet     ink = "#2f7d5b"
	inkLate    ink = "#c8641b"
	inkOverdue ink = "#a3223a"
	inkUnsure  ink = "#8a94a2"
)

func (c ink) rgb() (r, g, b int) {
	var n int
	if _, err := fmt.Sscanf(string(c), "#%x", &n); err != nil {
		return 0, 0, 0
	}
	return n >> 16, n >> 8 & 0xff, n & 0xff
}

type point struct{ x, y float64 }

type anchor string

const (
	fromStart anchor = "start"
	atMiddle  anchor = "middle"
	toEnd     anchor = "end"
)

// shape is a closed area or an open line through points, or a text at one.
type shape struct {
	points []point
	closed bool
	fill   ink
	stroke ink
	width  float64 // of the stroke
	dashed bool

	text   string
	size   float64
	bold   bool
	anchor anchor
}

func (p *picture) add(s shape) { p.shapes = append(p.shapes, s) }

func (p *picture) line(x1, y1, x2, y2 float64, stroke ink, width float64) {
	p.add(shape{points: []point{{x1, y1}, {x2, y2}}, stroke: stroke, width: width})
}

func (p *picture) dashedLine(x1, y1, x2, y2 float64, stroke ink, width float64) {
	p.add(shape{points: []point{{x1, y1}, {x2, y2}}, stroke: stroke, width: width, dashed: true})
}

func (p *picture) area(fill, stroke ink, points ...point) {
	p.add(shape{points: points, closed: true, fill: fill, stroke: stroke, width: 0.8})
}

func (p *picture) box(x, y, w, h float64, fill, stroke ink) {
	p.area(fill, stroke, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

func (p *picture) label(x, y float64, text string, size float64, at anchor) {
	p.add(shape{points: []point{{x, y}}, fill: inkText, text: text, size: size, anchor: at})
}

func (p *picture) softLabel(x, y float64, text string, size float64, at anchor) {
	p.add(shape{points: []point{{x, y}}, fill: inkSoft, text: text, size: size, anchor: at})
}

func (p *picture) boldLabel(x, y float64, text string, size float64, at anchor) {
	p.add(shape{points: []point{{x, y}}, fill: inkText, text: text, size: size, anchor: at, bold: true})
}

// fill names how an outcome's area looks: colour and pattern.
type fill string

const (
	fillMet        fill = "met"             // full
	fillLate       fill = "late"            // hatched
	fillOverdue    fill = "overdue"         // hatched both ways
	fillAssumed    fill = "overdue_assumed" // hatched both ways, pale
	fillUnprovable fill = "not_provable"    // empty with a frame
)

// filled draws a box of an outcome.
func (p *picture) filled(x, y, w, h float64, f fill) {
	const gap = 3.2 // between the lines of a pattern
	switch f {
	case fillMet:
		p.box(x, y, w, h, inkMet, inkMet)
	case fillLate:
		p.box(x, y, w, h, "#fbe3d0", inkLate)
		p.hatch(x, y, w, h, gap, inkLate, false)
	case fillOverdue:
		p.box(x, y, w, h, "#f3c9d0", inkOverdue)
		p.hatch(x, y, w, h, gap, inkOverdue, false)
		p.hatch(x, y, w, h, gap, inkOverdue, true)
	case fillAssumed:
		p.box(x, y, w, h, "#fbeef0", inkOverdue)
		p.hatch(x, y, w, h, 2*gap, inkOverdue, true)
	default:
		p.box(x, y, w, h, inkPaper, inkUnsure)
	}
}

// hatch draws slanting lines inside a box, rising or falling.
func (p *picture) hatch(x, y, w, h, gap float64, stroke ink, falling bool) {
	for d := gap; d < w+h; d += gap {
		// The line on which the distances from the left and the top add up to d.
		x1, y1 := min(d, w), d-min(d, w)
		y2 := min(d, h)
		x2 := d - y2
		if falling {
			y1, y2 = h-y1, h-y2
		}
		p.line(x+x1, y+y1, x+x2, y+y2, stroke, 0.7)
	}
}

// svg writes the picture as an element that needs nothing around it.
func (p *picture) svg() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %s %s" role="img" aria-label="%s">`, short(p.Width), short(p.Height), html.EscapeString(p.Alt))
	for i := range p.shapes {
		p.shapes[i].svg(&b)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func (s *shape) svg(b *strings.Builder) {
	if s.text != "" {
		fmt.Fprintf(b, `<text x="%s" y="%s" font-size="%s" fill="%s"`, short(s.points[0].x), short(s.points[0].y), short(s.size), s.fill)
		if s.anchor != fromStart {
			fmt.Fprintf(b, ` text-anchor="%s"`, s.anchor)
		}
		if s.bold {
			b.WriteString(` font-weight="700"`)
		}
		fmt.Fprintf(b, `>%s</text>`, html.EscapeString(s.text))
		return
	}
	b.WriteString(`<path d="`)
	for i, at := range s.points {
		fmt.Fprintf(b, "%c%s %s", "ML"[min(i, 1)], short(at.x), short(at.y))
	}
	if s.closed {
		b.WriteByte('Z')
	}
	b.WriteString(`" fill="`)
	if s.fill == noInk {
		b.WriteString("none")
	}
	b.WriteString(string(s.fill) + `"`)
	if s.stroke != noInk {
		fmt.Fprintf(b, ` stroke="%s" stroke-width="%s"`, s.stroke, short(s.width))
	}
	if s.dashed {
		b.WriteString(` stroke-dasharray="3 2"`)
	}
	b.WriteString("/>")
}

// short writes a coordinate with at most two decimals.
func short(v float64) string {
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}
