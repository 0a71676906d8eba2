package sla

import (
	"fmt"
	"time"

	"kigen/calendar"
)

// reckoner works out one rule for one start. Explanations use the same code with a
// trace, so that the steps never differ from the result.
type reckoner struct {
	cal   *calendar.Calendar
	facts *Facts
	trace *[]Step // nil: no steps are recorded
	depth int

	leg     leg        // before a rule is worked out: of its start; afterwards: of its result
	unknown unknownSet // the unknown facts that the rule depends on
	assume  bool       // stand-ins decide like known moments: for the deadline that only warns
	dropped bool       // an argument waits for its moment and was ignored
	lapsed  bool       // an argument lapsed
	own     Moment     // the moment that the promise counts from
}

// leg identifies what an instant was counted from: a moment, or the value moments
// for the start of the promise or the stage, combined with flags.
type leg uint8

// The flags of a leg.
const (
	waits  leg = 1 << 6 // the moment is unknown; if another one stands in, that is used
	absent leg = 1 << 7 // the moment and its fallbacks are unknown
)

func (l leg) from() Moment { return Moment(l &^ (waits | absent)) }

// farthest bounds a length in days: no calendar reaches further, and a larger date
// would overflow into a plausible one.
const farthest = 400 * 366

// due returns the instant that the rule gives for start, zero where it promises
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
		return r.dueSlow(rule, start)
	}
}

// dueSlow handles the less common operations; split out so that due stays small
// and fast.
func (r *reckoner) dueSlow(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
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
	case OpStart:
		return start, nil
	case OpThen:
		return r.then(rule, start)
	case OpRolled:
		return r.rolled(rule, start)
	case OpLapses:
		return r.lapses(rule, start)
	case OpEvery:
		return r.every(rule, start)
	case OpNone:
		if r.trace != nil {
			r.noteNone()
		}
		return calendar.Instant{}, nil
	}
	return calendar.Instant{}, malformed(rule)
}

// malformed is the error for a rule that Validate refuses. A caller that skips
// Validate gets an error instead of a crash.
func malformed(rule *Rule) error {
	return fmt.Errorf("rule %q is unknown or lacks its inner rules: check it with Validate", rule.Op)
}

// hours selects the branch for the start, and locates the start in the calendar,
// because the branch will often need the opening. It returns nil if the rule does
// not have two branches.
func (r *reckoner) hours(rule *Rule, start calendar.Instant) (*Rule, calendar.Instant) {
	if len(rule.Args) != 2 {
		return nil, start
	}
	start, inside := r.cal.Locate(start)
	if r.trace != nil {
		r.noteHours(inside, start)
	}
	if inside {
		return &rule.Args[0], start
	}
	return &rule.Args[1], start
}

func (r *reckoner) nextOpening(start calendar.Instant) (calendar.Instant, error) {
	at, err := r.cal.NextOpeningAt(start)
	if err == nil && r.trace != nil {
		r.noteOpening(start, at)
	}
	return at, err
}

func (r *reckoner) nextDayStart(start calendar.Instant) (calendar.Instant, error) {
	day, err := r.cal.AddBusinessDays(r.cal.BusinessDateAt(start), 1)
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

// businessDays counts business days by date; a start after midnight in a shift
// has the date on which the shift began. The start's own date is day 1 only if the
// rule says so. A length forward that would end by the start, such as one business
// day until the close that starts an hour after the close, counts from a day later.
func (r *reckoner) businessDays(rule *Rule, start calendar.Instant) (calendar.Instant, error) {
	from := r.cal.BusinessDateAt(start)
	if rule.countsStartDay() {
		from--
	}
	last, at, err := r.countDays(rule, from, start)
	for rule.Count > 0 && err == nil && !at.After(start) {
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

// countDays counts business days after from, and returns the last of them and the
// instant on it that ends the length.
func (r *reckoner) countDays(rule *Rule, from calendar.Date, start calendar.Instant) (calendar.Date, calendar.Instant, error) {
	last, err := r.cal.AddBusinessDays(from, rule.Count)
	if err != nil {
		return 0, calendar.Instant{}, err
	}
	ends, day := r.ends(rule, last), last
	if ends == SameTime { // after midnight in a shift, the same time lies after midnight too
		day += r.cal.DateAt(start) - r.cal.BusinessDateAt(start)
	}
	at, err := r.end(ends, day, start)
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

// ends is where on its last day a length ends: at the end of the day if Close is
// asked for on a day without hours.
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
	if clock, ok := ends.Clock(); ok {
		return r.cal.At(last, clock)
	}
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
