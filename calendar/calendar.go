package calendar

import (
	"errors"
	"iter"
	"math"
	"time"
)

// ErrRange reports an instant or date outside the calendar's years, or a result
// outside them. A calendar of more years can give it.
var ErrRange = errors.New("calendar: outside the years that the calendar covers")

// ErrNotBusinessDay reports a query for the hours of a day without hours.
var ErrNotBusinessDay = errors.New("calendar: not a business day")

// Calendar holds the hours and business days of one place. It is immutable and
// safe for any number of goroutines. No query but Intervals allocates. Returned
// instants are in the calendar's zone.
type Calendar struct {
	id          string
	zone        *time.Location
	country     string
	unpublished Text
	canonical   string        // the input of the hash
	hash        func() string // computed on first use

	first, last Date
	days        []int32 // by date from first: the number of its kind
	kinds       []day   // the different facts that dates have, each once
	before      []int32 // business days before each date, and before the one after last
	business    []Date  // the business days in order
	rules       []rule  // reasons for which dates are open or closed, by number

	overnight  bool       // the hours of some day end on the next day
	start, end int64      // of the first and the last date
	intervals  []interval // open stretches in order, apart from one another
	segments   []segment  // offsets of the zone
	// By stretches of 24 hours from start:
	marks   []mark  // where a search for an instant begins
	offsets []int32 // the offset from UTC in seconds, or offsetChanges; none in a zone of one segment
}

// day holds the facts of a civil date. Instants are seconds since 00:00 UTC of the
// date, which fit into half the memory of Unix seconds: no clock change and no opening
// lies within a second.
type day struct {
	start, end  int32 // its first instant, and its last end
	open, close int32 // the first opening and last close of the hours that begin on it; open is unset on a day that never opens
	rule        int32
}

// The instants of a day that are none.
const (
	unset  = math.MinInt32
	beyond = math.MaxInt32 // outside the calendar's years
)

// skipped reports whether the zone jumped over the date: it does not exist, or has
// no length.
func (d *day) skipped() bool { return d.start == unset || d.start == d.end }

// day returns the facts of the i-th day.
func (c *Calendar) day(i int) *day { return &c.kinds[c.days[i]] }

// dayOf returns the facts of a date that the calendar covers.
func (c *Calendar) dayOf(d Date) *day { return c.day(int(d - c.first)) }

// second returns an instant of the i-th day in Unix seconds.
func (c *Calendar) second(i int, instant int32) int64 {
	return (int64(c.first)+int64(i))*secondsPerDay + int64(instant)
}

// interval is an open stretch [open, close) in Unix seconds, with the seconds of
// all intervals before it.
type interval struct{ open, close, before int64 }

// mark names the first interval that closes after the beginning of a stretch,
// with the low half of its close, which saves a memory access.
type mark struct{ close, interval int32 }

// markOf returns the mark of a stretch that begins at a second. A close beyond the
// reach of the half is moved closer: a search only asks whether the stretch has it.
func markOf(at, shut int64, interval int) mark {
	return mark{close: int32(min(shut, at+math.MaxInt32)), interval: int32(interval)}
}

// closes reports whether the close is at or before a second of the stretch. The
// difference of the halves is that of the wholes, which are less than 2^31 s apart.
func (m mark) closes(second int64) bool { return int32(second)-m.close >= 0 }

// ID returns the name that the spec gave.
func (c *Calendar) ID() string { return c.id }

// Zone returns the time zone in which hours and dates are read.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Unpublished describes closures that the place keeps but does not publish.
func (c *Calendar) Unpublished() Text { return c.unpublished }

// Range returns the first and the last date that the calendar covers.
func (c *Calendar) Range() (first, last Date) { return c.first, c.last }

// Canonical returns the calendar's content as JSON, to be stored with results: all
// of its spec that changes an answer or an explanation. Equal specs give equal
// forms on every machine.
func (c *Calendar) Canonical() string { return c.canonical }

// Hash identifies the calendar's content: the SHA-256 of Canonical, in
// hexadecimal.
func (c *Calendar) Hash() string { return c.hash() }

// stretch returns the number of the stretch of 24 hours that contains a second, and
// whether the calendar covers it.
func (c *Calendar) stretch(second int64) (n uint64, ok bool) {
	since := uint64(second - c.start) // a second before start wraps to a value beyond any end
	return since / secondsPerDay, since < uint64(c.end-c.start)
}

// locate returns the second of t, the number of the first interval that closes
// after it, and whether the calendar covers t.
func (c *Calendar) locate(t time.Time) (second int64, i int, ok bool) {
	second = t.Unix()
	n, ok := c.stretch(second)
	if !ok {
		return c.locateEnd(t)
	}
	return second, c.closingAfter(n, second), true
}

// closingAfter returns the number of the first interval that closes after a
// second of the n-th stretch.
func (c *Calendar) closingAfter(n uint64, second int64) int {
	m := &c.marks[n]
	// The processor cannot predict whether a day's hours are over, so this step has
	// no branch; the loop after it rarely runs.
	i := int(m.interval) + one(m.closes(second))
	for c.intervals[i].close <= second {
		i++
	}
	return i
}

