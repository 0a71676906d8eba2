package tracker_test

import (
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/tracker"
)

// A notice that comes with its incident decides the verdict before any clock starts:
// what was kept never counts as breached, and the record agrees with the history.
func TestNoticesOfABatch(t *testing.T) {
	w := newWorld(t)
	kept, late, silent := w.entry("six", "2026-05-01 18:00"), w.entry("six", "2026-05-01 18:00"), w.entry("six", "2026-05-01 18:00")
	kept.Notices = []tracker.NoticeEntry{{ReceivedAt: w.at("2026-05-01 18:05"), Channel: "email", Text: "down"}}
	late.Notices = []tracker.NoticeEntry{{ReceivedAt: w.at("2026-05-20 18:00"), Channel: "email"}}
	logged, err := w.LogBatch(t.Context(), by("ueda"), tracker.Batch{Entries: []tracker.Entry{kept, late, silent}, Import: "list"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []sla.State{sla.Met, sla.Late, sla.Overdue} {
		inc := w.read(logged[i].ID)
		clock := inc.Clocks[0]
		if clock.State != want || clock.BreachedAt.IsZero() != (want == sla.Met) {
			t.Errorf("%s: %s, breached at %s, want %s", inc.ID, clock.State, clock.BreachedAt, want)
		}
		if inc.Import.Name != "list" || !inc.Import.PastUntil.Equal(w.now.Add(-sla.PastAfter)) {
			t.Errorf("%s: %+v", inc.ID, inc.Import)
		}
		if got := history.FoldEvents(w.events(inc.ID)).Differences(inc); len(got) > 0 {
			t.Errorf("%s: %q", inc.ID, got)
		}
	}
}

// A bad notice refuses the batch, and names its field.
func TestBadNoticesOfABatch(t *testing.T) {
	w := newWorld(t)
	for want, n := range map[string]tracker.NoticeEntry{
		"incidents[0].notice_received_at": {Channel: "email"},
		"lies before occurred_at":         {ReceivedAt: w.at("2026-04-01 18:00")},
		"incidents[0].notice_stage":       {ReceivedAt: w.at("2026-05-02 18:00"), Stage: "nowhere"},
	} {
		e := w.entry("six", "2026-05-01 18:00")
		e.Notices = []tracker.NoticeEntry{n}
		if _, err := w.LogBatch(t.Context(), by("ueda"), tracker.Batch{Entries: []tracker.Entry{e}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// By reference, an incident is logged once, also if the rest of its row changed.
func TestBatchByReference(t *testing.T) {
	w := newWorld(t)
	first, second := w.entry("six", "2026-05-01 18:00"), w.entry("six", "2026-05-02 18:00")
	first.Reference, second.Reference = "SOC-1", "SOC-2"
	batch := tracker.Batch{Entries: []tracker.Entry{first}, ByReference: true}
	if _, err := w.LogBatch(t.Context(), tracker.Request{Actor: "ueda", Key: "a"}, batch); err != nil {
		t.Fatal(err)
	}
	first.Title = "renamed"
	batch.Entries = []tracker.Entry{first, second}
	request := tracker.Request{Actor: "ueda", Key: "b"}
	for range 2 { // the second time by its key
		logged, err := w.LogBatch(t.Context(), request, batch)
		if err != nil {
			t.Fatal(err)
		}
		if !logged[0].Before || logged[0].ID != 1 || logged[0].Title != "outage" || logged[1].ID != 2 {
			t.Errorf("%+v", logged)
		}
	}
	batch.Entries = []tracker.Entry{second, second}
	if _, err := w.LogBatch(t.Context(), by("ueda"), batch); err == nil || !strings.Contains(err.Error(), "incidents[1].reference") {
		t.Errorf("%v", err)
	}
	w.now = w.now.Add(time.Hour)
	if events := w.events(1); len(events) == 0 || events[len(events)-1].At.After(w.now.Add(-time.Hour)) {
		t.Error("the incident was changed")
	}
}
