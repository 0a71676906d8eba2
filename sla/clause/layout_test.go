package clause_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// spoil writes a paper as its text comes out of a PDF file.
type spoil struct {
	width   int  // lines are broken after so many characters
	pages   int  // a page number after so many lines, 0 for none
	gaps    bool // blank lines between the broken lines
	wide    bool // digits in full width
	radical bool // characters as radicals
	spaced  bool // spaces between Japanese characters and digits
}

func (s spoil) name() string {
	return fmt.Sprint(s.width, s.pages, s.gaps, s.wide, s.radical, s.spaced)
}

var (
	wideDigits = strings.NewReplacer("0", "０", "1", "１", "2", "２", "3", "３", "4", "４", "5", "５", "6", "６", "7", "７", "8", "８", "9", "９")
	asRadicals = strings.NewReplacer("一", "⼀", "用", "⽤", "日", "⽇", "月", "⽉", "長", "⻑", "西", "⻄", "行", "⾏", "時", "時", "人", "⼈", "見", "⾒", "大", "⼤")
)

func (s spoil) apply(text string, random *rand.Rand) string {
	var out []string
	n := 0
	page := func(line string) {
		out = append(out, line)
		if n++; s.pages > 0 && n%s.pages == 0 {
			out = append(out, "", fmt.Sprint(n/s.pages), "")
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if s.wide && random.IntN(2) == 0 && !strings.HasPrefix(strings.TrimLeft(line, " -#*"), "http") {
			line = wideDigits.Replace(line)
		}
		if s.radical {
			line = asRadicals.Replace(line)
		}
		if s.spaced {
			line = spaceBeforeDigits(line)
		}
		for utf8.RuneCountInString(line) > s.width && s.width > 0 {
			runes := []rune(line)
			page(string(runes[:s.width]))
			line = string(runes[s.width:])
			if s.gaps && random.IntN(3) == 0 {
				page("")
			}
		}
		page(line)
	}
	return strings.Join(out, "\n")
}

func spaceBeforeDigits(line string) string {
	var b strings.Builder
	var before rune
	for _, r := range line {
		if r >= '0' && r <= '9' && before >= 0x3041 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// TestPapersAsPDFGivesThem: the five papers are read as well when their lines are broken,
// with page numbers and blank lines between, and with the characters that PDF files give.
func TestPapersAsPDFGivesThem(t *testing.T) {
	rows := goldRows(t, "papers.jsonl")
	for _, s := range []spoil{
		{width: 40}, {width: 40, pages: 30}, {width: 40, gaps: true}, {width: 40, pages: 25, gaps: true, radical: true}, {width: 60, wide: true, spaced: true}, {radical: true, wide: true},
	} {
		for _, g := range rows {
			if g.ID != "S01" && g.ID != "S08" && g.ID != "S16" && g.ID != "S21" && g.ID != "S27" {
				continue // one row for each paper
			}
			t.Run(g.File[:3]+" "+s.name(), func(t *testing.T) {
				random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's own
				checkPaper(t, g.File, s.apply(paperText(t, g.File), random), rows)
			})
		}
	}
}
