package prose

import (
	"fmt"
	"strings"

	"kigen/sla"
)

// english writes a length as a length: 6 h, 4 h of business time, 3 business days.
func english(r *sla.Rule) string {
	switch r.Op {
	case sla.OpElapsed:
		return englishLead(r.Length < 0, length("en", r.Length))
	case sla.OpBusinessTime:
		return englishLead(r.Length < 0, length("en", r.Length)+" of business time")
	case sla.OpBusinessDays:
		return englishDates(r, "business day")
	case sla.OpDays:
		return englishDates(r, "day")
	case sla.OpMonths:
		return englishDates(r, "month")
	case sla.OpHours:
		if len(r.Args) == 2 {
			return "inside business hours " + english(&r.Args[0]) + "; outside them " + english(&r.Args[1])
		}
	case sla.OpCases:
		return englishCases(r)
	case sla.OpFrom:
		if len(r.Args) == 1 {
			return english(&r.Args[0]) + ` from "` + Moment("en", r.From.String()) + `"`
		}
	default:
		return englishDerived(r)
	}
	return r.String()
}

// englishDerived writes instants, and what modifies the result of another rule.
func englishDerived(r *sla.Rule) string {
	switch {
	case r.Op == sla.OpNone:
		return "as needed (no time stated)"
	case r.Op == sla.OpNextOpening:
		return "the next opening"
	case r.Op == sla.OpNextDayStart:
		return "the opening of the next business day"
	case r.Op == sla.OpStart:
		return "the start"
	case r.Op == sla.OpLaterOf:
		return englishPick(r.Args, "later", "latest")
	case r.Op == sla.OpEarlierOf:
		return englishPick(r.Args, "earlier", "earliest")
	case r.Op == sla.OpThen && len(r.Args) == 2:
		return english(&r.Args[1]) + ", counted from " + english(&r.Args[0])
	case r.Op == sla.OpRolled && len(r.Args) == 1:
		return english(&r.Args[0]) + ", on a closed day rolled to " + englishRoll(r.Roll) + englishEnds(r.Ends)
	case r.Op == sla.OpEvery && len(r.Args) == 1:
		return "every " + english(&r.Args[0])
	case r.Op == sla.OpLapses && len(r.Args) == 1:
		return english(&r.Args[0]) + ` (lapses if "` + Moment("en", r.From.String()) + `" comes later)`
	}
	return r.String()
}

func englishPick(rules []sla.Rule, ofTwo, ofMany string) string {
	parts := make([]string, len(rules))
	for i := range rules {
		parts[i] = english(&rules[i])
	}
	if len(parts) == 2 {
		return "the " + ofTwo + " of " + parts[0] + " and " + parts[1]
	}
	return "the " + ofMany + " of: " + strings.Join(parts, "; ")
}

func englishDates(r *sla.Rule, unit string) string {
	n := max(r.Count, -r.Count)
	if n != 1 {
		unit += "s"
	}
	s := englishLead(r.Count < 0, fmt.Sprintf("%d %s", n, unit))
	if r.Ends == sla.EndOfMonth && r.Op == sla.OpMonths && r.Count == 0 {
		s = "until the end of the month"
	} else {
		s += englishEnds(r.Ends)
	}
	if r.CountStartDay {
		s += ", counting the first day"
	}
	switch r.Counting {
	case sla.CivilCodeJP:
		s += ", counted as in the Civil Code of Japan"
	case sla.SameDate:
		s += ", to the same date"
	}
	if r.Roll != sla.RollNone {
		s += ", on a closed day rolled to " + englishRoll(r.Roll)
	}
	return s
}

func englishCases(r *sla.Rule) string {
	parts := make([]string, len(r.Cases))
	for i := range r.Cases {
		c := &r.Cases[i]
		parts[i] = Fact("en", r.By, c.Value) + ": " + english(&c.Rule)
		if c.Value == "" {
			parts[i] = "otherwise: " + english(&c.Rule)
		}
	}
	return "by " + Dimension("en", r.By) + " – " + strings.Join(parts, "; ")
}

func englishRoll(r sla.Roll) string {
	if r == sla.RollPrevious {
		return "the business day before"
	}
	return "the next business day"
}

func englishEnds(e sla.Ends) string {
	switch e {
	case "":
		return ""
	case sla.EndOfDay:
		return ", until 24:00"
	case sla.EndOfMonth:
		return ", until the end of that month"
	case sla.Close:
		return ", until close"
	case sla.SameTime:
		return ", until the same time of day"
	case sla.Noon:
		return ", until noon"
	}
	return ", until " + string(e)
}

func englishLead(isLead bool, length string) string {
	if isLead {
		return length + " before"
	}
	return length
}
