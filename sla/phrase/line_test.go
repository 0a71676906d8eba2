package phrase_test

import (
	"testing"

	"kigen/sla/phrase"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"ログイン障害 <b> & 100%":                 "ログイン障害 <b> & 100%",
		"fake\nDue: tomorrow":               `fake\nDue: tomorrow`,
		"a\r\nb\tc\x1b[31m\x00":             `a\r\nb\tc\u001b[31m\u0000`,
		"next\u0085line\u2028para\u2029x":   `next\u0085line\u2028para\u2029x`,
		"invoice\u202efdp.exe\u2066":        `invoice\u202efdp.exe\u2066`,
		"zero\u200bwidth\ufeff\u00ad":       `zero\u200bwidth\ufeff\u00ad`,
		"tag\U000e0041":                     `tag\U000e0041`,
		"👨\u200d👩 \u0645\u06cc\u200c\u062e": "👨\u200d👩 \u0645\u06cc\u200c\u062e",
		"": "",
	} {
		if got := phrase.Line(text); got != want {
			t.Errorf("Line(%q) = %q, want %q", text, got, want)
		}
	}
	if got := phrase.Lines("one\r\ntwo\tthree\u202e\x07"); got != "one\ntwo\tthree\\u202e\\u0007" {
		t.Errorf("Lines gave %q", got)
	}
}
