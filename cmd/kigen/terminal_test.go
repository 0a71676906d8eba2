package main

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"kigen/sla"
)

func TestTableLinesUpJapanese(t *testing.T) {
	var b strings.Builder
	var tab table
	tab.add("番号", "状態", "件名")
	tab.add("KGN-1", "期限超過", "ログイン")
	tab.add("KGN-1000", "met", "sign-in")
	if err := tab.print(&b); err != nil {
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
	if got := clean("a\x1b[31mb\nc\u202ed\u009b"); got != `a\u001b[31mb\nc\u202ed\u009b` {
		t.Errorf("%q", got)
	}
}

func TestEveryStateAndStrengthHasWords(t *testing.T) {
	for _, state := range sla.States {
		ja, en := stateText("ja", state), stateText("en", state)
		if ja == string(state) || en == "" || ja == en {
			t.Errorf("%s: %q, %q", state, ja, en)
		}
	}
	for _, strength := range sla.Strengths {
		if ja := strengthText("ja", strength); ja == string(strength) || ja == strengthText("en", strength) {
			t.Errorf("%s: %q", strength, ja)
		}
	}
}

func TestDialable(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "127.0.0.1:80", ":80": "127.0.0.1:80",
		"[::1]:80": "[::1]:80", "localhost:80": "localhost:80", "soc.example:80": "soc.example:80",
	} {
		if got := dialable(listen); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}
