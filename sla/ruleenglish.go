package sla

import (
	"fmt"
	"strings"
)

// english writes a length as a length: 6 h, 4 h of business time, 3 business days.
func (r *Rule) english() string {
	switch r.Op {
	case OpElapsed:
		return englishLead(r.Length < 0, lengthText("en", r.Length))
	case OpBusinessTime:
		return englishLead(r.Length < 0, lengthText("en", r.Length)+" of business time")
	case OpBusinessDays:
		return r.englishDates("business day")
	case OpDays:
		return r.englishDates("day")
	case OpMonths:
		return r.englishDates("month")
	case OpHours:
		if len(r.Args) == 2 {
			return "inside business hours " + r.Args[0].english() + "; outside them " + r.Args[1].english()
		}
	case OpCases:
		return r.englishCases()
	case OpFrom:
		if len(r.Args) == 1 {
			return r.Args[0].english() + ` from "` + MomentText("en", r.From.String()) + `"`
		}
	default:
		return r.englishDerived()
	}
	return r.String()
}

// englishDerived writes instants, and what modifies the result of another rule.
func (r *Rule) englishDerived() string {
	switch {
	case r.Op == OpNone:
		return "as needed (no time stated)"
	case r.Op == OpNextOpening:
		return "the next opening"
	case r.Op == OpNextDayStart:
		return "the opening of the next business day"
	case r.Op == OpStart:
		return "the start"
	case r.Op == OpLaterOf:
		return englishPick(r.Args, "later", "latest")
	case r.Op == OpEarlierOf:
		return englishPick(r.Args, "earlier", "earliest")
	case r.Op == OpThen && len(r.Args) == 2:
		return r.Args[1].english() + ", counted from " + r.Args[0].english()
	case r.Op == OpRolled && len(r.Args) == 1:
		return r.Args[0].english() + ", on a closed day rolled to " + r.Roll.english() + r.Ends.english()
	case r.Op == OpLapses && len(r.Args) == 1:
		return r.Args[0].english() + ` (lapses if "` + MomentText("en", r.From.String()) + `" comes later)`
	}
	return r.String()
}

func englishPick(rules []Rule, ofTwo, ofMany string) string {
	parts := make([]string, len(rules))
	for i := range rules {
		parts[i] = rules[i].english()
	}
	if len(parts) == 2 {
		return "the " + ofTwo + " of " + parts[0] + " and " + parts[1]
	}
	return "the " + ofMany + " of: " + strings.Join(parts, "; ")
}

func (r *Rule) englishDates(unit string) string {
	n := max(r.Count, -r.Count)
	if n != 1 {
		unit += "s"
	}
	s := englishLead(r.Count < 0, fmt.Sprintf("%d %s", n, unit))
	if r.Ends == EndOfMonth && r.Op == OpMonths && r.Count == 0 {
		s = "until the end of the month"
	} else {
		s += r.Ends.english()
	}
	if r.CountStartDay {
		s += ", counting the first day"
	}
	switch r.Counting {
	case CivilCodeJP:
		s += ", counted as in the Civil Code of Japan"
	case SameDate:
		s += ", to the same date"
	}
	if r.Roll != RollNone {
		s += ", on a closed day rolled to " + r.Roll.english()
	}
	return s
}

func (r *Rule) englishCases() string {
	parts := make([]string, len(r.Cases))
	for i := range r.Cases {
		c := &r.Cases[i]
		parts[i] = FactText("en", r.By, c.Value) + ": " + c.Rule.english()
		if c.Value == "" {
			parts[i] = "otherwise: " + c.Rule.english()
		}
	}
	return "by " + r.By.Text("en") + " – " + strings.Join(parts, "; ")
}

func (r Roll) english() string {
	if r == RollPrevious {
		return "the business day before"
	}
	return "the next business day"
}

func (e Ends) english() string {
	switch e {
	case "":
		return ""
	case EndOfDay:
		return ", until 24:00"
	case EndOfMonth:
		return ", until the end of that month"
	case Close:
		return ", until close"
	case SameTime:
		return ", until the same time of day"
	case Noon:
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
