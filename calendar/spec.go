package calendar

import (
	"fmt"
	"time"
)

// Reason says why a day is open or closed.
type Reason string

// The reasons. The last one belongs to dates that a place jumped over by
// moving across the date line (Samoa had no 2011-12-30), and to days whose
// hours all fell into a forward change of the clocks.
const (
	ReasonBusinessDay Reason = "business_day"
	ReasonWeekend     Reason = "weekend"            // a weekday without weekly hours
	ReasonHoliday     Reason = "holiday"            // a holiday with a name of its own
	ReasonSubstitute  Reason = "substitute_holiday" // 振替休日, or a holiday observed on another day
	ReasonCitizens    Reason = "citizens_holiday"   // 国民の休日, between two holidays
	ReasonClosure     Reason = "closure"            // a dated exception without hours
	ReasonOpening     Reason = "opening"            // a dated exception with hours of its own
	ReasonSkipped     Reason = "skipped"            // the clocks jumped over the date, or over all its hours
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

// Exception changes single days. It wins over weekly hours and holidays, and
// a later exception wins over an earlier one.
type Exception struct {
	Name Text
	// From and To are the first and the last day. When Yearly, only their
	// months and days count, in every year, and To may lie before From:
	// 12-29 to 01-03 passes the new year.
	From, To Date
	Yearly   bool
	// Spans are the hours on those days; without any, the days are closed.
	Spans []Span
}

// Spec describes a calendar, to be checked and made ready by [Compile].
type Spec struct {
	ID         string
	Zone       *time.Location
	Weekly     [7][]Span // hours by time.Weekday; a weekday without hours is closed
	Holidays   Holidays  // closed, but for exceptions
	Exceptions []Exception
	// Unpublished tells of closures that the place keeps but does not publish,
	// for explanations. It changes no answer.
	Unpublished Text
	// FirstYear and LastYear bound the answers: within 1900 to 2200, at most
	// 250 years.
	FirstYear, LastYear int
}

// Problem is one thing wrong with a [Spec]. [Compile] joins all that it finds.
type Problem struct {
	Field  string // where, such as weekly.monday[1] or exceptions[0].from
	Value  string // what stands there
	Remedy string // what would be right
}

// Error names the field, the value and the remedy.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s: %q: %s", p.Field, p.Value, p.Remedy)
}
