package clause

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kigen/sla/clause/length"

	"golang.org/x/text/width"
)

// The text of a PDF file gives a row of a table line by line: each line holds a part of
// each cell, at the place of its column. tallRows finds the lines that belong together.

const (
	mostRowLines = 12 // of one row
	besideColumn = 3  // characters by which a cell may begin beside its column
	unevenWidth  = 5  // columns by which a full part of a Japanese cell is shorter than the widest
)

// piece is the part of a cell in one line.
type piece struct {
	line, from, to int // bytes of the line
	text           string
}

// tableLine is a line of a table, with one piece for each column; an empty text where
// the column has none there.
type tableLine struct {
	pieces []piece
	starts []int // of the columns, in characters
	spaced bool  // a blank line stands before it
}

// tallRow is a row that takes several lines.
type tallRow struct{ columns [][]piece }

// tallRows returns the rows of several lines by their first line, and their other lines.
func tallRows(lines []Line) (rows map[int]*tallRow, parts map[int]bool) {
	rows, parts = map[int]*tallRow{}, map[int]bool{}
	for i := 0; i < len(lines); {
		table := tableAt(lines, i)
		if len(table) > 1 {
			groupRows(table, rows, parts)
		}
		i += max(1, len(table))
		if n := len(table); n > 0 {
			i = table[n-1].pieces[0].line + 1
		}
	}
	return rows, parts
}

// tableAt collects the lines of the table that begins at line i; nil: none does.
func tableAt(lines []Line, i int) (table []tableLine) {
	head, ok := wideLine(i, lines[i].Text)
	if !ok {
		return nil
	}
	table = append(table, head)
	blank := false
	for j := i + 1; j < len(lines); j++ {
		text := lines[j].Text
		if strings.TrimSpace(text) == "" {
			if blank {
				return table
			}
			blank = true
			continue
		}
		next, ok := tableLineOf(j, text, &table[len(table)-1], &head)
		if !ok || next.alone() && (blank || !labelGoesOn(&table[len(table)-1], &next)) {
			return table // a heading, or prose
		}
		next.spaced, blank = blank, false
		table = append(table, next)
	}
	return table
}

// wideLine reads a line whose columns stand between wide gaps.
func wideLine(i int, text string) (line tableLine, ok bool) {
	if strings.ContainsAny(text, "|\t") || len(text) > maxLine || !gapped.MatchString(strings.TrimSpace(text)) || strings.IndexFunc(text, letter) < 0 {
		return line, false
	}
	from := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	end := len(strings.TrimRightFunc(text, unicode.IsSpace))
	for _, gap := range append(wideGap.FindAllStringIndex(text[:end], -1), []int{end, end}) {
		if gap[0] <= from && gap[0] < end {
			continue // the indentation
		}
		line.add(i, text, from, gap[0])
		line.starts = append(line.starts, utf8.RuneCountInString(text[:from]))
		from = gap[1]
	}
	return line, len(line.pieces) >= 2
}

// add adds the piece between two places of a line, without the spaces around it.
func (t *tableLine) add(i int, text string, from, to int) {
	raw := text[from:to]
	lead := len(raw) - len(strings.TrimLeft(raw, " \f"))
	raw = strings.TrimSpace(raw)
	t.pieces = append(t.pieces, piece{i, from + lead, from + lead + len(raw), raw})
}

// tableLineOf reads a line below others of a table: by its own gaps, by the columns of the
// line before or of the head, or by its only spaces.
func tableLineOf(i int, text string, before, head *tableLine) (tableLine, bool) {
	n := len(head.starts)
	if own, ok := wideLine(i, text); ok && len(own.pieces) == n {
		return own, true
	}
	if strings.ContainsAny(text, "|\t") || len(text) > maxLine {
		return tableLine{}, false
	}
	for _, starts := range [][]int{before.starts, head.starts} {
		if line, ok := cutAt(i, text, starts); ok {
			return line, true
		}
	}
	if fields := strings.Fields(text); len(fields) == n && isJapanese(text) {
		line, at := tableLine{}, 0
		for _, field := range fields {
			from := at + strings.Index(text[at:], field)
			at = from + len(field)
			line.add(i, text, from, at)
			line.starts = append(line.starts, utf8.RuneCountInString(text[:from]))
		}
		return line, true
	}
	return tableLine{}, false
}

// cutAt cuts a line at the columns of another one. It fails where text runs through the
// place at which a column begins, as prose does, and where single spaces stand there, unless
// three columns begin exactly as those of the other line do.
func cutAt(i int, text string, starts []int) (line tableLine, ok bool) {
	runes := []rune(strings.TrimRight(text, " "))
	blankAt := func(p int) bool { return p < 0 || p >= len(runes) || unicode.IsSpace(runes[p]) }
	bounds := make([]int, len(starts)+1)
	for k, start := range starts {
		bounds[k] = -1
		for off := 0; off <= besideColumn && bounds[k] < 0; off++ {
			for _, p := range [2]int{start - off, start + off} {
				if p >= 0 && !blankAt(p) && blankAt(p-1) && (k == 0 || p > bounds[k-1]) {
					bounds[k] = p
					break
				}
			}
		}
		if bounds[k] < 0 {
			if !blankAt(start) || !blankAt(start-1) {
				return line, false
			}
			bounds[k] = min(start, len(runes))
		}
	}
	bounds[len(starts)] = len(runes)
	for p := range bounds[0] {
		if !blankAt(p) {
			return line, false
		}
	}
	for k := range starts {
		if bounds[k+1] < bounds[k] {
			return line, false
		}
		from, to := len(string(runes[:bounds[k]])), len(string(runes[:bounds[k+1]]))
		line.add(i, text, from, to)
	}
	line.starts = starts
	exact := len(starts) > 2 && slices.Equal(bounds[:len(starts)], starts)
	return line, exact || !line.prose()
}

