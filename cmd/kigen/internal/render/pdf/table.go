package pdf

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kigen/cmd/kigen/internal/render/layout"
)

// cellPad is the horizontal padding of a cell, narrowPad that in a table whose texts have
// no room otherwise, and cellPadRow the vertical one.
const (
	cellPad    = 2.8
	narrowPad  = 1.5
	cellPadRow = 3.0
)

// grid is a table with laid-out columns.
type grid struct {
	p      *printer
	table  *layout.Table
	x      float64 // left edge
	width  float64
	pad    float64   // of a cell, on each side
	starts []float64 // of the columns
	widths []float64
}

// table lays out one piece per row. The head is repeated on every page.
func (p *printer) table(t *layout.Table, x, width float64) []piece {
	g := &grid{p: p, table: t, x: x, width: width, pad: cellPad}
	g.layOut()
	if g.breaksWords() {
		g.pad = narrowPad
		g.layOut()
	}
	head := g.head()
	pieces := []piece{head}
	again := head
	again.before = 0
	for i := range t.Rows {
		one := g.row(&t.Rows[i])
		one.head = &again
		// The last two rows stay together, and inner rows stay with their row.
		one.glue = i+2 == len(t.Rows) || i+1 < len(t.Rows) && t.Rows[i+1].Inner && !t.Rows[i].Inner
		pieces = append(pieces, one)
	}
	return keepShort(pieces)
}

// layOut gives number columns the width of their longest entry and distributes
// the rest among the text columns.
func (g *grid) layOut() {
	columns := g.table.Columns
	g.widths = make([]float64, len(columns))
	parts, taken := 0.0, 0.0
	for i := range columns {
		if columns[i].Text {
			parts += columns[i].Share()
			continue
		}
		g.widths[i] = g.natural(i)
		taken += g.widths[i]
	}
	rest := g.width - taken
	if parts == 0 { // no text column: the number columns share the rest
		for i := range g.widths {
			g.widths[i] += rest / float64(len(columns))
		}
	}
	for i := range columns {
		if columns[i].Text {
			g.widths[i] = rest * columns[i].Share() / parts
		}
	}
	at := g.x
	g.starts = g.starts[:0]
	for _, width := range g.widths {
		g.starts = append(g.starts, at)
		at += width
	}
}

// breaksWords reports whether a word of a text column is wider than the column.
func (g *grid) breaksWords() bool {
	for i := range g.table.Columns {
		if !g.table.Columns[i].Text {
			continue
		}
		for r := range g.table.Rows {
			if i < len(g.table.Rows[r].Cells) && g.longestWord(&g.table.Rows[r], i) > g.widths[i]-2*g.pad {
				return true
			}
		}
	}
	return false
}

func (g *grid) longestWord(r *layout.Row, i int) (width float64) {
	s := inTable
	s.bold = r.Total
	for word := range strings.FieldsSeq(r.Cells[i].Text) {
		if !strings.ContainsFunc(word, layout.Wide) {
			width = max(width, g.p.width(word, s))
		}
	}
	return width
}

// maxHeadLines is the approximate limit of a head's lines.
const maxHeadLines = 3

// natural is the width of a number column. Its head may wrap between words but
// not inside one.
func (g *grid) natural(i int) float64 {
	head := g.table.Columns[i].Head
	widest := 0.0
	if !strings.Contains(head, "\n") {
		widest = g.p.width(head, inHead) / maxHeadLines
	}
	for _, word := range headWords(head) {
		widest = max(widest, g.p.width(word, inHead))
	}
	for _, r := range g.table.Rows {
		if i >= len(r.Cells) {
			continue
		}
		c := &r.Cells[i]
		s := inTable
		s.bold = r.Total
		widest = max(widest, g.p.width(c.Text, s))
		for line := range strings.SplitSeq(c.Sub, "\n") {
			widest = max(widest, g.p.width(line, tiny))
		}
	}
	return widest + 2*g.pad
}

// headWords returns the unbreakable parts of a head: words, and up to four
// Japanese characters of a longer term.
func headWords(head string) []string {
	const most = 4
	const short = 6
	var words []string
	for line := range strings.SplitSeq(head, "\n") {
		if utf8.RuneCountInString(line) <= short && strings.Contains(head, "\n") { // it breaks there alone
			words = append(words, line)
			continue
		}
		words = append(words, lineWords(line, most)...)
	}
	return words
}

