package calendar

import (
	"math"
	"time"
)

// Day describes one date of the calendar.
type Day struct {
	Date      Date
	Business  bool // at least one open instant belongs to it
	Reason    Reason
	Name      Text   // of the holiday or exception
	Projected bool   // the holiday is not yet announced officially
	Spans     []Span // the hours in order; shared: do not modify
}

// DateOf returns the civil date of t in the calendar's zone, for a t in any zone,
// even outside the calendar's years.
func (c *Calendar) DateOf(t time.Time) Date {
	return dateOf(c.local(t.Unix()))
}

// BusinessDateOf returns the business date of t in the calendar's zone: within a
// shift the date on which the shift began, which after midnight is the day before,
// else the civil date of t. Where the civil date has opened while the shift of the
// day before lasts, it is the civil date: every later business date opens after t.
func (c *Calendar) BusinessDateOf(t time.Time) Date { return c.businessDate(t.Unix()) }

func (c *Calendar) businessDate(second int64) Date {
	date, shift := c.dates(second)
	if shift == date {
		return date
	}
	if own := int(date - c.first); c.isBusiness(own) && c.second(own, c.day(own).open) <= second {
		return date
	}
	return shift
}

// ShiftDateOf returns the first date whose hours can hold t: within a shift the date on
// which the shift began, also where the civil date has opened meanwhile; else the civil
// date of t.
func (c *Calendar) ShiftDateOf(t time.Time) Date {
	_, shift := c.dates(t.Unix())
	return shift
}

// dates returns the civil date, and the date of the shift that lasts; without one, the
// civil date again.
func (c *Calendar) dates(second int64) (civil, shift Date) {
	local := c.local(second)
	date := dateOf(local)
	if !c.overnight {
		return date, date
	}
	if _, ok := c.index(date); !ok || date == c.first {
		return date, date
	}
	before := c.dateBefore(date)
	span, passes := overnightShift(c.rules[c.dayOf(before).rule].spans)
	if passes && local-int64(date)*secondsPerDay < int64(span.Close-endOfDay)*60 {
		return date, before
	}
	return date, date
}

// Local returns the civil date and the wall-clock time of day of t in the
// calendar's zone, with its nanoseconds. The time of day differs from the time since
// the day began where the clocks change.
func (c *Calendar) Local(t time.Time) (Date, time.Duration) {
	local := c.local(t.Unix())
	date := dateOf(local)
	clock := (local-int64(date)*secondsPerDay)*nsPerSecond + int64(t.Nanosecond())
	return date, time.Duration(clock)
}

// offsetChanges marks a stretch in which the offset changes.
const offsetChanges = math.MinInt32

// local returns a Unix second as the wall clock shows it, in seconds since
// 1970-01-01 00:00 of the wall clock.
func (c *Calendar) local(second int64) int64 {
	n, ok := c.stretch(second)
	switch {
	case !ok:
		return localOutside(c.time(second, 0))
	case len(c.segments) == 1: // no clock change in all its years, as in Japan
		return second + c.segments[0].offset
	case c.offsets[n] != offsetChanges:
		return second + int64(c.offsets[n])
	default:
		return second + c.segments[c.segmentAt(second)].offset
	}
}

