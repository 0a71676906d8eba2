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

// A preview of a notice is what recording it gives, and leaves the incident as it was.
func TestPreviewOfANoticeIsWhatRecordingGives(t *testing.T) {
	for _, vendor := range []string{"six", "staged", "none", "both", "desk"} {
		for _, now := range []string{"2026-06-10 11:00", "2026-06-20 11:00"} {
			for _, channel := range []string{"", "email", "support", "status_page"} {
				w := newWorld(t)
				e := tracker.Entry{Vendor: vendor, Title: "x"}
				e.Times[sla.Occurred] = sla.Stamp{At: w.at("2026-06-10 10:00")}
				w.set(now)
				logged, err := w.Log(t.Context(), by("ueda"), e)
				if err != nil {
					t.Fatal(vendor, err)
				}
				n := tracker.NoticeEntry{Channel: channel, Text: "we found the cause"}
				inc := w.read(logged.ID)
				preview, err := w.PreviewNotice(t.Context(), inc, n)
				if err != nil {
					t.Fatal(vendor, err)
				}
				if now := w.read(logged.ID); !reflect.DeepEqual(inc, now) {
					t.Errorf("%s: the preview changed the incident: %+v\n%+v", vendor, inc, now)
				}
				recorded, err := w.Notice(t.Context(), by("ueda"), logged.ID, n)
				if err != nil {
					t.Fatal(vendor, err)
				}
				for i := range recorded.Clocks {
					a, b := preview.Clocks[i], recorded.Clocks[i]
					b.ID = a.ID
					if !reflect.DeepEqual(a, b) {
						t.Errorf("%s by %s: previewed %+v\nrecorded %+v", vendor, channel, a, b)
					}
				}
				if _, err := w.PreviewNotice(t.Context(), inc, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-09 10:00")}); err == nil {
					t.Error("a notice before the incident is previewed")
				}
			}
		}
	}
}
