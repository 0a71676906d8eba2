package report_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/report"
)

// A case never vanishes between two months: each clock counts in exactly one,
// and one that fell due in silence is carried over by every later month until
// the one in which it was answered, and by none after that.
func TestNoCaseVanishes(t *testing.T) {
	labels := []string{"2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01"}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom([]string{"Asia/Tokyo", "America/Havana"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		for _, inc := range drawIncidents(t, z) {
			for _, c := range inc.Clocks {
				alone := *inc
				alone.Clocks = []sla.Clock{c}
				followClock(t, z, labels, &alone)
			}
		}
	})
}

func followClock(t *rapid.T, z *time.Location, labels []string, inc *sla.Incident) {
	c := &inc.Clocks[0]
	silent := c.State == sla.Overdue || c.State == sla.Late
	counted, answered := "", false
	for _, label := range labels {
		p, err := report.Month(label, z, time.Date(2027, 6, 1, 0, 0, 0, 0, z))
		if err != nil {
			t.Fatal(err)
		}
		r := build(t, p, []*sla.Incident{inc})
		wasCounted := counted != ""
		if r.Totals.Clocks == 1 {
			if wasCounted {
				t.Fatalf("counted in %s and again in %s", counted, label)
			}
			counted = label
		}
		carried := len(r.CarriedOver) == 1
		if carried && (!wasCounted || !silent || r.CarriedOver[0].Month != counted || r.Totals.Clocks != 0) {
			t.Fatalf("%s carries over a clock of %q in state %s as of %s", label, counted, c.State, r.CarriedOver[0].Month)
		}
		answeredBefore := c.State == sla.Late && c.NotifiedAt.Before(p.From)
		if wasCounted && silent && carried == answeredBefore {
			t.Fatalf("counted in %s, due %s, answered %s: in %s carried over is %v", counted, c.Due, c.NotifiedAt, label, carried)
		}
		if carried && r.CarriedOver[0].Answered {
			if answered || !p.Contains(c.NotifiedAt) {
				t.Fatalf("%s says that %s answered it", label, c.NotifiedAt)
			}
			answered = true
		}
	}
	if counted == "" {
		t.Fatalf("due %s, start %s, logged %s: counted in no month", c.Due, c.Start.At, inc.Times[sla.Logged].At)
	}
}
