package sla

import (
	"fmt"
	"strings"
	"time"
)

// String writes the rule in one line, close to its form in the configuration. It
// is never empty, not even for a rule that Validate refuses.
func (r *Rule) String() string {
	switch r.Op {
	case OpElapsed:
		return shortLength(r.Length)
	case OpBusinessTime:
		return shortLength(r.Length) + " of business hours"
	case OpBusinessDays:
		return r.dated("business day")
	case OpDays:
		return r.dated("day")
	case OpMonths:
		return r.dated("month")
	case OpNextOpening, OpNextDayStart, OpNone:
		return r.Op.String()
	case OpLaterOf, OpEarlierOf:
		return fmt.Sprintf("%s(%s)", r.Op, joinRules(r.Args))
	case OpHours:
		if len(r.Args) == 2 {
			return fmt.Sprintf("inside_hours: %s; outside_hours: %s", &r.Args[0], &r.Args[1])
		}
	case OpFrom:
		if len(r.Args) == 1 {
			return fmt.Sprintf("%s from %s", &r.Args[0], r.From)
		}
	case OpCases:
		return r.casesString()
	default:
		return r.derivedString()
	}
	return fmt.Sprintf("malformed rule %q", r.Op)
}

// derivedString writes the operations that modify the result of another rule.
func (r *Rule) derivedString() string {
	switch {
	case r.Op == OpStart:
		return "the start"
	case r.Op == OpThen && len(r.Args) == 2:
		return fmt.Sprintf("%s, counted from (%s)", &r.Args[1], &r.Args[0])
	case r.Op == OpRolled && len(r.Args) == 1:
		s := fmt.Sprintf("%s, on a closed day roll %s", &r.Args[0], r.Roll)
		if r.Ends != "" {
			s += ", ends " + string(r.Ends)
		}
		return s
	case r.Op == OpEvery && len(r.Args) == 1:
		return fmt.Sprintf("every %s", &r.Args[0])
	case r.Op == OpLapses && len(r.Args) == 1:
		return fmt.Sprintf("%s, lapses before %s", &r.Args[0], r.From)
	}
	return fmt.Sprintf("malformed rule %q", r.Op)
}

// dated writes a length in days or months with where and how it ends.
func (r *Rule) dated(unit string) string {
	n, before := r.Count, ""
	if n < 0 {
		n, before = -n, " before"
	}
	if n != 1 {
		unit += "s"
	}
	s := fmt.Sprintf("%d %s%s", n, unit, before)
	if r.Ends != "" {
		s += ", ends " + string(r.Ends)
	}
	if r.Counting != "" {
		s += ", counting " + string(r.Counting)
	}
	if r.CountStartDay {
		s += ", counting the start day"
	}
	if r.Roll != RollNone {
		s += ", roll " + string(r.Roll)
	}
	return s
}

func (r *Rule) casesString() string {
	parts := make([]string, len(r.Cases))
	for i := range r.Cases {
		value := r.Cases[i].Value
		if value == "" {
			value = "default"
		}
		parts[i] = fmt.Sprintf("%s: %s", value, &r.Cases[i].Rule)
	}
	return fmt.Sprintf("by %s (%s)", r.By, strings.Join(parts, "; "))
}

func joinRules(rules []Rule) string {
	parts := make([]string, len(rules))
	for i := range rules {
		parts[i] = rules[i].String()
	}
	return strings.Join(parts, ", ")
}

// shortLength writes 6h0m0s as 6h.
func shortLength(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
