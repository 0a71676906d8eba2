package sla

import (
	"fmt"
	"time"

	"kigen/calendar"
)

// reckoner works out one rule for one start. It is the only place that knows
// what the rules mean: an explanation is the same walk with a trace, so that
// the reasons can never part from the result.
type reckoner struct {
	cal   *calendar.Calendar
	facts *Facts
	trace *[]Step // nil: nobody asked, and nothing is allocated
	depth int
}

// due returns the instant that rule gives for start. The error wraps
// calendar.ErrRange when the calendar does not reach that far.
func (r *reckoner) due(rule *Rule, start time.Time) (time.Time, error) {
	switch rule.Op {
	case OpElapsed:
		return r.elapsed(rule, start), nil
	case OpHours:
		return r.hours(rule, start)
	case OpLaterOf, OpEarlierOf:
		return r.pick(rule, start)
	case OpNextOpening:
		return r.nextOpening(start)
	case OpNextDayStart:
		return r.nextDayStart(start)
	case OpBusinessDays:
		return r.businessDays(rule, start)
	case OpBusinessTime:
		return r.businessTime(rule, start)
	case OpDays, OpMonths:
		return r.calendarLength(rule, start)
	case OpCases:
		return r.cases(rule, start)
	case OpFrom:
		return r.from(rule, start)
	case OpNone:
		r.note(Step{Kind: StepNone})
		return time.Time{}, nil
	}
	return time.Time{}, fmt.Errorf("rule %q is unknown", rule.Op)
}

func (r *reckoner) elapsed(rule *Rule, start time.Time) time.Time {
	at := start.Add(rule.Length)
	r.note(Step{Kind: StepElapsed, From: start, Length: rule.Length, At: at})
	return at
}

func (r *reckoner) hours(rule *Rule, start time.Time) (time.Time, error) {
	if r.cal.IsOpen(start) {
		r.note(Step{Kind: StepInside, At: start})
		return r.due(&rule.Args[0], start)
	}
	r.noteOutside(start)
	return r.due(&rule.Args[1], start)
}

// pick takes the latest or the earliest of the arguments. An argument that
// promises no time never wins.
func (r *reckoner) pick(rule *Rule, start time.Time) (time.Time, error) {
	var best time.Time
	r.depth++
	for i := range rule.Args {
		at, err := r.due(&rule.Args[i], start)
		if err != nil {
			return time.Time{}, err
		}
		if best.IsZero() || !at.IsZero() && at.After(best) == (rule.Op == OpLaterOf) {
			best = at
		}
	}
	r.depth--
	kind := StepEarlier
	if rule.Op == OpLaterOf {
		kind = StepLater
	}
	r.note(Step{Kind: kind, At: best})
	return best, nil
}

func (r *reckoner) nextOpening(start time.Time) (time.Time, error) {
	at, err := r.cal.NextOpening(start)
	if err != nil {
		return time.Time{}, err
	}
	r.noteSkipped(r.cal.DateOf(start), r.cal.DateOf(at)-1)
	r.note(Step{Kind: StepOpening, At: at})
	return at, nil
}

func (r *reckoner) nextDayStart(start time.Time) (time.Time, error) {
	from := r.cal.DateOf(start)
	day, err := r.cal.AddBusinessDays(from, 1)
	if err != nil {
		return time.Time{}, err
	}
	at, err := r.cal.Opening(day)
	if err != nil {
		return time.Time{}, err
	}
	r.noteSkipped(from+1, day-1)
	r.note(Step{Kind: StepOpening, At: at})
	return at, nil
}

func (r *reckoner) businessDays(rule *Rule, start time.Time) (time.Time, error) {
	first := r.cal.DateOf(start)
	if rule.CountStartDay {
		first -= calendar.Date(sign(rule.Count)) // so that the start's own date can be day 1
	}
	last, err := r.cal.AddBusinessDays(first, rule.Count)
	if err != nil {
		return time.Time{}, err
	}
	if !rule.CountStartDay {
		r.note(Step{Kind: StepStartDay, Date: first})
	}
	r.noteCounted(first, last)
	return r.end(rule, last, start)
}

