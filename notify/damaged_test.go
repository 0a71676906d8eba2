package notify_test

import (
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// The message about what can't be read holds its id, the alert's reason, and the
// error.
func TestWriteWhatCannotBeRead(t *testing.T) {
	d := &outbox.Delivery{
		Key: "k@soc", Kind: outbox.Post, Unreadable: "KGN-7 cannot be read: start of clock 9: unknown moment \"bogus\"",
		Alert: outbox.Alert{Key: "k", Reason: outbox.ReasonOverdue, Incident: 7, At: time.Now()},
	}
	for lang, want := range map[string]string{
		"en": `OVERDUE: KGN-7 cannot be read: start of clock 9: unknown moment "bogus"`,
		"ja": `【期限超過】KGN-7 を読み取れません: start of clock 9: unknown moment "bogus"`,
	} {
		m := writer(lang).Write(d, time.Now())
		if m.Title != want || len(m.Notes) != 1 || m.Thread != "KGN-7" || m.Facts == nil || m.Facts.Incident != 7 || !strings.Contains(m.Text, want) {
			t.Errorf("%s: %q, notes %q", lang, m.Title, m.Notes)
		}
	}
}

// An alert that a wall clock which was ahead made too early says so in its
// place, until the deadline has passed.
func TestWriteAnAlertThatWasTooEarly(t *testing.T) {
	now := time.Date(2026, 6, 10, 1, 30, 0, 0, time.UTC)
	inc := &sla.Incident{ID: 7, Vendor: "six", Title: "outage", Clocks: []sla.Clock{{
		ID: 9, Incident: 7, State: sla.Running, Start: sla.Start{At: now.Add(-time.Hour)}, Due: now.Add(5 * time.Hour),
	}}}
	d := &outbox.Delivery{
		Key: "k@soc#1", Kind: outbox.Update, Incident: inc, Clock: &inc.Clocks[0],
		Alert: outbox.Alert{Key: "k", Reason: outbox.ReasonOverdue, Incident: 7, Clock: 9, DueAt: inc.Clocks[0].Due, At: inc.Clocks[0].Due, Premature: true},
	}
	m := writer("en").Write(d, now)
	if !strings.HasPrefix(m.Title, "TOO EARLY: ") || !strings.Contains(m.Text, "the clock of the machine that runs kigen was ahead") {
		t.Errorf("%s", m.Text)
	}
	if m := writer("ja").Write(d, now); !strings.HasPrefix(m.Title, "【誤報・時計の進み】") {
		t.Errorf("%s", m.Title)
	}
	if m := writer("en").Write(d, now.Add(6*time.Hour)); !strings.HasPrefix(m.Title, "OVERDUE: ") || strings.Contains(m.Text, "was ahead") {
		t.Errorf("once it has passed: %s", m.Text)
	}
}
