package calendar

import (
	"fmt"
	"math"
	"time"
)

const secondsPerDay = 24 * 60 * 60

// Date is a civil date of the Gregorian calendar, counted in days since
// 1970-01-01. It has no time zone: it begins at different instants in different
// places. Dates compare and subtract as numbers.
type Date int32

// NewDate returns the civil date of a year, month and day. Values outside
// their usual range carry over as in [time.Date]: 31 April is 1 May. The year must
// lie within five million of 1970.
func NewDate(year int, month time.Month, day int) Date {
	return dateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix())
}

// ParseDate parses an existing date in exactly the form 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("date %q: must be a day that exists, written like 2026-05-01", s)
	}
	return dateOf(t.Unix()), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Civil returns the year, month and day of the date.
func (d Date) Civil() (year int, month time.Month, day int) { return d.utc().Date() }

// Year returns the year of the date.
func (d Date) Year() int { return d.utc().Year() }

// In returns the first instant of the date in a zone: where the clocks skip midnight,
// that of the change, and where it comes twice, the earlier. [time.Date] promises neither.
func (d Date) In(zone *time.Location) time.Time {
	midnight := d.utc()
	t := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, zone)
	begins, ends := t.ZoneBounds()
	switch shown := t.Add(offset(t)); {
	case shown.Before(midnight): // skipped, and t is before the change
		return ends
	case shown.After(midnight): // skipped, and t is after it
		return begins
	case begins.IsZero():
		return t
	}
	// Where clocks were set back to midnight, they had shown it before.
	if earlier := midnight.Add(-offset(begins.Add(-1))).In(zone); earlier.Before(begins) {
		return earlier
	}
	return t
}

// offset is how far the clocks in t's zone are ahead of UTC.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// Weekday returns the day of the week of the date.
func (d Date) Weekday() time.Weekday {
	return d.utc().Weekday()
}

// AddMonths returns the same day n months later, or earlier if n is negative. If
// that month is too short, it returns its last day: 31 January and one month give
// 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	year, month, day := d.Civil()
	first := NewDate(year, month+time.Month(n), 1)
	last := NewDate(year, month+time.Month(n)+1, 0)
	return min(first+Date(day-1), last)
}

// String returns the date as 2006-01-02.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText writes the date as 2006-01-02. It fails for years that do not
// fit four digits.
func (d Date) MarshalText() ([]byte, error) {
	if year := d.Year(); year < 0 || year > 9999 {
		return nil, fmt.Errorf("date %s: must lie between the years 0000 and 9999", d)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads a date as [ParseDate] does.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// dateOf returns the date of a number of seconds since 1970-01-01, rounding
// down. Counting from the first of all dates keeps the dividend positive, so that
// the division needs no special case.
func dateOf(seconds int64) Date {
	const first = math.MinInt32
	return Date(int64(uint64(seconds-first*secondsPerDay)/secondsPerDay) + first)
}
