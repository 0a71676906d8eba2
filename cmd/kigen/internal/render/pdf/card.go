package pdf

import "kigen/cmd/kigen/internal/render/layout"

// cardColour is the background colour of an outcome's label.
func cardColour(f layout.Fill) layout.Ink {
	switch f {
	case layout.FillOverdue, layout.FillAssumed:
		return layout.InkOverdue
	case layout.FillLate:
		return "#a9500f"
	default:
		return layout.InkSoft
	}
}

const (
	cardGap  = 8.0
	cardEdge = 5.0 // inside the frame, above and below
	// halfPage is the height up to which two cards share a page.
	halfPage = (layout.BodyHeight - cardGap) / 2
)

// card lays out a case in a frame. It stays on one page; the frame is drawn per strip,
// so that one that is longer than a page can span several. The reasons of a card that
// would leave half a page empty stand in two columns, where that helps.
func (p *printer) card(c *layout.Card) []piece {
	pieces := p.cardBody(c, p.steps)
	if height(pieces)+2*cardEdge > halfPage {
		pieces = p.cardBody(c, p.stepsInColumns)
	}
	return p.frame(c, pieces)
}

// height is that of pieces on one page.
func height(pieces []piece) float64 {
	whole := 0.0
	for i := range pieces {
		whole += pieces[i].before + pieces[i].height
	}
	return whole
}

func (p *printer) cardBody(c *layout.Card, steps func([]string, float64, float64) []piece) []piece {
	x, width := layout.MarginSide+layout.CardPad+3, layout.BodyWidth-2*layout.CardPad-3
	pieces := p.cardHead(c, x, width)
	pieces = append(pieces, p.facts(c.Facts, x, width))
	if c.Note != "" {
		pieces = append(pieces, p.text(x, width, 2, c.Note, small)...)
	}
	if c.Timeline != nil {
		pieces = append(pieces, p.pictureIn(c.Timeline, x, 4))
	}
	if c.Events != nil {
		pieces = append(pieces, p.table(c.Events, x, width)...)
	}
	pieces = append(pieces, glueAll(p.text(x, width, 4, c.Clause, heading4), true)...)
	pieces = append(pieces, p.quotation(c, x, width)...)
	if len(c.Steps) > 0 {
		pieces = append(pieces, glueAll(p.text(x, width, 4, c.Reasoning, heading4), true)...)
		pieces = append(pieces, steps(c.Steps, x, width)...)
	}
	return pieces
}

func (p *printer) steps(steps []string, x, width float64) (pieces []piece) {
	for _, step := range steps {
		pieces = append(pieces, p.step(step, x, width)...)
	}
	return pieces
}

// stepsInColumns lays out the reasons in two columns of the same height, if that takes
// less height than one.
func (p *printer) stepsInColumns(steps []string, x, width float64) []piece {
	one := p.steps(steps, x, width)
	const gap = 14
	half := (width - gap) / 2
	columns := p.steps(steps, x, half)
	cut := (len(columns) + 1) / 2
	left, right := columns[:cut], p.steps(steps, x+half+gap, half)[cut:]
	if height(left) >= 0.9*height(one) {
		return one
	}
	rows := make([]piece, len(left))
	for i := range left {
		rows[i] = left[i]
		if i < len(right) {
			rows[i].draw = func(y float64) {
				left[i].draw(y)
				right[i].draw(y)
			}
		}
	}
	return rows
}

func (p *printer) cardHead(c *layout.Card, x, width float64) []piece {
	const most = 3
	room := width
	lines := p.lines(c.Title, heading3, room)
	lines = layout.CutLines(lines, most, room, p.measure(heading3))
	pieces := []piece{{height: 17, draw: func(y float64) {
		end := p.chip(x, y+1, c.Outcome, cardColour(c.Fill))
		p.write(x+end+7, y+9.8, p.cut(c.About, small, width-end-7), small)
	}}}
	for _, line := range lines {
		pieces = append(pieces, piece{height: heading3.leading, draw: func(y float64) {
			p.write(x, y+heading3.baseline(), line, heading3)
		}})
	}
	return glueAll(pieces, true)
}

