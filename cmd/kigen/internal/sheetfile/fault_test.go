package sheetfile_test

import (
	"strings"
	"testing"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/sheetfile"
)

// TestFaultsAreBounded: a file with a mistake in every cell is answered with a list that
// a person can read, and with a count of what it leaves out.
func TestFaultsAreBounded(t *testing.T) {
	faults := &sheetfile.Faults{File: "old.csv"}
	for i := range 3000 {
		faults.List = append(faults.List, sheetfile.Fault{Line: i/3 + 2, Column: "title", Value: strings.Repeat("x", 9999), Text: calendar.Text{Ja: "空です。", En: "is empty"}})
	}
	for lang, last := range map[string]string{"en": "and 2500 more mistakes in 834 rows: correct those above first", "ja": "ほかに2500件の誤りがあります(834行)。まず上の誤りを直してください。"} {
		lines := strings.Split(faults.First(lang, 500), "\n")
		if len(lines) != 501 || lines[500] != last {
			t.Errorf("%s: %d lines, the last %q", lang, len(lines), lines[len(lines)-1])
		}
	}
}