func lineWords(line string, most int) (words []string) {
	for word := range strings.FieldsSeq(line) {
		runes := []rune(word)
		start := 0
		for i, r := range runes {
			if i-start >= most && layout.Wide(r) && !unicode.Is(unicode.Katakana, r) && layout.MayBreak(runes[i-1], r) {
				words = append(words, string(runes[start:i]))
				start = i
			}
		}
		words = append(words, string(runes[start:]))
	}
	return words
}

func (g *grid) head() piece {
	heads := make([][]string, len(g.table.Columns))
	most := 1
	for i, c := range g.table.Columns {
		heads[i] = g.p.lines(c.Head, inHead, g.widths[i]-2*g.pad+0.01)
		most = max(most, len(heads[i]))
	}
	groups := 0.0
	if g.table.Groups != nil {
		groups = inHead.leading + 4
	}
	height := groups + float64(most)*inHead.leading + 2*cellPadRow
	return piece{height: height, before: 6, glue: true, draw: func(y float64) {
		if g.table.Groups != nil {
			g.drawGroups(y)
		}
		bottom := y + height - cellPadRow
		for i, lines := range heads {
			top := bottom - float64(len(lines))*inHead.leading
			for n, line := range lines {
				g.set(i, top+float64(n)*inHead.leading, line, inHead)
			}
		}
		g.p.rule(g.x, y+height, g.width, layout.InkText, 0.9)
	}}
}

func (g *grid) drawGroups(y float64) {
	i := 0
	for _, group := range g.table.Groups {
		last := i + group.Span - 1
		if group.Text != "" {
			left, right := g.starts[i]+g.pad, g.starts[last]+g.widths[last]
			middle := (left + right - g.p.width(group.Text, inHead)) / 2
			g.p.write(middle, y+inHead.baseline(), group.Text, inHead)
			g.p.rule(left, y+inHead.leading+1.5, right-left, layout.InkLine, 0.5)
		}
		i += group.Span
	}
}

// set draws one line of a cell whose top is at y.
func (g *grid) set(column int, y float64, text string, s style) {
	left, right := g.starts[column]+g.pad, g.starts[column]+g.widths[column]-g.pad
	if g.table.Columns[column].Text {
		g.p.write(left, y+s.baseline(), text, s)
		return
	}
	g.p.writeRight(right, y+s.baseline(), text, s)
}

const (
	// maxCellLines limits a paragraph of a cell: the XLSX has the whole text.
	maxCellLines = 6
	// maxListLines limits a cell of several paragraphs.
	maxListLines = 48
)

// mostLines limits a cell's text by the number of its paragraphs.
func mostLines(text string) int {
	return max(maxCellLines, min((strings.Count(text, "\n")+1)*3, maxListLines))
}

// cellLines is the visible content of a cell.
type cellLines struct {
	lines, subs []string
	look        style
}

func (g *grid) row(r *layout.Row) piece {
	cells := make([]cellLines, len(r.Cells))
	height := 0.0
	for i := range r.Cells {
		cells[i] = g.cellLines(i, &r.Cells[i], r.Total)
		height = max(height, float64(len(cells[i].lines))*inTable.leading+float64(len(cells[i].subs))*tiny.leading)
	}
	height += 2 * cellPadRow
	return piece{height: height, draw: func(y float64) {
		if r.Total {
			g.p.rule(g.x, y, g.width, layout.InkText, 0.9)
		}
		for i := range cells {
			top := y + cellPadRow
			for _, line := range cells[i].lines {
				g.set(i, top, line, cells[i].look)
				top += inTable.leading
			}
			for _, line := range cells[i].subs {
				g.set(i, top, line, tiny)
				top += tiny.leading
			}
		}
		if !r.Total {
			g.p.rule(g.x, y+height, g.width, layout.InkLine, 0.4)
		}
	}}
}

func (g *grid) cellLines(column int, c *layout.Cell, bold bool) cellLines {
	set := cellLines{look: inTable}
	set.look.bold = bold
	if c.Soft {
		set.look.colour = "#9aa4b2"
	}
	room := g.widths[column] - 2*g.pad + 0.01
	set.lines = layout.CutLines(g.p.lines(c.Text, set.look, room), mostLines(c.Text), room, g.p.measure(set.look))
	if c.Sub != "" {
		set.subs = layout.CutLines(g.p.lines(c.Sub, tiny, room), maxCellLines, room, g.p.measure(tiny))
	}
	return set
}
