package sla

import (
	"time"

	"kigen/calendar"
)

// longestListing bounds the days that an explanation lists one by one. A
// promise of years is explained by its ends alone.
const longestListing = 400

// note records a step, if anybody asked.
func (r *reckoner) note(s Step) {
	if r.trace == nil {
		return
	}
	s.Depth = r.depth
	zone := r.cal.Zone()
	if !s.At.IsZero() {
		s.At = s.At.In(zone)
	}
	if !s.From.IsZero() {
		s.From = s.From.In(zone)
	}
	*r.trace = append(*r.trace, s)
}

// noteOutside records that start is outside business hours, and why when its
// whole date is closed.
func (r *reckoner) noteOutside(start time.Time) {
	if r.trace == nil {
		return
	}
	step := Step{Kind: StepOutside, At: start}
	if day := r.cal.Day(r.cal.DateOf(start)); !day.Business {
		step.Reason, step.Name, step.Projected = day.Reason, day.Name, day.Projected
	}
	r.note(step)
}

// noteSkipped records each closed day from first to last, both included.
func (r *reckoner) noteSkipped(first, last calendar.Date) {
	if r.trace == nil || last-first > longestListing {
		return
	}
	for d := first; d <= last; d++ {
		r.noteDay(d, 0)
	}
}

// noteCounted records each day after first up to last, with its number or the
// reason why it has none. A lead counts backwards.
func (r *reckoner) noteCounted(first, last calendar.Date) {
	if r.trace == nil || last-first > longestListing || first-last > longestListing {
		return
	}
	step := calendar.Date(1)
	if last < first {
		step = -1
	}
	n := 0
	for d := first + step; d != last+step; d += step {
		if r.cal.IsBusinessDay(d) {
			n++
		}
		r.noteDay(d, n)
	}
}

func (r *reckoner) noteDay(d calendar.Date, n int) {
	day := r.cal.Day(d)
	switch {
	case !day.Business:
		r.note(Step{Kind: StepSkipped, Date: d, Reason: day.Reason, Name: day.Name, Projected: day.Projected})
	case n > 0:
		r.note(Step{Kind: StepCounted, Date: d, N: n, Reason: day.Reason, Name: day.Name})
	}
}

// noteOpenTime records the open time that was counted on each day between
// start and due.
func (r *reckoner) noteOpenTime(start, due time.Time) error {
	first, last := r.cal.DateOf(start), r.cal.DateOf(due)
	if r.trace == nil || last-first > longestListing {
		return nil
	}
	for d := first; d <= last; d++ {
		if !r.cal.IsBusinessDay(d) {
			r.noteDay(d, 0)
			continue
		}
		from, until, err := r.dayWithin(d, start, due)
		if err != nil {
			return err
		}
		length, err := r.cal.OpenBetween(from, until)
		if err != nil {
			return err
		}
		if length > 0 {
			r.note(Step{Kind: StepOpenTime, Date: d, From: from, At: until, Length: length})
		}
	}
	return nil
}

// dayWithin is the business day d from its opening to its close, cut to what
// lies between start and due.
func (r *reckoner) dayWithin(d calendar.Date, start, due time.Time) (from, until time.Time, err error) {
	if from, err = r.cal.Opening(d); err != nil {
		return from, until, err
	}
	if until, err = r.cal.Close(d); err != nil {
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
