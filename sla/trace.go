package sla

import (
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase"
)

// longestListing bounds the days that an explanation lists one by one. A
// longer length is explained by its first and last day only.
const longestListing = 400

// note records a step. Callers check for a trace first and call the note methods
// only with one: a Step is large, and building it costs more than most deadlines.
func (r *reckoner) note(s Step) {
	s.Depth = r.depth
	zone := r.cal.Zone()
	if !s.At.IsZero() {
		s.At = s.At.In(zone)
		s.Zone = phrase.Zone(s.At)
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
	own := p.Start.String()
	step := Step{Kind: StepStart, At: start.At, Moment: start.From.String(), Basis: start.Basis}
	switch {
	case start.At.IsZero():
		step = Step{Kind: StepPending, Moment: own}
	case start.From != p.Start:
		step.InsteadOf = own
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

// steps is the number of steps recorded so far.
func (r *reckoner) steps() int {
	if r.trace == nil {
		return 0
	}
	return len(*r.trace)
}

// forget drops the steps after the first n.
func (r *reckoner) forget(n int) {
	if r.trace != nil {
		*r.trace = (*r.trace)[:n]
	}
}

// noteGround replaces the start in the first step by the one that decided the
// deadline, which may lie long before the promise's own.
func (r *reckoner) noteGround(wanted Moment, start Start) {
	first := &(*r.trace)[0]
	if first.Kind != StepStart && first.Kind != StepPending {
		return
	}
	at := start.At.In(r.cal.Zone())
	*first = Step{Kind: StepStart, At: at, Zone: phrase.Zone(at), Moment: start.From.String(), Basis: start.Basis}
	if start.From != wanted {
		first.InsteadOf = wanted.String()
	}
}

// noteWaiting records an argument that is ignored while its moment is unknown, and
// the deadline that it would give by its stand-in.
func (r *reckoner) noteWaiting(rule *Rule, waiting leg, at calendar.Instant) {
	step := Step{Kind: StepWaiting, Moment: r.legMoment(rule, waiting)}
	if !at.IsZero() {
		step.At = r.cal.Time(at)
	}
	r.note(step)
}

// legMoment names the moment that an argument of the rule waits for: its own, or
// the promise's if it counts from the promise's start. An argument whose moment has
// no stand-in is counted from that start as well, but waits for its own moment.
func (r *reckoner) legMoment(rule *Rule, waiting leg) string {
	if m := waiting.from(); m < moments {
		return m.String()
	}
	if m, found := rule.awaited(&r.facts.Times); found {
		return m.String()
	}
	return r.own.String()
}

// awaited returns the first unknown moment that a part of the rule counts from;
// false if there is none.
func (rule *Rule) awaited(times *Times) (Moment, bool) {
	if rule.Op == OpFrom && rule.From < moments && !times[rule.From].Known() {
		return rule.From, true
	}
	for i := range rule.Args {
		if m, found := rule.Args[i].awaited(times); found {
			return m, true
		}
	}
	return moments, false
}

// noteBound records when late becomes provable, if unknown facts decided the deadline.
func (r *reckoner) noteBound(b *Bounds) {
	if !b.Assumed {
		return
	}
	r.note(Step{Kind: StepBound, At: b.Until})
}

func (r *reckoner) noteThen(at calendar.Instant) {
	r.note(Step{Kind: StepThen, At: r.cal.Time(at)})
}

// noteRolled records the closed day that a result falls on, the day that it was
// moved to, and the instant on that day.
func (r *reckoner) noteRolled(rule *Rule, fell, rolled calendar.Date, at calendar.Instant) {
	r.noteSkipped(min(fell, rolled+1), max(fell, rolled-1))
	r.note(Step{Kind: StepRolled, Date: rolled, N: int(rolled - fell)})
	r.note(Step{Kind: StepEnds, Ends: r.ends(rule, rolled), Date: rolled, At: r.cal.Time(at)})
}

func (r *reckoner) noteLapsed(moment Moment, came Stamp, due calendar.Instant) {
	r.note(Step{Kind: StepLapsed, Moment: moment.String(), At: came.At, From: r.cal.Time(due)})
}

// noteDue adds the last step. If the rule used the calendar and the vendor has
// unpublished closures, it names them: they could move the deadline to a later day.
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

// noteGate records each fact for which the promise does not apply.
func (r *reckoner) noteGate(g *Gate) {
	f := r.facts
	for _, fact := range [...]struct {
		by     Dimension
		passes bool
	}{
		{ByService, passes(g.Service, f.Service, "")},
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
	day := r.cal.Day(r.cal.ShiftDateOf(step.At))
	if day.Date != r.cal.DateOf(step.At) {
		step.Date = day.Date // of the shift that ends on the start's own date
	}
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
// the reason why it does not count, and where on the last one the length ends. A
// negative count runs backwards.
func (r *reckoner) noteBusinessDays(rule *Rule, start calendar.Instant, from, last calendar.Date, at calendar.Instant) {
	if from >= r.cal.BusinessDateAt(start) {
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
// leads to, the business day that it was rolled to, and the instant on it.
func (r *reckoner) noteCalendarLength(rule *Rule, last, rolled calendar.Date, at calendar.Instant) {
	kind := StepDays
	if rule.Op == OpMonths {
		kind = StepMonths
	}
	step := Step{Kind: kind, N: rule.Count, Date: last}
	switch {
	case rule.Ends == EndOfMonth:
		step.Ends = EndOfMonth
	case rule.Op == OpMonths && rule.Count > 0:
		step.Counting = r.counting(rule)
	}
	r.note(step)
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
