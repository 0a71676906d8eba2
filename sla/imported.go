package sla

import "time"

// PastAfter is how long before an import a deadline must have passed to count as
// past: people are alerted about a later one, which may still need a call.
const PastAfter = 24 * time.Hour

// Import is the origin of an incident that came from a file or another system. It is
// zero for an incident that was logged by itself.
type Import struct {
	Name string // names the import that the incident belongs to; may be empty
	// PastUntil bounds the past: a deadline up to this instant raises no alert of its
	// own. Zero: every deadline raises alerts.
	PastUntil time.Time
}

// Past reports whether a deadline had passed long before the incident was imported.
func (i Import) Past(due time.Time) bool {
	return !i.PastUntil.IsZero() && !due.IsZero() && !due.After(i.PastUntil)
}

// Current reports whether an incident still concerns people: a clock of it is open
// and not past. An incident without any deadline is current if it began after the
// past ended.
func (inc *Incident) Current() bool {
	if inc.Import.PastUntil.IsZero() {
		return true
	}
	hasDue := false
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		hasDue = hasDue || !c.Due.IsZero()
		if c.ticking() && !inc.Import.Past(c.Due) {
			return true
		}
	}
	return !hasDue && inc.began().After(inc.Import.PastUntil)
}

// began is the earliest known moment of the incident.
func (inc *Incident) began() time.Time {
	began := inc.Times[Logged].At
	for _, s := range inc.Times {
		if s.Known() && s.At.Before(began) {
			began = s.At
		}
	}
	return began
}

// PastOf returns the alerts about a past deadline for the summary of its import, at
// the given instant or when a destination's hours next begin. Each destination whose
// policy alerts about a deadline that passed so long ago gets one.
func (ps Policies) PastOf(c *Clock, now time.Time) []Planned {
	if c.State != Overdue {
		return nil
	}
	latest := map[string]Planned{}
	var order []string
	passed := overdueAt(c.Due)
	for i := range ps {
		for _, to := range ps[i].To {
			if _, seen := latest[to]; seen || now.Before(passed.Add(ps[i].After)) {
				continue
			}
			order = append(order, to)
			latest[to] = Planned{Reason: ReasonPast, At: ps[i].Quiet.Release(to, now)}.called(passed)
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
