package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds that keep every compiled table small and every sum of nanoseconds
// inside 63 bits, which hold 292 years.
const (
	minYear       = 1900
	maxYear       = 2200
	maxYears      = 250
	maxSpans      = 24
	maxExceptions = 10_000
)

// checker collects the problems of a spec.
type checker struct{ problems []error }

func (c *checker) add(field string, value any, remedy string) {
	c.problems = append(c.problems, &Problem{Field: field, Value: fmt.Sprint(value), Remedy: remedy})
}

// check returns, joined, every problem that can be found without compiling.
func (s *Spec) check() error {
	var c checker
	if s.Zone == nil {
		c.add("zone", "", "is missing; name a zone of the tz database such as Asia/Tokyo")
	}
	c.years(s.FirstYear, s.LastYear)
	for day, spans := range s.Weekly {
		c.spans("weekly."+strings.ToLower(time.Weekday(day).String()), spans)
	}
	if len(c.problems) == 0 {
		c.overnight(&s.Weekly)
	}
	c.holidays(s.Holidays)
	if n := len(s.Exceptions); n > maxExceptions {
		c.add("exceptions", n, fmt.Sprintf("are too many; write neighbouring days as one range, %d exceptions at most", maxExceptions))
	}
	for i := range s.Exceptions {
		c.exception(fmt.Sprintf("exceptions[%d]", i), &s.Exceptions[i])
	}
	return errors.Join(c.problems...)
}

func (c *checker) years(first, last int) {
	for _, year := range []struct {
		field string
		value int
	}{{"first_year", first}, {"last_year", last}} {
		if year.value < minYear || year.value > maxYear {
			c.add(year.field, year.value, fmt.Sprintf("must lie between %d and %d", minYear, maxYear))
			return
		}
	}
	if first > last {
		c.add("last_year", last, fmt.Sprintf("must not lie before the first year, %d", first))
	}
	if last-first >= maxYears {
		c.add("last_year", last, fmt.Sprintf("is too far from the first year, %d; %d years at most", first, maxYears))
	}
}

func (c *checker) spans(field string, spans []Span) {
	if len(spans) > maxSpans {
		c.add(field, len(spans), fmt.Sprintf("hours are too many; %d stretches a day at most", maxSpans))
		return
	}
	sound := true
	for i, span := range spans {
		if remedy := span.problem(); remedy != "" {
			c.add(fmt.Sprintf("%s[%d]", field, i), span, remedy)
			sound = false
		}
	}
	if !sound {
		return
	}
	ordered := sortedSpans(spans)
	for i := 1; i < len(ordered); i++ {
		if ordered[i].Open < ordered[i-1].Close {
			c.add(field, ordered[i], fmt.Sprintf("overlaps %s; write the two as one", ordered[i-1]))
		}
	}
}

// overnight reports hours that begin before the shift of the previous weekday
// has ended.
func (c *checker) overnight(weekly *[7][]Span) {
	for day, spans := range weekly {
		next := (day + 1) % 7
		shift, passes := overnightShift(sortedSpans(spans))
		if !passes || len(weekly[next]) == 0 {
			continue
		}
		if first := sortedSpans(weekly[next])[0]; first.Open < shift.Close-endOfDay {
			c.add("weekly."+strings.ToLower(time.Weekday(next).String()), first,
				fmt.Sprintf("on %s begins before %s of %s ends; let one of them begin or end at the other", time.Weekday(next), shift, time.Weekday(day)))
		}
	}
}

// overnightShift returns the span among a day's ordered hours that ends on the next
// day, if there is one.
func overnightShift(ordered []Span) (shift Span, ok bool) {
	if len(ordered) == 0 {
		return Span{}, false
	}
	last := ordered[len(ordered)-1]
	return last, last.PassesMidnight()
}

func (c *checker) holidays(holidays Holidays) {
	var bad []Date
	for date, holiday := range holidays {
		switch holiday.Reason {
		case "", ReasonHoliday, ReasonSubstitute, ReasonCitizens:
		default:
			bad = append(bad, date)
		}
	}
	slices.Sort(bad)
	for _, date := range bad {
		c.add(fmt.Sprintf("holidays[%s].reason", date), holidays[date].Reason,
			fmt.Sprintf("must be %s, %s or %s", ReasonHoliday, ReasonSubstitute, ReasonCitizens))
	}
}

func (c *checker) exception(field string, e *Exception) {
	if n := e.Monthly; n != (NthWeekday{}) {
		if n.Nth < -1 || n.Nth == 0 || n.Nth > 5 || n.Weekday < time.Sunday || n.Weekday > time.Saturday || n.Month < 0 || n.Month > time.December {
			c.add(field+".monthly", fmt.Sprintf("%d %v %d", n.Nth, n.Weekday, n.Month), "must be the 1st to 5th or the last (-1) of a weekday, in a month from 1 to 12 or 0 for every month")
		}
	} else if !e.Yearly && e.From > e.To {
		c.add(field+".to", e.To, fmt.Sprintf("must not lie before from, %s", e.From))
	}
	c.spans(field+".spans", e.Spans)
}

// sortedSpans returns a copy in order of opening.
func sortedSpans(spans []Span) []Span {
	ordered := slices.Clone(spans)
	slices.SortFunc(ordered, func(a, b Span) int { return int(a.Open - b.Open) })
	return slices.Clip(ordered)
}
