package sla

import (
	"errors"
	"time"

	"kigen/calendar"
)

// retryReach is how often a clock whose calendar did not reach its deadline is
// worked out again: a new configuration may have a calendar of more years.
const retryReach = time.Hour

// OutOfReach is the deadline of a stage whose calendar does not reach it, which is
// Pending like one without a start, and the explanation of that.
func (p *Promise) OutOfReach(s *Stage, start Start, f *Facts) (Deadline, Explanation) {
	d := Deadline{Start: start, State: Pending}
	e := Explanation{Source: p.Source, Strength: p.Strength, Rule: s.Due.String(), Reading: p.Reading}
	r := reckoner{cal: p.Calendar, facts: f, trace: &e.Steps}
	r.noteStart(p, start)
	first, last := p.Calendar.Range()
	step := Step{Kind: StepCalendarEnds, Date: last}
	if p.Calendar.DateOf(start.At) < first {
		step = Step{Kind: StepCalendarBegins, Date: first}
	}
	r.note(step)
	p.nameAnswered(s, e.Steps)
	return d, e
}

// OutOfReach reports whether the deadline is unknown because the calendar does
// not reach it.
func (e *Explanation) OutOfReach() bool {
	for i := range e.Steps {
		if kind := e.Steps[i].Kind; kind == StepCalendarEnds || kind == StepCalendarBegins {
			return true
		}
	}
	return false
}

// OutOfReach reports whether the clock has no deadline because its calendar does
// not reach it.
func (c *Clock) OutOfReach() bool { return c.State == Pending && c.Explanation.OutOfReach() }

// Unreached is a stage of a promise that has no deadline for some start, because
// its calendar ends before the deadline or begins after the start.
type Unreached struct {
	Promise *Promise
	Stage   string
	Start   time.Time // the first such start, by days
}

// Unreached lists the stages that have no deadline for a start between two
// instants because of their calendar's years, each with the first such start.
func (c Catalogue) Unreached(from, until time.Time) []Unreached {
	var found []Unreached
	for _, v := range c {
		for _, p := range v.Promises {
			for _, s := range p.AllStages() {
				if at := p.firstUnreached(&s, from, until); !at.IsZero() {
					found = append(found, Unreached{Promise: p, Stage: s.ID, Start: at})
				}
			}
		}
	}
	return found
}

// firstUnreached tries one start a day, with every moment at that instant.
func (p *Promise) firstUnreached(s *Stage, from, until time.Time) time.Time {
	for at := from; !at.After(until); at = at.AddDate(0, 0, 1) {
		var f Facts
		for m := range f.Times {
			f.Times[m] = Stamp{At: at, Basis: Stated}
		}
		if _, err := p.StageDeadline(s, &f, at); errors.Is(err, calendar.ErrRange) {
			return at
		}
	}
	return time.Time{}
}
