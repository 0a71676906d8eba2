package tracker_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// A click that is delivered again, whoever had the incident meanwhile, changes
// nothing; the next click does.
func TestOnce(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	ack := func(key, who string) *sla.Incident {
		t.Helper()
		inc, err := w.Acknowledge(tracker.Once(t.Context(), key), who, id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return inc
	}
	ack("click-1", "ueda")
	ack("click-2", "mori")
	before := w.dump()
	if inc := ack("click-1", "ueda"); inc.Acknowledged.By != "mori" {
		t.Errorf("an old click gave the incident back to %s", inc.Acknowledged.By)
	}
	if after := w.dump(); after != before {
		t.Errorf("an old click left\n%s\nbefore it was\n%s", after, before)
	}
	if inc := ack("click-3", "ueda"); inc.Acknowledged.By != "ueda" {
		t.Errorf("a new click left the incident to %s", inc.Acknowledged.By)
	}
}

// What was refused was not done: the same act, mended, is.
func TestOnceAfterARefusal(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	ctx := tracker.Once(t.Context(), "form")
	if _, err := w.Notice(ctx, "ueda", id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 08:00")}); err == nil {
		t.Fatal("a notice from before the incident was taken")
	}
	for range 2 {
		inc, err := w.Notice(ctx, "ueda", id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 09:30")})
		if err != nil {
			t.Fatal(err)
		}
		if len(inc.Notices) != 1 {
			t.Errorf("%d notices are recorded, want 1", len(inc.Notices))
		}
	}
}
