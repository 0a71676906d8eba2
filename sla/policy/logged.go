package policy

import (
	"fmt"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// Logged returns the alerts that an incident was logged at the given instant, for
// all its clocks together: each destination gets one, at once or when its hours
// next begin.
func (ps Policies) Logged(inc *sla.Incident, at time.Time) []Planned {
	var planned []Planned
	var known []string
	for i := range ps {
		if !ps[i].Logged || !ps[i].appliesToAny(inc) {
			continue
		}
		for _, to := range ps[i].To {
			if slices.Contains(known, to) {
				continue
			}
			known = append(known, to)
			planned = appendPlanned(planned, to, Planned{Reason: outbox.ReasonLogged, At: ps[i].Quiet.Release(to, at)})
		}
	}
	return planned
}

// appliesToAny reports whether the policy covers any clock of the incident, be it the
// vendor's or ours. The alert is about what the vendor promised: without that there is
// none.
func (p *Policy) appliesToAny(inc *sla.Incident) bool {
	return len(inc.Clocks) > 0 && slices.ContainsFunc(inc.AllClocks(), func(c *sla.Clock) bool { return p.applies(inc, c) })
}

// LoggedKey is the unique name of the alert that an incident was logged. It holds
// the planned instant, because destinations with quiet hours get it later.
func (p Planned) LoggedKey(id sla.IncidentID) string {
	return fmt.Sprintf("incident/%d/%s/%d", id, p.Reason, p.At.UnixMilli())
}
