package sheetfile

import (
	"cmp"
	"fmt"
	"strings"

	"kigen/calendar"
)

// Fault is what is wrong in one place of a file.
type Fault struct {
	Line   int    // 0: the file as a whole
	Column string // as the file names it; empty: the row as a whole
	Value  string
	Text   calendar.Text // the fault and its remedy
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
func (f *Faults) In(lang string) string {
	lines := make([]string, len(f.List))
	for i, fault := range f.List {
		lines[i] = f.File + f.place(lang, fault.Line) + ": " + fault.in(lang)
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) place(lang string, line int) string {
	switch {
	case line == 0:
		return ""
	case lang == "ja":
		return fmt.Sprintf(" %d行目", line)
	case f.Sheet:
		return fmt.Sprintf(", row %d", line)
	}
	return fmt.Sprintf(", line %d", line)
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

func text(ja, en string) calendar.Text { return calendar.Text{Ja: ja, En: en} }
