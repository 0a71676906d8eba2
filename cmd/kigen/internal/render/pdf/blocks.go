package pdf

import "kigen/cmd/kigen/internal/render/layout"

// document lays out the whole document in pieces, one block or case at a time.
func (p *printer) document(doc *layout.Document, out *flow) error {
	if err := out.add(p.cover(doc)...); err != nil {
		return err
	}
	for i := range doc.Sections {
		if err := p.section(&doc.Sections[i], out); err != nil {
			return err
		}
	}
	return nil
}

// text lays out a paragraph, one piece per line, with space above. No single line
// is left at the end or start of a page.
func (p *printer) text(x, width, before float64, text string, s style) []piece {
	lines := p.lines(text, s, width)
	pieces := make([]piece, len(lines))
	for i, line := range lines {
		pieces[i] = piece{
			height: s.leading,
			glue:   len(lines) > 1 && (i == 0 || i == len(lines)-2),
			draw:   func(y float64) { p.write(x, y+s.baseline(), line, s) },
		}
	}
	pieces[0].before = before
	return pieces
}

// glueAll keeps pieces on one page; last also glues them to what follows.
func glueAll(pieces []piece, last bool) []piece {
	for i := range pieces {
		pieces[i].glue = i < len(pieces)-1 || last
	}
	return pieces
}

// shortPart is the part of a page up to which content stays together: the rest of a
// page that it leaves empty is no greater.
const shortPart = 0.2

// keepShort keeps short content on one page.
func keepShort(pieces []piece) []piece {
	height := 0.0
	for i := range pieces {
		height += pieces[i].before + pieces[i].height
	}
	if height > shortPart*layout.BodyHeight {
		return pieces
	}
	return glueAll(pieces, false)
}

func (p *printer) cover(doc *layout.Document) []piece {
	title := piece{height: heading1.leading, glue: true, draw: func(y float64) {
		p.bookmark(doc.Title, 0, y)
		p.write(layout.MarginSide, y+heading1.baseline(), doc.Heading, heading1)
		if doc.Chip != "" {
			x := layout.MarginSide + p.width(doc.Heading, heading1) + 12
			p.chip(x, y+8, doc.Chip, "#7a5a00")
		}
	}}
	pieces := glueAll(p.text(layout.MarginSide, layout.BodyWidth, 0, doc.Kind, heading4), true)
	pieces = append(pieces, title)
	for _, line := range doc.Preface {
		pieces = append(pieces, glueAll(p.text(layout.MarginSide, layout.BodyWidth, 0, line, small), true)...)
	}
	return append(pieces, piece{height: 8, glue: true, draw: func(y float64) {
		p.rule(layout.MarginSide, y+5, layout.BodyWidth, layout.InkText, 1.2)
	}})
}

// chip draws a word on a coloured background and returns its width.
func (p *printer) chip(x, y float64, text string, ground layout.Ink) float64 {
	look := small.heavy().in(layout.InkPaper)
	width := p.width(text, look) + 9
	p.tint(x, y, width, 12, ground)
	p.write(x+4.5, y+8.8, text, look)
	return width
}

