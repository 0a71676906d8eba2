package calendar

import (
	"errors"
	"iter"
	"time"
)

// ErrRange reports an instant or date outside the calendar's years, or an
// answer that would lie there. A calendar of more years answers it.
var ErrRange = errors.New("calendar: outside the years that the calendar covers")

// ErrNotBusinessDay reports a question for the hours of a day that has none.
var ErrNotBusinessDay = errors.New("calendar: not a business day")

// Calendar answers questions about the hours and business days of one place.
// It never changes and may be used by any number of goroutines. No query but
// Intervals allocates. Instants come back in the calendar's zone.
type Calendar struct {
	id          string
	zone        *time.Location
	unpublished Text
	canonical   string        // what the hash is of
	hash        func() string // worked out when it is first asked for

	first, last Date
	days        []day   // by date from first
	before      []int32 // business days before each date, and before the one after last
	business    []Date  // the business days in order
	rules       []rule  // why a date is open or closed, by number

	start, end int64      // of the first and the last date
	intervals  []interval // open stretches in order, apart from one another
	segments   []segment  // offsets of the zone
	// By stretches of 24 hours from start:
	marks   []mark  // where a search for an instant begins
	offsets []int32 // the offset from UTC in seconds, or offsetChanges
}

// day is what is known of one civil date. Instants are Unix seconds: no clock
// changes and no office opens within one.
type day struct {
	start, end  int64 // its first instant, and the instant that ends it for good
	open, close int64 // its first opening and last close; open is unset on a day that never opens
	rule        int32
}

// interval is an open stretch [open, close) in Unix seconds, with the seconds of
// all intervals before it.
type interval struct{ open, close, before int64 }

// mark names the first interval that closes after the beginning of a stretch,
// and holds its close as well, to be read at once.
type mark struct {
	close    int64
	interval int
}

// ID returns the name that the spec gave.
func (c *Calendar) ID() string { return c.id }

// Zone returns the time zone in which hours and dates are read.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Unpublished tells of closures that the place keeps but does not publish.
func (c *Calendar) Unpublished() Text { return c.unpublished }

// Range returns the first and the last date that the calendar covers.
func (c *Calendar) Range() (first, last Date) { return c.first, c.last }

// Canonical returns the calendar's content as JSON, to be kept beside what
// followed from it: all of its spec that changes an answer or an explanation.
// Equal specs give equal forms on every machine.
func (c *Calendar) Canonical() string { return c.canonical }

// Hash identifies the calendar's content: the SHA-256 of Canonical, in
// hexadecimal.
func (c *Calendar) Hash() string { return c.hash() }

// stretch returns the number of the 24 hours in which a second lies, and whether
// the calendar covers it.
func (c *Calendar) stretch(second int64) (n uint64, ok bool) {
	since := uint64(second - c.start) // far beyond any end for a second before
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
	// Whether a day's hours are over already, no processor can guess: this step
	// has no branch, and the loop after it seldom runs.
	i := m.interval + one(m.close <= second)
	for c.intervals[i].close <= second {
		i++
	}
	return i
}

// locateEnd is locate for the very end of the last day, which counts as well
// because it closes the last interval, and for what lies outside.
func (c *Calendar) locateEnd(t time.Time) (second int64, i int, ok bool) {
	return c.end, len(c.intervals) - 1, t.Unix() == c.end && t.Nanosecond() == 0
}

// one counts a condition. It compiles to no branch.
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
// t. Time that is used up exactly at a close ends at that close, not at the
// next opening. A negative d goes back, to the latest instant from which the
// same open time leads to t; zero gives t. It fails with [ErrRange].
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

// steps is how many intervals a search tries one by one before it halves the
// rest: most deadlines end within days.
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

// beginning returns the interval up to i at whose opening, or after which, the
// open seconds are target.
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

// Intervals yields the open stretches between two instants in order, cut off at
// both. Stretches that touch come as one. Outside the calendar's years there
// are none.
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
