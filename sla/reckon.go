package sla

import (
	"cmp"
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
	trace *[]Step // nil: nobody asked for the steps, and none is noted
	depth int
}

// farthest bounds a length in days: no calendar reaches further, and a date
// would wrap around to a plausible one.
const farthest = 400 * 366

// due returns the instant that rule gives for start, zero where it promises
// none. The error wraps calendar.ErrRange when the calendar does not reach
// that far.
func (r *reckoner) due(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if rule.Op == OpHours {
		if rule, start = r.hours(rule, start); rule == nil {
			return calendar.Instant{}, malformed(&Rule{Op: OpHours})
		}
	}
	switch rule.Op {
	case OpElapsed:
		at := start.Add(rule.Length)
		if r.trace != nil {
			r.noteElapsed(rule, start, at)
		}
		return at, nil
	case OpNextOpening:
		return r.nextOpening(start)
	case OpLaterOf, OpEarlierOf:
		return r.pick(rule, start)
	default:
		return r.seldom(rule, start)
	}
}

// seldom is due for all other rules. Two short functions are quicker than a
// long one.
func (r *reckoner) seldom(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	switch rule.Op {
	case OpHours: // a branch inside a branch
		return r.due(rule, start)
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
		if r.trace != nil {
			r.noteNone()
		}
		return calendar.Instant{}, nil
	}
	return calendar.Instant{}, malformed(rule)
}

// malformed is the error for a rule that Validate refuses. Whoever skipped
// Validate gets an error, not a crash of the daemon.
func malformed(rule *Rule) error {
	return fmt.Errorf("rule %q is unknown or lacks its inner rules: check it with Validate", rule.Op)
}

// hours takes the branch that the start is in, and locates the start, because
// the branch will often ask for the opening. It is nil where there are no two.
func (r *reckoner) hours(rule *Rule, start calendar.Instant) (*Rule, calendar.Instant) {
	if len(rule.Args) != 2 {
		return nil, start
	}
	start = r.cal.Locate(start)
	inside := r.cal.IsOpenAt(start)
	if r.trace != nil {
		r.noteHours(inside, start)
	}
	if inside {
		return &rule.Args[0], start
	}
	return &rule.Args[1], start
}

// pick takes the latest or the earliest of the arguments. An argument that
// promises no time never wins.
func (r *reckoner) pick(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) == 0 {
		return calendar.Instant{}, malformed(rule)
	}
	r.depth++
	best, err := r.due(&rule.Args[0], start)
	for i := 1; i < len(rule.Args) && err == nil; i++ {
		var at calendar.Instant
		at, err = r.due(&rule.Args[i], start)
		if best.IsZero() || !at.IsZero() && at.After(best) == (rule.Op == OpLaterOf) {
			best = at
		}
	}
	r.depth--
	if err != nil {
		return calendar.Instant{}, err
	}
	if r.trace != nil {
		r.notePicked(rule, best)
	}
	return best, nil
}

func (r *reckoner) nextOpening(start calendar.Instant) (calendar.Instant, error) {
	at, err := r.cal.NextOpeningAt(start)
	if err == nil && r.trace != nil {
		r.noteOpening(start, at)
	}
	return at, err
}

func (r *reckoner) nextDayStart(start calendar.Instant) (calendar.Instant, error) {
	day, err := r.cal.AddBusinessDays(r.cal.DateAt(start), 1)
	if err != nil {
		return calendar.Instant{}, err
	}
	at, err := r.cal.Opening(day)
	if err != nil {
		return calendar.Instant{}, err
	}
	if r.trace != nil {
		r.noteOpening(start, calendar.InstantOf(at))
	}
	return calendar.InstantOf(at), nil
}

// businessDays counts business days by date. The start's own date is day 1
// only if the rule says so, and not where the length would then be over before
// it began: one business day, until the close, from an hour after the close.
func (r *reckoner) businessDays(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	from := r.cal.DateAt(start)
	counted := rule.countsStartDay()
	if counted {
		from--
	}
	last, at, err := r.countDays(rule, from, start)
	if counted && err == nil && !at.After(start) {
		from++
		last, at, err = r.countDays(rule, from, start)
	}
	if err != nil {
		return calendar.Instant{}, err
	}
	if r.trace != nil {
		r.noteBusinessDays(rule, start, from, last, at)
	}
	return at, nil
}

// countDays counts business days after from, and returns the last of them and
// the instant on it that ends the length.
func (r *reckoner) countDays(rule *Rule, from calendar.Date, start calendar.Instant) (calendar.Date, calendar.Instant, error) {
	last, err := r.cal.AddBusinessDays(from, rule.Count)
	if err != nil {
		return 0, calendar.Instant{}, err
	}
	at, err := r.end(r.ends(rule, last), last, start)
	return last, at, err
}

func (r *reckoner) businessTime(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	from := r.cal.Time(start)
	at, err := r.cal.AddOpen(from, rule.Length)
	if err == nil && r.trace != nil {
		err = r.noteOpenTime(from, at)
	}
	return calendar.InstantOf(at), err
}