func (p *printer) section(s *layout.Section, out *flow) error {
	if s.Title != "" {
		if err := out.add(p.sectionHead(s)...); err != nil {
			return err
		}
	}
	for i := range s.Blocks {
		if err := out.add(p.block(&s.Blocks[i])...); err != nil {
			return err
		}
	}
	if s.Cards == nil {
		return nil
	}
	for c := range s.Cards {
		if err := out.add(p.card(c)...); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) sectionHead(s *layout.Section) []piece {
	head := glueAll(p.text(layout.MarginSide, layout.BodyWidth, 18, s.Title, heading2), true)
	first := head[0].draw
	head[0].draw = func(y float64) {
		p.bookmark(s.Title, 1, y)
		first(y)
	}
	return head
}

func (p *printer) block(b *layout.Block) []piece {
	switch {
	case b.Lead != "":
		return p.text(layout.MarginSide, layout.BodyWidth, 4, b.Lead, lead)
	case b.Text != "":
		return p.text(layout.MarginSide, layout.BodyWidth, 3, b.Text, plain)
	case b.Note != "":
		return p.text(layout.MarginSide, layout.BodyWidth, 4, b.Note, small)
	case b.Figures != nil:
		return []piece{p.figures(b.Figures)}
	case b.Table != nil:
		return p.table(b.Table, layout.MarginSide, layout.BodyWidth)
	case b.Signs != nil:
		return []piece{p.signs(b.Signs)}
	case b.Picture != nil:
		return []piece{p.pictureIn(b.Picture, layout.MarginSide, 6)}
	default:
		return p.items(b.Items, layout.MarginSide, layout.BodyWidth, small)
	}
}

func (p *printer) pictureIn(pic *layout.Picture, x, before float64) piece {
	return piece{height: pic.Height, before: before, draw: func(y float64) { p.picture(x, y, pic) }}
}

// items lays out a bulleted list.
func (p *printer) items(items []string, x, width float64, s style) []piece {
	const indent = 9
	var pieces []piece
	for _, item := range items {
		lines := p.text(x+indent, width-indent, 3, item, s)
		first := lines[0].draw
		lines[0].draw = func(y float64) {
			p.write(x+1, y+s.baseline(), "・", s)
			first(y)
		}
		pieces = append(pieces, lines...)
	}
	return keepShort(pieces)
}

// signs lays out the lines to sign on, side by side.
func (p *printer) signs(signs []layout.Sign) piece {
	const height, pad = 46.0, 7.0
	width := layout.BodyWidth / float64(len(signs))
	return piece{height: height, before: 18, draw: func(y float64) {
		p.file.SetDrawColor(layout.InkLine.RGB())
		p.file.SetLineWidth(0.7)
		p.file.Rect(layout.MarginSide, y, layout.BodyWidth, height, "D")
		for i, sign := range signs {
			x := layout.MarginSide + width*float64(i)
			if i > 0 {
				p.file.SetDrawColor(layout.InkLine.RGB())
				p.file.Line(x, y, x, y+height)
			}
			p.write(x+pad, y+5+small.baseline(), p.cut(sign.Label, small, width-2*pad), small)
			p.write(x+pad, y+19+plain.baseline(), p.cut(sign.Value, plain, width-2*pad), plain)
		}
	}}
}

// figures lays out the row of large numbers.
func (p *printer) figures(figures []layout.Figure) piece {
	const pad = 7.0
	parts := 0.0
	share := func(f *layout.Figure) float64 {
		if f.Main {
			return 1.5
		}
		return 1
	}
	smalls := 2
	for i := range figures {
		parts += share(&figures[i])
		smalls = max(smalls, len(figures[i].Small))
	}
	height := 47 + float64(smalls)*tiny.leading
	return piece{height: height, before: 8, draw: func(y float64) {
		x := layout.MarginSide
		for i := range figures {
			f := &figures[i]
			width := layout.BodyWidth * share(f) / parts
			if f.Main {
				p.tint(x, y, width, height, "#f1f4f7")
			}
			p.figure(x+pad, y, width-2*pad, f)
			if x += width; i < len(figures)-1 {
				p.file.SetDrawColor(layout.InkLine.RGB())
				p.file.SetLineWidth(0.5)
				p.file.Line(x, y, x, y+height)
			}
		}
		p.file.SetDrawColor(layout.InkLine.RGB())
		p.file.SetLineWidth(0.7)
		p.file.Rect(layout.MarginSide, y, layout.BodyWidth, height, "D")
	}}
}

func (p *printer) figure(x, y, width float64, f *layout.Figure) {
	label := x
	if f.Mark != nil {
		p.picture(x, y+6.5, f.Mark)
		label += f.Mark.Width + 3
	}
	p.write(label, y+5+small.baseline(), p.cut(f.Label, small, width-(label-x)), small)
	p.write(x, y+15+number.baseline(), f.Value, number)
	for i, text := range f.Small {
		p.write(x, y+39+float64(i)*tiny.leading+tiny.baseline(), p.cut(text, tiny, width), tiny)
	}
}
