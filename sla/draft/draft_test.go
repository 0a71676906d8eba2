package draft_test

import (
	"strings"
	"testing"

	"kigen/sla/clause"
	"kigen/sla/draft"
)

// FuzzYAML: any text gives a draft whose comments and quotations stay on their lines.
func FuzzYAML(f *testing.F) {
	f.Add("障害は検知から24時間以内にお客様へ通知します。\nバックアップは7日間保管します。")
	f.Add("We will notify you of a breach within 2 hours\u0085. \x01We respond to requests within 3 days.")
	f.Add("We will notify you of a ⟦breach⟧ within 2 hours.\u2028\u2029 We notify within 3 days \v\f.")
	f.Fuzz(func(t *testing.T, text string) {
		paper := clause.Read(clause.Lines(text))
		for _, lang := range []string{"ja", "en"} {
			for line := range strings.Lines(draft.Draft{Vendor: "v", Lang: lang}.YAML(paper)) {
				known := strings.HasPrefix(line, "vendors:") || strings.HasPrefix(strings.TrimLeft(line, " "), "#") || strings.HasPrefix(line, "  ")
				if !known || strings.Contains(line, "⟦") && !strings.Contains(text, "⟦") {
					t.Errorf("%q", line)
				}
			}
		}
	})
}

// TestWhatNoKindHolds: a promise that the grammar does not hold stands in comments, and what
// has no clock under states.
func TestWhatNoKindHolds(t *testing.T) {
	paper := clause.Read(clause.Lines("We will respond to support requests within 2 days.\n\nBackups are kept for 14 days.\n"))
	got := draft.Draft{Vendor: "acme", Lang: "en"}.YAML(paper)
	for _, want := range []string{"      # - id: request\n", "      #   due: {days: 2}\n", "    promises: []\n", "    states:\n", "      # line 3: {days: 14}\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
}

// TestAnswer: what the text does not say is null, and lists are never null.
func TestAnswer(t *testing.T) {
	answer := draft.AnswerOf(clause.Read(clause.Lines("We will notify customers of a breach within 2 hours.")), "ja")
	if len(answer.Found) != 1 || answer.Found[0].Start != nil || answer.Found[0].About == nil || answer.Unread == nil || answer.Against != nil {
		t.Errorf("%+v", answer)
	}
	if q := answer.Found[0].Questions; len(q) != 1 || q[0] != "どの時点から数えますか。起点が書かれていません。" {
		t.Errorf("%q", q)
	}
}
