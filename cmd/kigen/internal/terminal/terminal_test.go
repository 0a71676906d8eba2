package terminal

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"kigen/sla"
)

func TestTableLinesUpJapanese(t *testing.T) {
	var b strings.Builder
	var tab Table
	tab.Add("番号", "状態", "件名")
	tab.Add("KGN-1", "期限超過", "ログイン")
	tab.Add("KGN-1000", "met", "sign-in")
	if err := tab.Print(&b); err != nil {
		t.Fatal(err)
	}
	width := &runewidth.Condition{}
	for i, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		last := tab.rows[i][2]
		if at := width.StringWidth(strings.TrimSuffix(line, last)); at != len("KGN-1000")+2+width.StringWidth("期限超過")+2 {
			t.Errorf("the last column of %q begins at %d", line, at)
		}
	}
}

func TestForeignTextCannotPaintTheTerminal(t *testing.T) {
	if got := Clean("a\x1b[31mb\nc\u202ed\u009b"); got != `a\u001b[31mb\nc\u202ed\u009b` {
		t.Errorf("%q", got)
	}
}

func TestEveryStateAndStrengthHasWords(t *testing.T) {
	for _, state := range sla.States {
		ja, en := StateText("ja", state), StateText("en", state)
		if ja == string(state) || en == "" || ja == en {
			t.Errorf("%s: %q, %q", state, ja, en)
		}
	}
	for _, strength := range sla.Strengths {
		if ja := StrengthText("ja", strength); ja == string(strength) || ja == StrengthText("en", strength) {
			t.Errorf("%s: %q", strength, ja)
		}
	}
}

// Where an incident has several clocks, a line of its history names the one that it is about.
func TestHistoryNamesTheClock(t *testing.T) {
	deadline := func(promise, stage string) json.RawMessage {
		return json.RawMessage(`{"kind":"deadline","actor":"kigen","body":{"promise":"` + promise + `","stage":"` + stage + `","due":null}}`)
	}
	shown := func(events ...json.RawMessage) string {
		var out strings.Builder
		w := Printer{Out: &out, Lang: "en", Zone: time.UTC}
		if err := w.history(events); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if one := shown(deadline("incident-notice", "")); strings.Contains(one, "incident-notice") {
		t.Errorf("one clock:\n%s", one)
	}
	several := shown(deadline("incident-notice", ""), deadline("us/eu-dora", "final"))
	if !strings.Contains(several, "incident-notice: ") || !strings.Contains(several, "eu-dora/final: ") || strings.Contains(several, "us/") {
		t.Errorf("two clocks:\n%s", several)
	}
}
