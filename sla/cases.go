package sla

import (
	"cmp"

	"kigen/calendar"
)

// cases applies the rule of the case that matches the fact, or the default.
func (r *reckoner) cases(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	value := r.facts.value(rule.By)
	if value == unknown {
		r.unknown |= rule.By.flag()
	}
	for i := range rule.Cases {
		if c := &rule.Cases[i]; c.Value == value || c.Value == "" && value != unknown {
			if r.trace != nil {
				r.noteCase(rule.By, value)
			}
			return r.due(&c.Rule, start)
		}
	}
	if value == unknown {
		return r.strictest(rule, start)
	}
	if r.trace != nil {
		r.noteNone()
	}
	return calendar.Instant{}, nil
}

// strictest takes the earliest deadline of all cases, including the default. It
// applies while the fact is unknown and there is no case for that: an unknown
// fact counts as applying.
func (r *reckoner) strictest(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	var best calendar.Instant
	own, chosen := r.leg, -1
	strict := own
	quiet := *r
	quiet.trace = nil
	for i := range rule.Cases {
		quiet.leg = own
		at, err := quiet.due(&rule.Cases[i].Rule, start)
		if err != nil {
			return calendar.Instant{}, err
		}
		if !at.IsZero() && (best.IsZero() || best.After(at)) {
			best, chosen, strict = at, i, quiet.leg
		}
	}
	r.unknown, r.dropped, r.lapsed = quiet.unknown, quiet.dropped, quiet.lapsed
	switch {
	case chosen < 0:
		if r.trace != nil {
			r.noteNone()
		}
	case r.trace != nil:
		r.noteCase(rule.By, "") // no case for the unknown fact
		return r.due(&rule.Cases[chosen].Rule, start)
	}
	r.leg = strict
	return best, nil
}

// unknown is the value of an unknown fact in rules and JSON. A case may match it.
const unknown = "unknown"

// value returns the fact along a dimension, or unknown.
func (f *Facts) value(by Dimension) string {
	value := unknown
	switch by {
	case BySeverity:
		value = string(f.Severity)
	case ByScope:
		value = string(f.Scope)
	case ByImpact:
		value = string(f.Impact)
	case ByService:
		value = f.Service
	}
	return cmp.Or(value, unknown)
}
