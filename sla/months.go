package sla

import "kigen/calendar"

// calendarLength counts days or months by date. Whether the start's own date counts
// follows the rule of businessDays.
func (r *reckoner) calendarLength(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if rule.Count < -farthest || rule.Count > farthest {
		return calendar.Instant{}, calendar.ErrRange
	}
	first := r.cal.DateAt(start)
	counted := rule.countsStartDay()
	last := r.lastDay(rule, first, counted)
	rolled, at, err := r.rollToEnd(rule, last, start)
	if counted && err == nil && !at.After(start) {
		last = r.lastDay(rule, first, false)
		rolled, at, err = r.rollToEnd(rule, last, start)
	}
	if err != nil {
		return calendar.Instant{}, err
	}
	if r.trace != nil {
		r.noteCalendarLength(rule, last, rolled, at)
	}
	return at, nil
}

// lastDay is the last day of a length in days or months from first, which is
// day 1 if counted is true.
func (r *reckoner) lastDay(rule *Rule, first calendar.Date, counted bool) calendar.Date {
	if counted {
		first--
	}
	last := first + calendar.Date(rule.Count)
	if rule.Op == OpMonths {
		last = r.lastDayOfMonths(rule, first, counted)
	}
	if rule.Ends == EndOfMonth {
		last = monthEnd(last)
	}
	return last
}

// lastDayOfMonths counts months after the date before. For a negative count, for
// which neither law has a rule, it returns the same day of an earlier month.
func (r *reckoner) lastDayOfMonths(rule *Rule, before calendar.Date, counted bool) calendar.Date {
	if rule.Count <= 0 || r.counting(rule) == SameDate {
		if counted {
			return (before + 1).AddMonths(rule.Count) - 1
		}
		return before.AddMonths(rule.Count)
	}
	first := before + 1
	last := first.AddMonths(rule.Count)
	_, _, from := first.Civil()
	if _, _, to := last.Civil(); to < from { // no corresponding day: the month's end
		return last
	}
	return last - 1
}

// counting is the counting of months that the rule names, or that of its calendar's country.
func (r *reckoner) counting(rule *Rule) Counting {
	if rule.Counting != "" {
		return rule.Counting
	}
	return CountingOf(r.cal)
}

// CountingOf is how months are counted in the country of a calendar.
func CountingOf(c *calendar.Calendar) Counting {
	if c.Country() == "jp" {
		return CivilCodeJP
	}
	return SameDate
}

// monthEnd is the last day of the month of a date.
func monthEnd(d calendar.Date) calendar.Date {
	year, month, _ := d.Civil()
	return calendar.NewDate(year, month+1, 0)
}

// countsStartDay reports whether the start's own date can be day 1. A negative
// count leaves it out.
func (r *Rule) countsStartDay() bool { return r.CountStartDay && r.Count > 0 }

// rollToEnd rolls the last day of a length by the rule's Roll, and returns it with
// the instant on it that ends the length.
func (r *reckoner) rollToEnd(rule *Rule, last calendar.Date, start calendar.Instant) (calendar.Date, calendar.Instant, error) {
	last, err := r.roll(rule.Roll, last)
	if err != nil {
		return 0, calendar.Instant{}, err
	}
	at, err := r.end(r.ends(rule, last), last, start)
	return last, at, err
}
