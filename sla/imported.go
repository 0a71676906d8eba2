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
		if c.Ticking() && !inc.Import.Past(c.Due) {
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
