package sheetfile_test

import (
	"errors"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/sla/phrase/localizer"
)

// TestFaultsAreBounded: a file with a mistake in every cell is answered with a list that
// a person can read, and with a count of what it leaves out.
func TestFaultsAreBounded(t *testing.T) {
	faults := &sheetfile.Faults{File: "old.csv"}
	for i := range 3000 {
		faults.List = append(faults.List, sheetfile.Fault{Line: i/3 + 2, Column: "title", Value: strings.Repeat("x", 9999), Text: localizer.Messagef("is empty")})
	}
	for lang, last := range map[string]string{"en": "and 2500 more mistakes in 834 rows: correct those above first", "ja": "ほかに2500件の誤りがあります(834行)。まず上の誤りを直してください。"} {
		lines := strings.Split(faults.First(lang, 500), "\n")
		if len(lines) != 501 || lines[500] != last {
			t.Errorf("%s: %d lines, the last %q", lang, len(lines), lines[len(lines)-1])
		}
	}
}

// TestFaultsAreLines: a name, a header or a value with a line break makes no second line,
// and the header that the remedy names is one that --map finds.
func TestFaultsAreLines(t *testing.T) {
	const broken = "vendor,title,\"\u202eWhen it\n\x1b[1m was\r\nseen\"\nsotas,Fine,x\n"
	_, err := sheetfile.Read("old\nlist.csv", []byte(broken), nil)
	var faults *sheetfile.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("an unknown column: %v", err)
	}
	for _, lang := range []string{"ja", "en"} {
		text := faults.In(lang)
		if strings.ContainsAny(text, "\n\r\x1b\u202e") || !strings.HasPrefix(text, `old\nlist.csv`) {
			t.Errorf("%q", text)
		}
		_, hint, _ := strings.Cut(text, "--map '")
		name, _, _ := strings.Cut(hint, "=")
		if name != "When it [1m was seen" {
			t.Errorf("%s: the remedy names %q", lang, name)
		}
		if _, err := sheetfile.Read("f.csv", []byte(broken), sheetfile.Map{name: ""}); err != nil {
			t.Errorf("%s: with the remedy: %v", lang, err)
		}
	}
}
