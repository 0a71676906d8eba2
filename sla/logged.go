package sla

import (
	"fmt"
	"slices"
	"time"
)

// Logged returns what is to be told of an incident that is logged at the given
// instant, whatever its clocks: each destination once, at once or when its
// hours next begin.
func (ps Policies) Logged(inc *Incident, at time.Time) []Planned {
	var told []Planned
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
			told = appendPlanned(told, to, Planned{Reason: ReasonLogged, At: ps[i].Quiet.Release(to, at)})
		}
	}
	return told
}

// appliesToAny reports whether the policy speaks of any clock of the incident.
func (p *Policy) appliesToAny(inc *Incident) bool {
	return slices.ContainsFunc(inc.Clocks, func(c Clock) bool { return p.applies(inc, &c) })
}

// LoggedKey is the unique name of the alert that an incident was logged: each
// destination is told once, those that are held back at another instant.
func (p Planned) LoggedKey(id IncidentID) string {
	return fmt.Sprintf("incident/%d/%s/%d", id, p.Reason, p.At.UnixMilli())
}
