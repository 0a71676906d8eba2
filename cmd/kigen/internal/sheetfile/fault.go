package sheetfile

import (
	"cmp"
	"fmt"
	"strings"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

// Fault is what is wrong in one place of a file.
type Fault struct {
	Line   int    // 0: the file as a whole
	Column string // as the file names it; empty: the row as a whole
	Value  string
	Text   localizer.Message // the fault and its remedy
}

// Faults are all faults of one file, by line.
type Faults struct {
	File  string
	Sheet bool // lines are rows of a spreadsheet
	List  []Fault
}

// Error lists the faults in English, one a line.
func (f *Faults) Error() string { return f.In("en") }

// In lists the faults in "ja" or "en", one a line.
func (f *Faults) In(lang string) string { return f.First(lang, len(f.List)) }

// First is In for the first faults, with a count of the others in the last line: a file
// may have a fault in every cell.
func (f *Faults) First(lang string, most int) string {
	listed := f.List[:min(len(f.List), most)]
	lines := make([]string, len(listed), len(listed)+1)
	for i, fault := range listed {
		// Names, values and a daemon's answers are texts from outside.
		lines[i] = phrase.Line(f.File + f.place(lang, fault.Line) + ": " + fault.in(lang))
	}
	if left := f.List[len(listed):]; len(left) > 0 {
		rows := map[int]bool{}
		for _, fault := range left {
			rows[fault.Line] = true
		}
		lines = append(lines, localizer.Messagef("and %d more mistakes in %d rows: correct those above first", len(left), len(rows)).In(lang))
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) place(lang string, line int) string {
	switch {
	case line == 0:
		return ""
	case f.Sheet:
		return catalog.In(lang).Say("at_row", "N", line)
	}
	return catalog.In(lang).Say("at_line", "N", line)
}

// in writes column, value and remedy.
func (f *Fault) in(lang string) string {
	text := f.Column
	if f.Value != "" {
		text += fmt.Sprintf(" %q", shortened(f.Value))
	}
	if text = strings.TrimSpace(text); text != "" {
		text += ": "
	}
	return text + f.Text.In(lang)
}

// byLine orders faults.
func byLine(a, b Fault) int { return cmp.Compare(a.Line, b.Line) }

const longestShown = 60

// shortened bounds a value in an error.
func shortened(value string) string {
	value = strings.ToValidUTF8(value, "\ufffd")
	if letters := []rune(value); len(letters) > longestShown {
		return string(letters[:longestShown]) + "…"
	}
	return value
}
