package tracker_test

import (
	"reflect"
	"testing"

	"kigen/sla"
	"kigen/sla/tracker"
)

// A preview is what logging gives, clock by clock, and leaves the database as
// it was.
func TestPreviewIsWhatLoggingGives(t *testing.T) {
	for _, vendor := range []string{"six", "staged", "none", "both", "desk"} {
		for _, occurred := range []string{"", "2026-06-10 10:00", "2026-06-01 10:00"} {
			w := newWorld(t)
			e := tracker.Entry{Vendor: vendor, Title: "x"}
			if occurred != "" {
				e.Times[sla.Occurred] = sla.Stamp{At: w.at(occurred)}
			}
			preview, err := w.Preview(t.Context(), e)
			if err != nil {
				t.Fatal(vendor, err)
			}
			if page, err := w.db.List(t.Context(), tracker.Query{}); err != nil || len(page.Incidents) != 0 {
				t.Fatalf("%s: a preview left %d incidents, %v", vendor, len(page.Incidents), err)
			}
			w.wantTold()
			logged, err := w.Log(t.Context(), by("ueda"), e)
			if err != nil {
				t.Fatal(vendor, err)
			}
			if len(preview.Clocks) != len(logged.Clocks) {
				t.Fatalf("%s: %d clocks, then %d", vendor, len(preview.Clocks), len(logged.Clocks))
			}
			for i := range logged.Clocks {
				a, b := preview.Clocks[i], logged.Clocks[i]
				b.ID, b.Incident = 0, 0
				if !reflect.DeepEqual(a, b) {
					t.Errorf("%s: previewed %+v\nlogged %+v", vendor, a, b)
				}
			}
		}
	}
	w := newWorld(t)
	if _, err := w.Preview(t.Context(), tracker.Entry{Vendor: "nobody"}); err == nil {
		t.Error("an unknown vendor is previewed")
	}
}
