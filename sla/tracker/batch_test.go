package tracker_test

import (
	"slices"
	"strings"
	"testing"

	"kigen/sla/tracker"
)

func TestLogAllIsAllOrNothing(t *testing.T) {
	w := newWorld(t)
	good := []tracker.Entry{w.entry("six", "2026-06-10 09:00"), w.entry("staged", "2026-06-10 08:00"), w.entry("none", "2026-06-10 08:00")}
	logged, err := w.LogAll(t.Context(), tracker.Request{Actor: "ueda", Key: "key"}, good)
	if err != nil || len(logged) != 3 || logged[0].ID != 1 || logged[1].Vendor != "staged" || len(logged[1].Clocks) != 2 {
		t.Fatalf("%v, %v", logged, err)
	}
	again, err := w.LogAll(t.Context(), tracker.Request{Actor: "ueda", Key: "key"}, good)
	if err != nil || len(again) != 3 || again[2].ID != logged[2].ID {
		t.Errorf("the same again: %v, %v", again, err)
	}
	if _, err := w.LogAll(t.Context(), tracker.Request{Actor: "ueda", Key: "key"}, good[:2]); err == nil {
		t.Error("other entries under the same key are taken")
	}
	before := w.dump()
	bad := slices.Concat(good, []tracker.Entry{w.entry("nobody", "2026-06-10 09:00"), w.entry("six", "2026-06-11 09:00")})
	_, err = w.LogAll(t.Context(), by("ueda"), bad)
	invalid, ok := tracker.AsInvalid(err)
	if !ok || len(invalid) != 2 || invalid[0].Field != "incidents[3].vendor" || invalid[1].Field != "incidents[4].occurred_at" {
		t.Errorf("%v", err)
	}
	if _, err := w.PreviewAll(t.Context(), by("ueda"), good); err != nil {
		t.Error(err)
	}
	for _, n := range []int{0, tracker.MostAtOnce + 1} {
		if _, err := w.LogAll(t.Context(), by("ueda"), make([]tracker.Entry, n)); err == nil || !strings.Contains(err.Error(), "1 to 1000") {
			t.Errorf("%d entries: %v", n, err)
		}
	}
	if w.dump() != before {
		t.Error("something was kept")
	}
	// A fault in the middle leaves none of them.
	for n := 1; n < 40; n += 5 {
		w.tape.failAt = w.tape.calls + n
		if _, err := w.LogAll(t.Context(), by("ueda"), good); err == nil {
			break
		}
		if w.dump() != before {
			t.Fatalf("failure %d left something", n)
		}
	}
}
