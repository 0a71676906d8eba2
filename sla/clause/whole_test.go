package clause_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/sla/clause"
)

var update = flag.Bool("update", false, "write the readings of the papers under testdata/whole")

// TestWholePapers holds the readings of papers that were written for this test, with answers
// to questions, contracts of two parties, tables and what promises nothing, to those that
// were looked at.
func TestWholePapers(t *testing.T) {
	papers, err := filepath.Glob(filepath.Join("testdata", "whole", "*.txt"))
	if err != nil || len(papers) < 5 {
		t.Fatalf("%d papers: %v", len(papers), err)
	}
	for _, path := range papers {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := wholeReading(clause.Read(clause.Lines(string(text))))
		golden := strings.TrimSuffix(path, ".txt") + ".want"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
	}
}

func wholeReading(p *clause.Paper) string {
	var b strings.Builder
	for _, q := range p.Promises {
		fmt.Fprintf(&b, "%d [%s] %s %s %s %s %v %v\n", q.Line, q.Section, orDash(q.About), orDash(q.Start), clause.Flow(q.Due), q.Strength, q.Gate, q.Channels)
	}
	for _, u := range p.Unread {
		fmt.Fprintf(&b, "%d unread: %s\n", u.Line, u.Text)
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