func (r *reckoner) businessTime(rule *Rule, start time.Time) (time.Time, error) {
	at, err := r.cal.AddOpen(start, rule.Length)
	if err != nil {
		return time.Time{}, err
	}
	if err := r.noteOpenTime(start, at); err != nil {
		return time.Time{}, err
	}
	return at, nil
}

// calendarLength counts days or months by date. The start's own date is not
// counted unless the rule says so.
func (r *reckoner) calendarLength(rule *Rule, start time.Time) (time.Time, error) {
	first := r.cal.DateOf(start)
	last, kind := first+calendar.Date(rule.Count), StepDays
	if rule.Op == OpMonths {
		last, kind = first.AddMonths(rule.Count), StepMonths
	}
	if rule.CountStartDay {
		last -= calendar.Date(sign(rule.Count))
	}
	r.note(Step{Kind: kind, N: rule.Count, Date: last})
	last, err := r.roll(rule.Roll, last)
	if err != nil {
		return time.Time{}, err
	}
	return r.end(rule, last, start)
}

func (r *reckoner) roll(roll Roll, last calendar.Date) (rolled calendar.Date, err error) {
	switch roll {
	case RollNext:
		rolled, err = r.cal.RollForward(last)
	case RollPrevious:
		rolled, err = r.cal.RollBack(last)
	default:
		return last, nil
	}
	if err != nil || rolled == last {
		return last, err
	}
	r.noteSkipped(last, rolled-1)
	r.noteSkipped(rolled+1, last)
	r.note(Step{Kind: StepRolled, Date: rolled})
	return rolled, nil
}

// end is where on its last day a length in days ends.
func (r *reckoner) end(rule *Rule, last calendar.Date, start time.Time) (at time.Time, err error) {
	ends := rule.Ends
	switch {
	case ends == SameTime:
		_, clock := r.cal.Local(start)
		at, err = r.cal.At(last, clock)
	case ends == Noon:
		at, err = r.cal.At(last, 12*time.Hour)
	case ends == Close && r.cal.IsBusinessDay(last):
		at, err = r.cal.Close(last)
	default: // also the close of a day that has none
		ends = EndOfDay
		at, err = r.cal.EndOfDay(last)
	}
	if err != nil {
		return time.Time{}, err
	}
	r.note(Step{Kind: StepEnds, Ends: ends, Date: last, At: at})
	return at, nil
}

// cases takes the rule that fits the fact. While the fact is unknown the
// strictest case stands, because what is unknown counts as applying.
func (r *reckoner) cases(rule *Rule, start time.Time) (time.Time, error) {
	value := r.facts.value(rule.By)
	for i := range rule.Cases {
		if c := &rule.Cases[i]; c.Value == "" || c.Value == value {
			r.note(Step{Kind: StepCase, By: rule.By, Value: value})
			return r.due(&c.Rule, start)
		}
	}
	if value != "" {
		r.note(Step{Kind: StepNone})
		return time.Time{}, nil
	}
	return r.strictest(rule, start)
}

func (r *reckoner) strictest(rule *Rule, start time.Time) (time.Time, error) {
	var best time.Time
	chosen := -1
	quiet := *r
	quiet.trace = nil
	for i := range rule.Cases {
		at, err := quiet.due(&rule.Cases[i].Rule, start)
		if err != nil {
			return time.Time{}, err
		}
		if !at.IsZero() && (best.IsZero() || at.Before(best)) {
			best, chosen = at, i
		}
	}
	if chosen < 0 {
		r.note(Step{Kind: StepNone})
		return time.Time{}, nil
	}
	r.note(Step{Kind: StepCase, By: rule.By})
	return r.due(&rule.Cases[chosen].Rule, start)
}

func (r *reckoner) from(rule *Rule, start time.Time) (time.Time, error) {
	if s, ok := r.facts.Times.Start(rule.From); ok {
		start = s.At
	}
	r.note(Step{Kind: StepFrom, Moment: rule.From.String(), At: start})
	return r.due(&rule.Args[0], start)
}

// value returns the fact along a dimension; empty when it is unknown.
func (f *Facts) value(by Dimension) string {
	switch {
	case by == BySeverity:
		return string(f.Severity)
	case by == ByScope && f.Scope != ScopeUnknown:
		return string(f.Scope)
	case by == ByImpact && f.Impact != ImpactUnknown:
		return string(f.Impact)
	}
	return ""
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
