package render

// document lays the whole document out into pieces.
func (p *printer) document(doc *document) []piece {
	pieces := p.cover(doc)
	for i := range doc.Sections {
		pieces = append(pieces, p.section(&doc.Sections[i])...)
	}
	return pieces
}

// text is a paragraph, one piece a line, with white space above. A single
// line is left neither at the foot nor at the head of a page.
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

// glueAll keeps pieces on one page, and with what follows if last is set.
func glueAll(pieces []piece, last bool) []piece {
	for i := range pieces {
		pieces[i].glue = i < len(pieces)-1 || last
	}
	return pieces
}

// keepShort keeps what is shorter than half a page on one page.
func keepShort(pieces []piece) []piece {
	height := 0.0
	for i := range pieces {
		height += pieces[i].before + pieces[i].height
	}
	if height > bodyHeight/2 {
		return pieces
	}
	return glueAll(pieces, false)
}

func (p *printer) cover(doc *document) []piece {
	title := piece{height: heading1.leading, glue: true, draw: func(y float64) {
		p.file.Bookmark(p.face.printable(doc.Title), 0, y)
		p.write(marginSide, y+heading1.baseline(), doc.Heading, heading1)
		if doc.Chip != "" {
			x := marginSide + p.width(doc.Heading, heading1) + 12
			p.chip(x, y+8, doc.Chip, "#7a5a00")
		}
	}}
	pieces := glueAll(p.text(marginSide, bodyWidth, 0, doc.Kind, heading4), true)
	pieces = append(pieces, title)
	for _, line := range doc.Preface {
		pieces = append(pieces, glueAll(p.text(marginSide, bodyWidth, 0, line, small), true)...)
	}
	return append(pieces, piece{height: 8, glue: true, draw: func(y float64) {
		p.rule(marginSide, y+5, bodyWidth, inkText, 1.2)
	}})
}

// chip is a word on a coloured ground; it tells its width.
func (p *printer) chip(x, y float64, text string, ground ink) float64 {
	look := small.heavy().in(inkPaper)
	width := p.width(text, look) + 9
	p.tint(x, y, width, 12, ground)
	p.write(x+4.5, y+8.8, text, look)
	return width
}

func (p *printer) section(s *section) []piece {
	var pieces []piece
	if s.Title != "" {
		head := glueAll(p.text(marginSide, bodyWidth, 18, s.Title, heading2), true)
		first := head[0].draw
		head[0].draw = func(y float64) {
			p.file.Bookmark(p.face.printable(s.Title), 1, y)
			first(y)
		}
		pieces = append(pieces, head...)
	}
	for i := range s.Blocks {
		pieces = append(pieces, p.block(&s.Blocks[i])...)
	}
	return pieces
}

func (p *printer) block(b *block) []piece {
	switch {
	case b.Lead != "":
		return p.text(marginSide, bodyWidth, 4, b.Lead, lead)
	case b.Text != "":
		return p.text(marginSide, bodyWidth, 3, b.Text, plain)
	case b.Note != "":
		return p.text(marginSide, bodyWidth, 4, b.Note, small)
	case b.Figures != nil:
		return []piece{p.figures(b.Figures)}
	case b.Table != nil:
		return p.table(b.Table, marginSide, bodyWidth)
	case b.Picture != nil:
		return []piece{p.pictureIn(b.Picture, marginSide, 6)}
	case b.Card != nil:
		return p.card(b.Card)
	default:
		return p.items(b.Items, marginSide, bodyWidth, small)
	}
}

func (p *printer) pictureIn(pic *picture, x, before float64) piece {
	return piece{height: pic.Height, before: before, draw: func(y float64) { p.picture(x, y, pic) }}
}

// items is a list with a dot before each.
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

// figures is the row of large numbers.
func (p *printer) figures(figures []figure) piece {
	const height, pad = 64.0, 7.0
	parts := 0.0
	share := func(f *figure) float64 {
		if f.Main {
			return 1.5
		}
		return 1
	}
	for i := range figures {
		parts += share(&figures[i])
	}
	return piece{height: height, before: 8, draw: func(y float64) {
		x := marginSide
		for i := range figures {
			f := &figures[i]
			width := bodyWidth * share(f) / parts
			if f.Main {
				p.tint(x, y, width, height, "#f1f4f7")
			}
			p.figure(x+pad, y, width-2*pad, f)
			if x += width; i < len(figures)-1 {
				p.file.SetDrawColor(inkLine.rgb())
				p.file.SetLineWidth(0.5)
				p.file.Line(x, y, x, y+height)
			}
		}
		p.file.SetDrawColor(inkLine.rgb())
		p.file.SetLineWidth(0.7)
		p.file.Rect(marginSide, y, bodyWidth, height, "D")
	}}
}

func (p *printer) figure(x, y, width float64, f *figure) {
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
