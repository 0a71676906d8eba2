package main

import (
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// table prints rows in columns that line up also where Japanese stands, whose
// characters are two columns wide.
type table struct {
	rows  [][]string
	right []int // columns of figures, which line up at their ends
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// columnGap stands between two columns.
const columnGap = "  "

// print writes the rows. The last column is not padded.
func (t *table) print(w io.Writer) error {
	// The width must not follow the locale: the output would differ by machine.
	width := &runewidth.Condition{StrictEmojiNeutral: true}
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width.StringWidth(clean(cell)))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		line := ""
		for i, cell := range row {
			cell = clean(cell)
			if slices.Contains(t.right, i) {
				cell = width.FillLeft(cell, widths[i])
			}
			if i < len(row)-1 {
				cell = width.FillRight(cell, widths[i]) + columnGap
			}
			line += cell
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// clean takes the control characters out of a text that somebody else wrote:
// they could repaint the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}
