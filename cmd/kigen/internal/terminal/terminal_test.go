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
		if err := w.history("", events); err != nil {
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

// A state speaks of what answers the clock: a report of ours is submitted, a deletion is
// confirmed.
func TestStatesSpeakOfWhatIsOwed(t *testing.T) {
	var out strings.Builder
	w := Printer{Out: &out, Lang: "ja", Zone: time.UTC}
	inc := &Incident{ID: "KGN-1", Kind: "contract_end", State: sla.Met, Title: "契約終了", Clocks: []Clock{{Promise: "disposal", State: sla.Met}}}
	inc.Duties = []Duty{{Duty: "jp-appi", Clocks: []Clock{{Stage: "initial", State: sla.Late}}}}
	state := json.RawMessage(`{"kind":"state","body":{"promise":"disposal","was":"overdue","state":"late"}}`)
	if err := w.Incident(inc, []json.RawMessage{state}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"KGN-1  期限内に削除を確認", "disposal  期限内に削除を確認", "遅延(期限後に提出)", "期限超過(削除未確認) → 遅延(期限後に削除を確認)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, &out)
		}
	}
	out.Reset()
	w.Lang = "en"
	list := &Duties{}
	if err := json.Unmarshal([]byte(`{"clocks":[{"incident":"KGN-1","duty":"jp-appi","stage":"initial","state":"met","decided":"applies"}]}`), list); err != nil {
		t.Fatal(err)
	}
	if err := w.Duties(list); err != nil || !strings.Contains(out.String(), "submitted in time") {
		t.Errorf("%v:\n%s", err, &out)
	}
	out.Reset()
	row := json.RawMessage(`{"id":"KGN-2","kind":"periodic","state":"late","clocks":[]}`)
	if err := w.List([]json.RawMessage{row}); err != nil || !strings.Contains(out.String(), "evidence late") {
		t.Errorf("%v:\n%s", err, &out)
	}
}
