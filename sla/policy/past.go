package policy

import (
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// PastOf returns the alerts about a past deadline for the summary of its import, at
// the given instant or when a destination's hours next begin. Each destination whose
// policy alerts about a deadline that passed so long ago gets one.
func (ps Policies) PastOf(c *sla.Clock, now time.Time) []Planned {
	if c.State != sla.Overdue {
		return nil
	}
	latest := map[string]Planned{}
	var order []string
	passed := sla.OverdueAt(c.Due)
	for i := range ps {
		for _, to := range ps[i].To {
			if _, seen := latest[to]; seen || now.Before(passed.Add(ps[i].After)) {
				continue
			}
			order = append(order, to)
			latest[to] = Planned{Reason: outbox.ReasonPast, At: ps[i].Quiet.Release(to, now)}.called(passed)
		}
	}
	return byInstant(latest, order)
}

// Destinations lists all destinations of the policies, each once, with the instant
// from which it gets an alert that can wait, planned for now.
func (ps Policies) Destinations(now time.Time) map[string]time.Time {
	at := map[string]time.Time{}
	for i := range ps {
		for _, to := range ps[i].To {
			if _, seen := at[to]; !seen {
				at[to] = ps[i].Quiet.Release(to, now)
			}
		}
	}
	return at
}
