package calendar

import (
	"fmt"
	"time"
)

// Reason says why a day is open or closed.
type Reason string

// The reasons.
const (
	ReasonBusinessDay Reason = "business_day"
	ReasonWeekend     Reason = "weekend"            // a weekday without weekly hours
	ReasonHoliday     Reason = "holiday"            // a holiday with a name of its own
	ReasonSubstitute  Reason = "substitute_holiday" // 振替休日, or a holiday observed on another day
	ReasonCitizens    Reason = "citizens_holiday"   // 国民の休日, between two holidays
	ReasonClosure     Reason = "closure"            // a dated exception without hours
	ReasonOpening     Reason = "opening"            // a dated exception with hours of its own
	ReasonSkipped     Reason = "skipped"            // the date or all its hours do not exist: the zone moved across the date line (Samoa, 2011-12-30), or the clocks went forward
)

// Holiday is one public holiday on one civil date.
type Holiday struct {
	Name      Text
	Reason    Reason // ReasonHoliday (also when empty), ReasonSubstitute or ReasonCitizens
	Projected bool   // follows from the law as it stands; not yet announced officially
}

func (h Holiday) reason() Reason {
	if h.Reason == "" {
		return ReasonHoliday
	}
	return h.Reason
}

// Holidays is a set of public holidays by civil date, in no time zone.
type Holidays map[Date]Holiday

// Exception changes single days. It takes precedence over weekly hours and
// holidays, and a later exception over an earlier one.
type Exception struct {
	Name Text
	// From and To are the first and the last day. If Yearly, only their months and
	// days count, in every year, and To may lie before From: 12-29 to 01-03 spans the
	// new year.
	From, To Date
	Yearly   bool
	// Monthly, unless zero, replaces From, To and Yearly.
	Monthly NthWeekday
	// Spans are the hours on those days; without any, the days are closed. A shift
	// that began the day before continues to its end in either case.
	Spans []Span
	// BusinessDaysOnly skips days that are closed without this exception: a half day
	// on 12-28 does not open a Sunday.
	BusinessDaysOnly bool
}

// NthWeekday is a day of every month, or of one month of every year, by its
// number among the same weekdays of the month: the second Wednesday. The zero
// value is no day.
type NthWeekday struct {
	Nth     int // 1 to 5, months without a fifth are skipped; -1: the last
	Weekday time.Weekday
	Month   time.Month // 0: every month
}

// in returns the day of a month, and whether the month has it.
func (n NthWeekday) in(year int, month time.Month) (Date, bool) {
	if n.Month != 0 && n.Month != month {
		return 0, false
	}
	first, last := NewDate(year, month, 1), NewDate(year, month+1, 0)
	if n.Nth < 0 {
		return last - Date((last.Weekday()-n.Weekday+7)%7), true
	}
	date := first + Date((n.Weekday-first.Weekday()+7)%7) + Date(7*(n.Nth-1))
	return date, date <= last
}

// Spec describes a calendar, the input of [Compile].
type Spec struct {
	ID         string
	Zone       *time.Location
	Weekly     [7][]Span // hours by time.Weekday on which they begin; a weekday without hours is closed
	Holidays   Holidays  // no shift begins on them, except by exceptions
	Exceptions []Exception
	// Unpublished describes closures that the place keeps but does not publish, for
	// explanations. It changes no answer.
	Unpublished Text
	// Country, such as jp, is the country whose laws determine how months are counted.
	// Empty: that of the zone, if it is known. It opens and closes nothing.
	Country string
	// FirstYear and LastYear bound the answers: within 1900 to 2200, at most
	// 250 years.
	FirstYear, LastYear int
}

// Problem is one fault of a [Spec]. [Compile] joins all that it finds.
type Problem struct {
	Field  string // the path of the field, such as weekly.monday[1] or exceptions[0].from
	Value  string // the value found
	Remedy string // the remedy
}

// Error names the field, the value and the remedy.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s: %q: %s", p.Field, p.Value, p.Remedy)
}
