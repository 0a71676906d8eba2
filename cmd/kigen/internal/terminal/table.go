package terminal

import (
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"kigen/sla/phrase"
)

// Table prints aligned columns. Japanese characters count as two columns.
type Table struct {
	rows  [][]string
	Right []int // indexes of right-aligned columns
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

const columnGap = "  "

// Print writes the rows without padding the last column.
func (t *Table) Print(w io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], displaywidth.String(Clean(cell)))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		line := ""
		for i, cell := range row {
			cell = Clean(cell)
			padding := strings.Repeat(" ", widths[i]-displaywidth.String(cell))
			switch {
			case slices.Contains(t.Right, i):
				line += padding + cell
			default:
				line += cell + padding
			}
			line += columnGap
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Clean shows control characters in text from users or vendors, which could
// otherwise change the terminal.
func Clean(s string) string { return phrase.Line(s) }
