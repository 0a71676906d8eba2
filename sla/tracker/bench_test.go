package tracker_test

import (
	"testing"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/tracker"
)

// BenchmarkLog logs an incident at a built-in vendor, whose calendar holds a
// century and a half of holidays.
func BenchmarkLog(b *testing.B) {
	c, err := config.Load("", nil)
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(b)
	t := &tracker.Tracker{Store: w.db, Catalogue: c.Catalogue, Policies: policies(), Now: w.Now}
	entry := tracker.Entry{Vendor: "sotas", Title: "outage"}
	entry.Times[sla.Occurred] = sla.Stamp{At: w.at("2026-06-10 09:00")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Log(b.Context(), by("ueda"), entry); err != nil {
			b.Fatal(err)
		}
	}
}
