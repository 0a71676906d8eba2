package register

import (
	"slices"

	"kigen/calendar"
	"kigen/sla"
)

// Promised says how a vendor has promised a notice.
type Promised string

// How a notice is promised.
const (
	PromisedTimed    Promised = "timed"     // by a time, in some cases at least
	PromisedAsNeeded Promised = "as_needed" // where the vendor sees the need: no time
	PromisedNothing  Promised = "nothing"   // no promise in force speaks of it
)

// ServiceCoverage is what the promises of a vendor cover of one of its services.
type ServiceCoverage struct {
	Service string             // empty: the vendor lists no services
	Kinds   []sla.IncidentKind // with a promise in force, in the order of lists
	Notice  Promised           // how the notice of an incident is promised
}

// Coverage lists what the promises in force on a day cover of each of the vendor's
// services, in the vendor's order. A vendor that lists no services has one entry. A
// promise whose gate names no service covers all of them; other conditions of a gate,
// such as impact, do not count: the promise covers the service all the same.
func Coverage(v *sla.Vendor, day calendar.Date) []ServiceCoverage {
	services := v.Services
	if len(services) == 0 {
		services = []string{""}
	}
	list := make([]ServiceCoverage, len(services))
	for i, service := range services {
		list[i] = coverageOf(v, service, day)
	}
	return list
}

func coverageOf(v *sla.Vendor, service string, day calendar.Date) ServiceCoverage {
	c := ServiceCoverage{Service: service, Notice: PromisedNothing}
	facts := sla.Facts{Service: service}
	for _, p := range v.Promises {
		if !p.InForce(day) || !p.Gate.Open(&facts) {
			continue
		}
		if !slices.Contains(c.Kinds, p.KindOf()) {
			c.Kinds = append(c.Kinds, p.KindOf())
		}
		switch {
		case p.KindOf() != sla.KindIncident:
		case namesTime(p):
			c.Notice = PromisedTimed
		case c.Notice == PromisedNothing:
			c.Notice = PromisedAsNeeded
		}
	}
	order := sla.Kinds()
	slices.SortFunc(c.Kinds, func(a, b sla.IncidentKind) int { return slices.Index(order, a) - slices.Index(order, b) })
	return c
}

// namesTime reports whether one of the promise's notices has a time in some case.
func namesTime(p *sla.Promise) bool {
	return slices.ContainsFunc(p.AllStages(), func(s sla.Stage) bool { return givesTime(&s.Due) })
}

// givesTime reports whether the rule gives a time in some case.
func givesTime(r *sla.Rule) bool {
	switch r.Op {
	case sla.OpNone:
		return false
	case sla.OpCases:
		return slices.ContainsFunc(r.Cases, func(c sla.Case) bool { return givesTime(&c.Rule) })
	case sla.OpHours:
		return slices.ContainsFunc(r.Args, func(a sla.Rule) bool { return givesTime(&a) })
	}
	return true
}