// calendarLength counts days or months by date, with the start's own date as
// businessDays has it.
func (r *reckoner) calendarLength(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if rule.Count < -farthest || rule.Count > farthest {
		return calendar.Instant{}, calendar.ErrRange
	}
	first := r.cal.DateAt(start)
	last := first + calendar.Date(rule.Count)
	if rule.Op == OpMonths {
		last = first.AddMonths(rule.Count)
	}
	counted := rule.countsStartDay()
	if counted {
		last--
	}
	rolled, at, err := r.rollToEnd(rule, last, start)
	if counted && err == nil && !at.After(start) {
		last++
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

// countsStartDay reports whether the start's own date can be day 1. A lead
// counts backwards, and leaves it out.
func (r *Rule) countsStartDay() bool { return r.CountStartDay && r.Count > 0 }

// rollToEnd rolls the last day of a length as the rule says, and returns it
// with the instant on it that ends the length.
func (r *reckoner) rollToEnd(rule *Rule, last calendar.Date, start calendar.Instant) (calendar.Date, calendar.Instant, error) {
	last, err := r.roll(rule.Roll, last)
	if err != nil {
		return 0, calendar.Instant{}, err
	}
	at, err := r.end(r.ends(rule, last), last, start)
	return last, at, err
}

func (r *reckoner) roll(roll Roll, last calendar.Date) (calendar.Date, error) {
	switch roll {
	case RollNext:
		return r.cal.RollForward(last)
	case RollPrevious:
		return r.cal.RollBack(last)
	default:
		return last, nil
	}
}

// ends is where on its last day a length ends. The close of a day that has
// none is its end.
func (r *reckoner) ends(rule *Rule, last calendar.Date) Ends {
	if rule.Ends == "" || rule.Ends == Close && !r.cal.IsBusinessDay(last) {
		return EndOfDay
	}
	return rule.Ends
}

// end is the instant on the last day at which a length ends.
func (r *reckoner) end(ends Ends, last calendar.Date, start calendar.Instant) (calendar.Instant, error) {
	at, err := r.endTime(ends, last, start)
	return calendar.InstantOf(at), err
}

func (r *reckoner) endTime(ends Ends, last calendar.Date, start calendar.Instant) (time.Time, error) {
	switch ends {
	case SameTime:
		_, clock := r.cal.Local(r.cal.Time(start))
		return r.cal.At(last, clock)
	case Noon:
		return r.cal.At(last, 12*time.Hour)
	case Close:
		return r.cal.Close(last)
	default:
		return r.cal.EndOfDay(last)
	}
}

// cases takes the rule that fits the fact, or the default.
func (r *reckoner) cases(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	value := r.facts.value(rule.By)
	for i := range rule.Cases {
		if c := &rule.Cases[i]; c.Value == value || c.Value == "" && value != unknown {
			if r.trace != nil {
				r.noteCase(rule.By, value)
			}
			return r.due(&c.Rule, start)
		}
	}
	if value == unknown {
		return r.strictest(rule, start)
	}
	if r.trace != nil {
		r.noteNone()
	}
	return calendar.Instant{}, nil
}

// strictest takes the earliest deadline of all cases, the default among them.
// It stands while the fact is unknown and no case is made for that: what is
// unknown counts as applying.
func (r *reckoner) strictest(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	var best calendar.Instant
	chosen := -1
	quiet := *r
	quiet.trace = nil
	for i := range rule.Cases {
		at, err := quiet.due(&rule.Cases[i].Rule, start)
		if err != nil {
			return calendar.Instant{}, err
		}
		if !at.IsZero() && (best.IsZero() || best.After(at)) {
			best, chosen = at, i
		}
	}
	switch {
	case chosen < 0:
		if r.trace != nil {
			r.noteNone()
		}
	case r.trace != nil:
		r.noteCase(rule.By, "") // no case of its own
		return r.due(&rule.Cases[chosen].Rule, start)
	}
	return best, nil
}

// from counts from another moment. While that is unknown altogether, the
// promise's own start has to do.
func (r *reckoner) from(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	if len(rule.Args) != 1 || rule.From >= moments {
		return calendar.Instant{}, malformed(rule)
	}
	if s, ok := r.facts.Times.Start(rule.From); ok {
		start = calendar.InstantOf(s.At)
		if r.trace != nil {
			r.noteFrom(rule.From, s)
		}
	}
	return r.due(&rule.Args[0], start)
}

// unknown is the value of a fact that nobody knows. A case may be made for it.
const unknown = "unknown"

// value returns the fact along a dimension, or unknown.
func (f *Facts) value(by Dimension) string {
	value := unknown
	switch by {
	case BySeverity:
		value = string(f.Severity)
	case ByScope:
		value = string(f.Scope)
	case ByImpact:
		value = string(f.Impact)
	}
	return cmp.Or(value, unknown)
}
