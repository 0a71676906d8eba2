package sla

import (
	"slices"
	"time"

	"kigen/calendar"
)

// longestListing bounds the days that an explanation lists one by one. A
// promise of years is explained by its ends alone.
const longestListing = 400

// note records a step. Whoever reckons asks first whether there is a trace, and
// calls none of these methods without: a Step is large, and costs more than
// most deadlines.
func (r *reckoner) note(s Step) {
	s.Depth = r.depth
	zone := r.cal.Zone()
	if !s.At.IsZero() {
		s.At = s.At.In(zone)
		s.Zone = zoneName(s.At)
	}
	if !s.From.IsZero() {
		s.From = s.From.In(zone)
	}
	*r.trace = append(*r.trace, s)
}

// notePending records that the promise's start is unknown.
func (r *reckoner) notePending(p *Promise) {
	r.note(Step{Kind: StepPending, Moment: p.Start.String()})
}

// noteStart records the start, the moment that it stands in for, and that no
// edition covers the promise's own start: a later stage's may lie past the end.
func (r *reckoner) noteStart(p *Promise, start Start) {
	step := Step{Kind: StepStart, At: start.At, Moment: start.From.String(), Basis: start.Basis}
	if start.From != p.Start {
		step.InsteadOf = p.Start.String()
	}
	r.note(step)
	switch d, known := p.startDate(&r.facts.Times); {
	case !known:
	case p.From != 0 && d < p.From:
		r.note(Step{Kind: StepBeforeEdition, Date: p.From})
	case p.To != 0 && d > p.To:
		r.note(Step{Kind: StepEnded, Date: p.To})
	}
}

// noteDue closes the steps. Closures that exist but are not published could
// only move the deadline back, so an explanation that asked the calendar has
// to name them.
func (r *reckoner) noteDue(due time.Time) {
	if name := r.cal.Unpublished(); !name.IsZero() && r.usedCalendar() {
		r.note(Step{Kind: StepUnpublished, Name: name})
	}
	r.note(Step{Kind: StepDue, At: due})
}

func (r *reckoner) usedCalendar() bool {
	return slices.ContainsFunc(*r.trace, func(s Step) bool {
		switch s.Kind {
		case StepInside, StepOutside, StepCounted, StepSkipped, StepOpening, StepOpenTime, StepRolled:
			return true
		default:
			return false
		}
	})
}

// noteGate records each fact that keeps the gate shut.
func (r *reckoner) noteGate(g *Gate) {
	f := r.facts
	for _, fact := range [...]struct {
		by     Dimension
		passes bool
	}{
		{ByImpact, passes(g.Impact, f.Impact, ImpactUnknown)},
		{ByScope, passes(g.Scope, f.Scope, ScopeUnknown)},
		{BySeverity, passes(g.Severity, f.Severity, "")},
	} {
		if !fact.passes {
			r.note(Step{Kind: StepGateShut, By: fact.by, Value: f.value(fact.by)})
		}
	}
}

func (r *reckoner) noteNone() {
	r.note(Step{Kind: StepNone})
}

func (r *reckoner) noteElapsed(rule *Rule, start, at calendar.Instant) {
	r.note(Step{Kind: StepElapsed, From: r.cal.Time(start), Length: rule.Length, At: r.cal.Time(at)})
}

// noteHours records whether start is inside business hours, with the day's
// hours, or with the reason why its whole date is closed.
func (r *reckoner) noteHours(inside bool, start calendar.Instant) {
	step := Step{Kind: StepOutside, At: r.cal.Time(start)}
	if inside {
		step.Kind = StepInside
	}
	day := r.cal.Day(r.cal.DateOf(step.At))
	if day.Business {
		step.Hours = day.Spans
	} else {
		step.Reason, step.Name, step.Projected = day.Reason, day.Name, day.Projected
	}
	r.note(step)
}

func (r *reckoner) notePicked(rule *Rule, best calendar.Instant) {
	kind := StepEarlier
	if rule.Op == OpLaterOf {
		kind = StepLater
	}
	r.note(Step{Kind: kind, At: r.cal.Time(best)})
}

// noteOpening records the opening and each closed day before it.
func (r *reckoner) noteOpening(start, opening calendar.Instant) {
	r.noteSkipped(r.cal.DateAt(start), r.cal.DateAt(opening)-1)
	r.note(Step{Kind: StepOpening, At: r.cal.Time(opening)})
}

func (r *reckoner) noteCase(by Dimension, value string) {
	r.note(Step{Kind: StepCase, By: by, Value: value})
}

// noteFrom records the moment that a part of the rule counts from.
func (r *reckoner) noteFrom(wanted Moment, s Start) {
	step := Step{Kind: StepFrom, Moment: s.From.String(), Basis: s.Basis, At: s.At}
	if s.From != wanted {
		step.InsteadOf = wanted.String()
	}
	r.note(step)
}

// noteSkipped records each closed day from first to last, both included.
func (r *reckoner) noteSkipped(first, last calendar.Date) {
	if last-first > longestListing {
		return
	}
	for d := first; d <= last; d++ {
		r.noteDay(d, 0)
	}
}

// noteBusinessDays records each day after from up to last, with its number or
// the reason why it has none, and where on the last one the length ends. A
// lead counts backwards.
func (r *reckoner) noteBusinessDays(rule *Rule, start calendar.Instant, from, last calendar.Date, at calendar.Instant) {
	if from == r.cal.DateAt(start) {
		r.note(Step{Kind: StepStartDay, Date: from})
	}
	if max(last-from, from-last) <= longestListing {
		r.noteCounted(from, last)
	}
	r.note(Step{Kind: StepEnds, Ends: r.ends(rule, last), Date: last, At: r.cal.Time(at)})
}

func (r *reckoner) noteCounted(from, last calendar.Date) {
	step := calendar.Date(1)
	if last < from {
		step = -1
	}
	n := 0
	for d := from + step; d != last+step; d += step {
		if r.cal.IsBusinessDay(d) {
			n++
		}
		r.noteDay(d, n*int(step))
	}
}

// noteCalendarLength records the day that a length in calendar days or months
// leads to, the business day that it was rolled to, and where it ends.
func (r *reckoner) noteCalendarLength(rule *Rule, last, rolled calendar.Date, at calendar.Instant) {
	kind := StepDays
	if rule.Op == OpMonths {
		kind = StepMonths
	}
	r.note(Step{Kind: kind, N: rule.Count, Date: last})
	if rolled != last {
		r.noteSkipped(last, rolled-1)
		r.noteSkipped(rolled+1, last)
		r.note(Step{Kind: StepRolled, Date: rolled, N: int(rolled - last)})
	}
	r.note(Step{Kind: StepEnds, Ends: r.ends(rule, rolled), Date: rolled, At: r.cal.Time(at)})
}

func (r *reckoner) noteDay(d calendar.Date, n int) {
	day := r.cal.Day(d)
	switch {
	case !day.Business:
		r.note(Step{Kind: StepSkipped, Date: d, Reason: day.Reason, Name: day.Name, Projected: day.Projected})
	case n != 0:
		r.note(Step{Kind: StepCounted, Date: d, N: n, Reason: day.Reason, Name: day.Name})
	}
}

// noteOpenTime records the open time that was counted on each day between
// start and due, in the order of time also for a lead.
func (r *reckoner) noteOpenTime(start, due time.Time) error {
	if due.Before(start) {
		start, due = due, start
	}
	first, last := r.cal.DateOf(start), r.cal.DateOf(due)
	if last-first > longestListing {
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
