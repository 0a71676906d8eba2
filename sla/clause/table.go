package clause

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

var wideGap = pattern.New(`\t+|\s{3,}`)

// split returns the columns of a line that is a row of a table, or nil: columns stand
// between bars, tabs or wide gaps.
func (l *layout) split(raw string) []string {
	trimmed := strings.TrimSpace(raw)
	var columns []string
	switch {
	case strings.Count(trimmed, "|") >= 2 || strings.Count(trimmed, "|") == 1 && len(l.header) == 2:
		columns = strings.Split(strings.Trim(trimmed, "|"), "|")
	case strings.Contains(trimmed, "\t"), gapped.MatchString(trimmed) && strings.IndexFunc(trimmed, letter) >= 0:
		columns = wideGap.Split(trimmed, -1)
	default:
		return nil
	}
	for i, c := range columns {
		columns[i] = Normalise(strings.TrimSpace(c))
	}
	if len(columns) < 2 {
		return nil
	}
	return columns
}

func letter(r rune) bool { return r >= 'A' && r <= 'z' || r >= 0x3041 }

// row adds a row. The first row of a table whose cells hold no length is its header.
func (l *layout) row(columns []string, cells []cell) {
	first := len(l.blocks) == 0 || l.blocks[len(l.blocks)-1].kind != row && l.ruler != len(l.blocks) || l.gap && len(l.header) != len(columns)
	if first {
		l.header = nil
	}
	b := &block{kind: row, cells: cells, columns: columns, header: l.header, intro: l.introOf(0)}
	l.gap, l.open = false, false
	if len(b.cells) == 0 {
		return
	}
	if first && !length.Any(strings.Join(columns, " ")) {
		l.header = columns
	}
	l.add(b)
}

// ruled makes the row above a ruler the header of its table.
func (l *layout) ruled() {
	if n := len(l.blocks); n > 0 && l.blocks[n-1].kind == row {
		l.header = l.blocks[n-1].columns
		l.blocks[n-1].kind = heading // a head promises nothing
		l.ruler = n
	}
}
