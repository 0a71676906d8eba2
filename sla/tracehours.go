package sla

import (
	"errors"
	"slices"
	"time"

	"kigen/calendar"
)

// noteOpenTime records the open time that was counted on each day between start
// and due, in the order of time even for a negative length.
func (r *reckoner) noteOpenTime(start, due time.Time) error {
	if due.Before(start) {
		start, due = due, start
	}
	first, last := r.firstHolding(start), r.cal.DateOf(due)
	if last-first > longestListing {
		return nil
	}
	counted := start // counted until then: the hours of a single day may begin before a shift ends
	for d := first; d <= last; d++ {
		if !r.cal.IsBusinessDay(d) {
			r.noteDay(d, 0)
			continue
		}
		from, until, err := r.dayWithin(d, counted, due)
		if err != nil {
			return err
		}
		if !until.After(from) {
			continue
		}
		counted = until
		length, err := r.cal.OpenBetween(from, until)
		if err != nil {
			return err
		}
		if length > 0 {
			r.noteOpenDay(Step{Kind: StepOpenTime, Date: d, From: from, At: until, Length: length})
		}
	}
	return nil
}

// firstHolding is the first date whose hours last at the instant or begin after it. Where
// the clocks go back, the end of a shift comes twice, and the shift opens once more.
func (r *reckoner) firstHolding(at time.Time) calendar.Date {
	first := r.cal.ShiftDateOf(at)
	if before := first - 1; r.cal.IsBusinessDay(before) {
		if shut, err := r.cal.Close(before); err == nil && shut.After(at) {
			return before
		}
	}
	return first
}

// noteOpenDay records the open time of a day, one stretch at a time if a break
// divides it, and the day's hours unless they are those named last.
func (r *reckoner) noteOpenDay(step Step) {
	for open := range r.cal.Intervals(step.From, step.At) {
		step.Parts = append(step.Parts, Part{Open: open.Open, Close: open.Close})
	}
	if len(step.Parts) < 2 {
		step.Parts = nil
	} else { // a break at either end is not counted
		step.From, step.At = step.Parts[0].Open, step.Parts[len(step.Parts)-1].Close
	}
	if hours := r.cal.Day(step.Date).Spans; !slices.Equal(hours, r.hoursNamed()) {
		step.Hours = hours
	}
	r.note(step)
}

// hoursNamed returns the hours of the last step that has any.
func (r *reckoner) hoursNamed() []calendar.Span {
	for _, step := range slices.Backward(*r.trace) {
		if len(step.Hours) > 0 {
			return step.Hours
		}
	}
	return nil
}

// dayWithin is the business day d from its opening to its close, clipped to the
// time between start and due.
func (r *reckoner) dayWithin(d calendar.Date, start, due time.Time) (from, until time.Time, err error) {
	if from, err = r.cal.Opening(d); err != nil {
		return from, until, err
	}
	switch until, err = r.cal.Close(d); {
	case errors.Is(err, calendar.ErrRange): // a shift that closes after the calendar's years, and so after due
		until = due
	case err != nil:
		return from, until, err
	}
	if from.Before(start) {
		from = start
	}
	if until.After(due) {
		until = due
	}
	return from, until, nil
}