// segmentAt returns the number of the segment in force at a second that the
// calendar covers.
func (c *Calendar) segmentAt(second int64) int {
	low, high := 0, len(c.segments)
	for high-low > 1 {
		middle := int(uint(low+high) / 2)
		if c.segments[middle].start <= second {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// index returns the place of a date in the table of days.
func (c *Calendar) index(d Date) (int, bool) {
	return int(d) - int(c.first), d >= c.first && d <= c.last
}

func (c *Calendar) isBusiness(i int) bool { return c.before[i] < c.before[i+1] }

// IsBusinessDay reports whether the hours that begin on the date have at least one
// open instant. The end of a shift that began the day before does not count. It is
// false outside the calendar's years.
func (c *Calendar) IsBusinessDay(d Date) bool {
	i, ok := c.index(d)
	return ok && c.isBusiness(i)
}

// AddBusinessDays returns the n-th business day after d, or before d when n is
// negative. The date d itself never counts; zero gives d, business day or not.
// It fails with [ErrRange].
func (c *Calendar) AddBusinessDays(d Date, n int) (Date, error) {
	i, ok := c.index(d)
	if !ok {
		return 0, ErrRange
	}
	switch {
	case n == 0:
		return d, nil
	case n > 0:
		return c.businessDay(int(c.before[i+1]), n-1)
	default:
		return c.businessDay(int(c.before[i]), n)
	}
}

// businessDay returns the business day n places after the one with the given number.
func (c *Calendar) businessDay(from, n int) (Date, error) {
	if n >= len(c.business)-from || n < -from {
		return 0, ErrRange
	}
	return c.business[from+n], nil
}

// RollForward returns d if it is a business day, else the next one. It fails
// with [ErrRange].
func (c *Calendar) RollForward(d Date) (Date, error) {
	i, ok := c.index(d)
	if !ok {
		return 0, ErrRange
	}
	return c.businessDay(int(c.before[i]), 0)
}

// RollBack returns d if it is a business day, else the one before. It fails
// with [ErrRange].
func (c *Calendar) RollBack(d Date) (Date, error) {
	i, ok := c.index(d)
	if !ok {
		return 0, ErrRange
	}
	return c.businessDay(int(c.before[i+1]), -1)
}

// Opening returns the first open instant of a business day. It fails with
// [ErrNotBusinessDay] and [ErrRange].
func (c *Calendar) Opening(d Date) (time.Time, error) {
	i, err := c.businessIndex(d)
	if err != nil {
		return time.Time{}, err
	}
	return c.time(c.second(i, c.day(i).open), 0), nil
}

// Close returns the last close of a business day. A shift over midnight closes on
// the next civil date; that of the calendar's last day lies outside its years. It
// fails with [ErrNotBusinessDay] and [ErrRange].
func (c *Calendar) Close(d Date) (time.Time, error) {
	i, err := c.businessIndex(d)
	if err != nil {
		return time.Time{}, err
	}
	if c.day(i).close == beyond {
		return time.Time{}, ErrRange
	}
	return c.time(c.second(i, c.day(i).close), 0), nil
}

func (c *Calendar) businessIndex(d Date) (int, error) {
	i, ok := c.index(d)
	switch {
	case !ok:
		return 0, ErrRange
	case !c.isBusiness(i):
		return 0, ErrNotBusinessDay
	}
	return i, nil
}

// StartOfDay returns the first instant of the date, which is not 00:00 where
// the clocks go forward at midnight. A date that the zone jumped over begins
// and ends at the jump. It fails with [ErrRange].
func (c *Calendar) StartOfDay(d Date) (time.Time, error) {
	i, ok := c.index(d)
	if !ok {
		return time.Time{}, ErrRange
	}
	return c.time(c.second(i, c.day(i).start), 0), nil
}

// EndOfDay returns the end of the date, 24:00; if clocks go back over it, the last
// one. It fails with [ErrRange].
func (c *Calendar) EndOfDay(d Date) (time.Time, error) {
	i, ok := c.index(d)
	if !ok {
		return time.Time{}, ErrRange
	}
	return c.time(c.second(i, c.day(i).end), 0), nil
}

// At returns the first instant of the date at which the wall clock shows a time of
// day or a later one, or the end of the day if there is none. It fails with
// [ErrRange].
func (c *Calendar) At(d Date, clock time.Duration) (time.Time, error) {
	i, ok := c.index(d)
	if !ok {
		return time.Time{}, ErrRange
	}
	start, end := c.second(i, c.day(i).start), c.second(i, c.day(i).end)
	clock = min(max(clock, 0), 24*time.Hour)
	whole, fraction := int64(clock/time.Second), int64(clock%time.Second)
	for _, s := range c.segments[c.segmentAt(start):] {
		if s.start >= end {
			break
		}
		from, to := s.part(d, 0, secondsPerDay)
		wanted := int64(d)*secondsPerDay + whole - s.offset
		switch {
		case wanted >= to || from >= to: // later, or never
		case wanted < from:
			return c.time(from, 0), nil
		default:
			return c.time(wanted, fraction), nil
		}
	}
	return c.time(end, 0), nil
}

// Day describes a date: whether it is a business day, and why. A date outside the
// calendar's years has no reason and no hours.
func (c *Calendar) Day(d Date) Day {
	i, ok := c.index(d)
	if !ok {
		return Day{Date: d}
	}
	r := &c.rules[c.day(i).rule]
	result := Day{
		Date: d, Business: c.isBusiness(i),
		Reason: r.reason, Name: r.name, Projected: r.projected, Spans: r.spans,
	}
	if !result.Business && len(r.spans) > 0 {
		result.Reason = ReasonSkipped
	}
	return result
}