// prose reports whether several cells have single spaces between them alone, as the words
// of a sentence.
func (t *tableLine) prose() bool {
	held, end := 0, 0
	for _, p := range t.pieces {
		if p.text == "" {
			continue
		}
		if held > 0 && p.from > end+1 {
			return false
		}
		held, end = held+1, p.to
	}
	return held > 1
}

// groupRows joins the lines of a table that are one row.
func groupRows(table []tableLine, rows map[int]*tallRow, parts map[int]bool) {
	widths := make([]int, len(table[0].pieces))
	spaced := 0
	for n := range table {
		for k := range widths {
			if n > 0 {
				widths[k] = max(widths[k], cellWidth(table[n].pieces[k].text))
			}
		}
		if table[n].spaced {
			spaced++
		}
	}
	for first := 0; first < len(table); {
		r := &tallRow{columns: make([][]piece, len(widths))}
		r.take(&table[first])
		next := first + 1
		for ; next < len(table) && next-first < mostRowLines; next++ {
			between := spaced >= 2 && first > 0
			if table[next].spaced || !r.goesOn(&table[next-1], &table[next], widths, between) {
				break
			}
			r.take(&table[next])
		}
		if next-first > 1 {
			rows[table[first].pieces[0].line] = r
			for n := first + 1; n < next; n++ {
				parts[table[n].pieces[0].line] = true
			}
		}
		first = next
	}
}

// take adds a line to the row.
func (r *tallRow) take(t *tableLine) {
	for k := range t.pieces {
		if t.pieces[k].text != "" {
			r.columns[k] = append(r.columns[k], t.pieces[k])
		}
	}
}

// read is the row as its cells, and as their characters in one run.
func (r *tallRow) read() (columns []string, run []cell) {
	for k := range r.columns {
		cells := r.cells(k)
		columns = append(columns, strings.TrimSpace(textOf(cells)))
		if len(run) > 0 && len(cells) > 0 {
			run = append(run, cell{' ', cells[0].line, cells[0].from, cells[0].from})
		}
		run = append(run, cells...)
	}
	return columns, run
}

// goesOn reports whether a line goes on with the row: it leaves the first column empty, or
// blank lines divide the rows of the table, or each of its cells was broken in the line
// before. A second length in a column belongs to another row.
func (r *tallRow) goesOn(before, next *tableLine, widths []int, divided bool) bool {
	held := 0
	for k := range next.pieces {
		text := next.pieces[k].text
		if text == "" {
			continue
		}
		held++
		if length.Any(Normalise(text)) && length.Any(r.text(k)) {
			return false
		}
	}
	switch label := next.pieces[0].text; {
	case held == 0:
		return false
	case label == "", divided:
		return true
	case !labelGoesOn(before, next):
		return false
	}
	for k := range next.pieces {
		if text := next.pieces[k].text; text != "" && !broken(before.pieces[k].text, text, widths[k]) {
			return false
		}
	}
	return true
}

// text is the text of a cell so far.
func (r *tallRow) text(k int) string { return textOf(r.cells(k)) }

// cells joins the pieces of a cell.
func (r *tallRow) cells(k int) (cells []cell) {
	for _, p := range r.columns[k] {
		part := normalisePiece(p)
		if len(cells) == 0 {
			cells = part
		} else if len(part) > 0 {
			cells = join(cells, part)
		}
	}
	return cells
}

// alone reports whether the first column alone has text.
func (t *tableLine) alone() bool {
	for k := range t.pieces[1:] {
		if t.pieces[k+1].text != "" {
			return false
		}
	}
	return true
}

// labelGoesOn reports whether the label of a row reads as if it were broken in the line
// before.
func labelGoesOn(before, next *tableLine) bool {
	label := next.pieces[0].text
	if !isJapanese(label) {
		return unicode.IsLower(firstRune(label))
	}
	return unfinished(Normalise(before.pieces[0].text), Normalise(label))
}

// unfinished reports whether the label of a row, in Japanese, goes on in the next line.
func unfinished(before, next string) bool {
	return divided(before, next) || mustFollow.MatchString(next) || strings.Count(before, "(") > strings.Count(before, ")") ||
		strings.Count(next, ")") > strings.Count(next, "(")
}

// normalisePiece is the text of a piece as cells.
func normalisePiece(p piece) []cell {
	cells := normalise(p.line, p.text, 0)
	for i := range cells {
		cells[i].from += int32(p.from) //nolint:gosec // a line has at most maxLine bytes
		cells[i].to += int32(p.from)   //nolint:gosec // likewise
	}
	return cells
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// broken reports whether the next word did not fit behind a part of a cell. Japanese is
// broken at any character, so that the part before fills the column.
func broken(before, next string, columnWidth int) bool {
	if before == "" {
		return false
	}
	if !isJapanese(before) && !isJapanese(next) {
		word, _, _ := strings.Cut(next, " ")
		return cellWidth(before)+1+cellWidth(word) > columnWidth
	}
	return cellWidth(before)+unevenWidth >= columnWidth
}

// cellWidth counts the columns that a text takes; a Japanese character takes two.
func cellWidth(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