// facts lays out facts side by side.
func (p *printer) facts(facts []layout.Fact, x, width float64) piece {
	const mostLines = 2
	each := width / float64(max(len(facts), 1))
	smalls := make([][]string, len(facts))
	most := 1
	for i, f := range facts {
		smalls[i] = layout.CutLines(p.lines(f.Small, tiny, each-6), mostLines, each-6, p.measure(tiny))
		most = max(most, len(smalls[i]))
	}
	return piece{height: 25 + float64(most)*tiny.leading, before: 3, glue: true, draw: func(y float64) {
		for i, f := range facts {
			at := x + float64(i)*each
			p.write(at, y+small.baseline(), p.cut(f.Label, small, each-4), small)
			p.write(at, y+10+plain.baseline(), p.cut(f.Value, plain, each-4), plain)
			for n, line := range smalls[i] {
				p.write(at, y+23+float64(n)*tiny.leading+tiny.baseline(), line, tiny)
			}
		}
	}}
}

func (p *printer) quotation(c *layout.Card, x, width float64) []piece {
	if c.NoClause != "" {
		return p.text(x, width, 0, c.NoClause, small)
	}
	var pieces []piece
	if c.Quote != "" {
		pieces = glueAll(p.text(x+8, width-16, 0, c.Quote, quoted), true)
	}
	pieces = append(pieces, p.text(x+8, width-16, 0, c.Source, small)...)
	for i := range pieces {
		inner, height := pieces[i].draw, pieces[i].height
		pieces[i].draw = func(y float64) {
			p.tint(x, y, width, height+0.3, "#f1f4f7")
			inner(y)
		}
	}
	return pieces
}

// step lays out a line of reasoning, indented by its leading spaces.
func (p *printer) step(step string, x, width float64) []piece {
	depth := 0
	for depth < len(step) && step[depth] == ' ' {
		depth++
	}
	indent := float64(depth) * 4
	return p.text(x+6+indent, width-6-indent, 0, step[depth:], reason)
}

// frame adds padding above and below, and draws bar and frame behind each strip.
func (p *printer) frame(c *layout.Card, pieces []piece) []piece {
	edge := piece{height: cardEdge, draw: func(float64) {}}
	pieces = append([]piece{edge}, append(pieces, edge)...)
	pieces[0].glue = true
	pieces[len(pieces)-2].glue = true
	for i := range pieces {
		// The space above belongs to the strip, so that the bar has no gaps.
		above := pieces[i].before
		pieces[i].before = 0
		pieces[i].height += above
		inner, height := pieces[i].draw, pieces[i].height
		first, last := i == 0, i == len(pieces)-1
		if head := pieces[i].head; head != nil {
			framed := *head
			framed.draw = func(y float64) {
				p.strip(y, framed.height, c.Fill, false, false)
				head.draw(y)
			}
			pieces[i].head = &framed
		}
		pieces[i].draw = func(y float64) {
			p.strip(y, height, c.Fill, first, last)
			inner(y + above)
		}
	}
	glueAll(pieces, false)
	pieces[0].before = cardGap
	return pieces
}

// strip draws one strip of a card's frame.
func (p *printer) strip(y, height float64, f layout.Fill, first, last bool) {
	p.file.SetDrawColor(layout.InkLine.RGB())
	p.file.SetLineWidth(0.7)
	right := layout.MarginSide + layout.BodyWidth
	p.file.Line(right, y, right, y+height)
	if first {
		p.file.Line(layout.MarginSide, y, right, y)
	}
	if last {
		p.file.Line(layout.MarginSide, y+height, right, y+height)
	}
	p.tint(layout.MarginSide, y, 3, height+0.2, cardColour(f))
}
