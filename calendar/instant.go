package calendar

import "time"

// Instant is a point in time for calculations: unlike [time.Time] it carries no
// zone and no monotonic clock. The zero Instant is that of the zero Time, and means
// none.
//
// An Instant returned by [Calendar.Locate] holds its place among the hours of that
// calendar, and must not be used with another one.
type Instant struct {
	second     int64 // since the beginning of year 1, the epoch of package time
	nanosecond int32 // from 0 to 999,999,999
	place      int32 // 1 and the number of the first interval that closes after; 0: not located, or outside the years
}

// yearOne is the beginning of year 1 in Unix seconds.
const yearOne = -62_135_596_800

// InstantOf returns the instant of t.
func InstantOf(t time.Time) Instant {
	return Instant{second: t.Unix() - yearOne, nanosecond: int32(t.Nanosecond())}
}

// IsZero reports whether the instant is none.
func (i Instant) IsZero() bool { return i.second == 0 && i.nanosecond == 0 }

// After reports whether i is later than other.
func (i Instant) After(other Instant) bool {
	return i.second > other.second || i.second == other.second && i.nanosecond > other.nanosecond
}

// Add returns the instant d later, not located.
func (i Instant) Add(d time.Duration) Instant {
	second, nanosecond := i.second+int64(d)/nsPerSecond, i.nanosecond+int32(int64(d)%nsPerSecond)
	switch {
	case int64(nanosecond) >= nsPerSecond:
		second, nanosecond = second+1, nanosecond-int32(nsPerSecond)
	case nanosecond < 0:
		second, nanosecond = second-1, nanosecond+int32(nsPerSecond)
	}
	return Instant{second: second, nanosecond: nanosecond}
}

// Time returns the instant in the calendar's zone.
func (c *Calendar) Time(i Instant) time.Time {
	return c.time(i.second+yearOne, int64(i.nanosecond))
}

// Locate returns the instant with its place in the calendar, so that later queries
// need no search, and whether it lies in opening hours, as [Calendar.IsOpen] has it.
func (c *Calendar) Locate(i Instant) (located Instant, open bool) {
	second := i.second + yearOne
	if n, ok := c.stretch(second); ok {
		i.place = int32(c.closingAfter(n, second)) + 1
	} else if second == c.end && i.nanosecond == 0 {
		i.place = int32(len(c.intervals)) // as locateEnd has it
	} else {
		return i, false
	}
	return i, c.intervals[i.place-1].open <= second
}

// NextOpeningAt is [Calendar.NextOpening] of an instant.
func (c *Calendar) NextOpeningAt(i Instant) (Instant, error) {
	if i.place == 0 {
		i, _ = c.Locate(i)
	}
	if i.place == 0 || int(i.place) == len(c.intervals) {
		return Instant{}, ErrRange
	}
	if opening := c.intervals[i.place-1].open - yearOne; opening > i.second {
		return Instant{second: opening, place: i.place}, nil
	}
	return i, nil
}

// BusinessDateAt is [Calendar.BusinessDateOf] of an instant.
func (c *Calendar) BusinessDateAt(i Instant) Date { return c.businessDate(i.second + yearOne) }

// DateAt is [Calendar.DateOf] of an instant.
func (c *Calendar) DateAt(i Instant) Date { return dateOf(c.local(i.second + yearOne)) }
