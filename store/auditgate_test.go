package store_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestAuditedGates: a stage is audited for the clocks that its policy speaks
// of, and for no other, exactly as the planner picks them.
func TestAuditedGates(t *testing.T) {
	db := open(t)
	now := base.AddDate(0, 1, 0)
	var incidents []*sla.Incident
	vendors, services := []string{"sotas", "a_b", "axb"}, []string{"", "mail", `100% "x"`}
	severities := append([]sla.Severity{""}, sla.Severities[:]...)
	for i := range 60 {
		inc := &sla.Incident{Vendor: vendors[i%3], Title: "outage"}
		inc.Service, inc.Severity, inc.Impact = services[i/3%3], severities[i%5], sla.Impacts[i%4]
		c := sla.Clock{State: sla.Overdue, Due: now.Add(-time.Hour)}
		c.Explanation.Strength = sla.Strengths[i/2%4]
		c.Explanation.Source.Quote = `"strength":"firm"`
		update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, inc, c) })
		incidents = append(incidents, inc)
	}
	auditor := db.Auditor()
	defer auditor.Close()
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(label string) (m policy.Match) {
			m.Vendor = some(rt, label+" vendor", vendors)
			m.Service = some(rt, label+" service", services)
			m.Severity = some(rt, label+" severity", severities)
			m.Impact = some(rt, label+" impact", sla.Impacts[:])
			m.Strength = some(rt, label+" strength", sla.Strengths[:])
			return m
		}
		p := policy.Policy{To: []string{"soc"}, When: draw("when"), Except: draw("except")}
		var want, got []sla.IncidentID
		for _, inc := range incidents {
			if len(policy.Policies{p}.For(inc, &inc.Clocks[0])) > 0 {
				want = append(want, inc.ID)
			}
		}
		found, err := auditor.Unalerted(t.Context(), now, store.Stage{To: p.To, When: p.When, Except: p.Except}, time.Minute, 100)
		if err != nil {
			rt.Fatal(err)
		}
		for _, u := range found {
			got = append(got, u.Incident)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("audited %v, want %v", got, want)
		}
	})
}

// some names some values, or mostly none.
func some[T comparable](t *rapid.T, label string, of []T) []T {
	if rapid.IntRange(0, 2).Draw(t, label) > 0 {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, len(of), rapid.ID).Draw(t, label+" values")
}