// locateEnd is locate for the very end of the last day, which is covered because it
// closes the last interval, and for instants outside.
func (c *Calendar) locateEnd(t time.Time) (second int64, i int, ok bool) {
	return c.end, len(c.intervals) - 1, t.Unix() == c.end && t.Nanosecond() == 0
}

// one converts a condition to 1 or 0. It compiles without a branch.
func one(condition bool) int {
	n := 0
	if condition {
		n = 1
	}
	return n
}

// time returns an instant in the calendar's zone.
func (c *Calendar) time(second, nanosecond int64) time.Time {
	return time.Unix(second, nanosecond).In(c.zone)
}

// openBefore returns the open nanoseconds from the calendar's beginning until an
// instant whose first interval to close after it is i.
func (c *Calendar) openBefore(second int64, nanosecond, i int) int64 {
	iv := &c.intervals[i]
	return iv.before*nsPerSecond + max((second-iv.open)*nsPerSecond+int64(nanosecond), 0)
}

// IsOpen reports whether t lies in opening hours. It is false outside the
// calendar's years.
func (c *Calendar) IsOpen(t time.Time) bool {
	second, i, ok := c.locate(t)
	return ok && c.intervals[i].open <= second
}

// NextOpening returns the first open instant at or after t: t itself in opening
// hours. It fails with [ErrRange].
func (c *Calendar) NextOpening(t time.Time) (time.Time, error) {
	second, i, ok := c.locate(t)
	if !ok || i == len(c.intervals)-1 {
		return time.Time{}, ErrRange
	}
	nanosecond := int64(t.Nanosecond())
	if opening := c.intervals[i].open; opening > second {
		second, nanosecond = opening, 0
	}
	return c.time(second, nanosecond), nil
}

// AddOpen returns the earliest instant by which d of open time has passed since
// t. If d ends exactly at a close, the result is that close, not the next opening.
// A negative d goes back, to the latest instant from which the same open time
// leads to t; zero returns t. It fails with [ErrRange].
func (c *Calendar) AddOpen(t time.Time, d time.Duration) (time.Time, error) {
	second, i, ok := c.locate(t)
	if !ok {
		return time.Time{}, ErrRange
	}
	if d == 0 {
		return c.time(second, int64(t.Nanosecond())), nil
	}
	passed := c.openBefore(second, t.Nanosecond(), i)
	total := c.intervals[len(c.intervals)-1].before * nsPerSecond
	if int64(d) > total-passed || int64(d) < -passed {
		return time.Time{}, ErrRange
	}
	target := passed + int64(d)
	whole, fraction := target/nsPerSecond, target%nsPerSecond
	if d > 0 {
		i = c.ending(i, whole+int64(one(fraction > 0)))
	} else {
		i = c.beginning(i, whole)
	}
	iv := &c.intervals[i]
	return c.time(iv.open+whole-iv.before, fraction), nil
}

// steps is the number of intervals that a search tries one by one before a binary
// search: most deadlines end within days.
const steps = 8

// ending returns the interval from i on in which the open seconds reach target,
// which is more than those before i.
func (c *Calendar) ending(i int, target int64) int {
	i += one(c.intervals[i+1].before < target) // no branch, as in locate
	for range steps {
		if c.intervals[i+1].before >= target {
			return i
		}
		i++
	}
	low, high := i, len(c.intervals)-1
	for high-low > 1 {
		middle := int(uint(low+high) / 2)
		if c.intervals[middle].before < target {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// beginning returns the last interval up to i at or after whose opening the open
// seconds are target.
func (c *Calendar) beginning(i int, target int64) int {
	for range steps {
		if c.intervals[i].before <= target {
			return i
		}
		i--
	}
	low, high := 0, i+1
	for high-low > 1 {
		middle := int(uint(low+high) / 2)
		if c.intervals[middle].before <= target {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// OpenBetween returns the open time from a to b, negative when b lies before a.
// It fails with [ErrRange].
func (c *Calendar) OpenBetween(a, b time.Time) (time.Duration, error) {
	from, i, okA := c.locate(a)
	to, j, okB := c.locate(b)
	if !okA || !okB {
		return 0, ErrRange
	}
	return time.Duration(c.openBefore(to, b.Nanosecond(), j) - c.openBefore(from, a.Nanosecond(), i)), nil
}

// Interval is an open stretch of time, [Open, Close).
type Interval struct{ Open, Close time.Time }

// Intervals yields the open stretches between two instants in order, clipped to
// both. Adjacent stretches are joined. It yields nothing outside the calendar's
// years.
func (c *Calendar) Intervals(from, to time.Time) iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		from, to := c.clamp(from), c.clamp(to)
		_, i, _ := c.locate(from)
		for ; i < len(c.intervals)-1; i++ {
			open, shut := c.time(c.intervals[i].open, 0), c.time(c.intervals[i].close, 0)
			if open.Before(from) {
				open = from
			}
			if shut.After(to) {
				shut = to
			}
			if !open.Before(shut) || !yield(Interval{Open: open, Close: shut}) {
				return
			}
		}
	}
}

// clamp returns t in the calendar's zone, moved to the near end of its years
// where it lies outside.
func (c *Calendar) clamp(t time.Time) time.Time {
	switch {
	case t.Unix() < c.start:
		return c.time(c.start, 0)
	case t.Unix() >= c.end:
		return c.time(c.end, 0)
	}
	return c.time(t.Unix(), int64(t.Nanosecond()))
}
