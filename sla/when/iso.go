package when

import (
	"strings"
	"time"

	"kigen/sla/phrase/localizer"
)

// The years that are accepted. Calendars reach no further, and a typing error
// such as 0026 would otherwise be accepted.
const (
	firstYear = 1900
	lastYear  = 2199
)

// Error is the fault of a time and its remedy.
type Error struct{ localizer.Message }

// Error is the English text.
func (e Error) Error() string { return e.String() }

func errorf(format string, args ...any) error { return Error{localizer.Messagef(format, args...)} }

// errShape is the error for a text that is not a time.
func errShape() error {
	return errorf("not a time: write it as 2026-05-02 22:10, or with an offset as 2026-05-02T22:10:00+09:00")
}

// ISO parses a time in a form that programs write: RFC 3339, or 2026-05-02 22:10
// with or without seconds, a fraction, a T and an offset. Without an offset it is
// a wall-clock time in zone. A wall-clock time that zone skips (clocks going
// forward) is an error; of one that occurs twice (clocks going back), the result is
// the first. The result is in zone if the given offset is that of the zone, and
// has a fixed offset otherwise.
//
// The error states the fault and the remedy; the caller adds field and value.
func ISO(s string, zone *time.Location) (time.Time, error) {
	c, rest, err := parseWallClock(strings.TrimSpace(s))
	if err != nil {
		return time.Time{}, err
	}
	if err := c.check(); err != nil {
		return time.Time{}, err
	}
	if rest == "" {
		first, _, err := c.in(zone)
		return first, err
	}
	offset, err := parseOffset(rest)
	if err != nil {
		return time.Time{}, err
	}
	return c.at(offset, zone), nil
}

// wallClock is a wall-clock time without a zone.
type wallClock struct {
	year, month, day, hour, minute, second int
	fraction                               time.Duration
}

// weekdayIn is the weekday of the date in a year.
func (c wallClock) weekdayIn(year int) time.Weekday {
	return time.Date(year, time.Month(c.month), c.day, 0, 0, 0, 0, time.UTC).Weekday()
}

// parseWallClock parses the part before the offset by position, for speed: a batch
// parses hundreds of thousands of these a second.
func parseWallClock(s string) (c wallClock, rest string, err error) {
	const shape = "0000-00-00 00:00"
	if len(s) < len(shape) || !matches(s[:len(shape)], shape) {
		return c, "", errShape()
	}
	c.year = digits(s[0:4])
	c.month, c.day = digits(s[5:7]), digits(s[8:10])
	c.hour, c.minute = digits(s[11:13]), digits(s[14:16])
	rest = s[len(shape):]
	if len(rest) >= 3 && matches(rest[:3], ":00") {
		c.second, rest = digits(rest[1:3]), rest[3:]
		c.fraction, rest, err = parseFraction(rest)
	}
	return c, rest, err
}

// parseFraction reads .123 and returns what follows it.
func parseFraction(s string) (time.Duration, string, error) {
	if s == "" || s[0] != '.' {
		return 0, s, nil
	}
	n := 1
	fraction, unit := time.Duration(0), time.Second
	for ; n < len(s) && isDigit(s[n]); n++ {
		unit /= 10
		fraction += time.Duration(s[n]-'0') * unit
	}
	if n == 1 {
		return 0, "", errShape()
	}
	return fraction, s[n:], nil
}

// parseOffset reads Z or +09:00.
func parseOffset(s string) (time.Duration, error) {
	if s == "Z" || s == "z" {
		return 0, nil
	}
	if len(s) != 6 || !matches(s[1:], "00:00") || s[0] != '+' && s[0] != '-' {
		return 0, errShape()
	}
	hours, minutes := digits(s[1:3]), digits(s[4:6])
	if hours > 23 || minutes > 59 {
		return 0, errorf("the offset %s does not exist: offsets go from -23:59 to +23:59", s)
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, nil
}

// check refuses a date or time of day that does not exist.
func (c wallClock) check() error {
	switch {
	case c.year < firstYear || c.year > lastYear:
		return errorf("the year %04d is out of range: use a year from %d to %d", c.year, firstYear, lastYear)
	case c.month < 1 || c.month > 12:
		return errorf("there is no month %02d: months go from 01 to 12", c.month)
	case c.day < 1 || c.day > daysIn(c.year, c.month):
		return errorf("there is no day %02d in %04d-%02d: its days go from 01 to %d", c.day, c.year, c.month, daysIn(c.year, c.month))
	case c.hour == 24:
		return errorf("the time 24:00 is written as 00:00 of the next day")
	case c.hour > 23 || c.minute > 59 || c.second > 59:
		return errorf("there is no time %02d:%02d:%02d: times go from 00:00:00 to 23:59:59", c.hour, c.minute, c.second)
	}
	return nil
}

func (c wallClock) date(zone *time.Location) time.Time {
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, int(c.fraction), zone)
}

// at is the instant at which a clock with that offset shows c, in zone if the
// offset is that of the zone.
func (c wallClock) at(offset time.Duration, zone *time.Location) time.Time {
	t := c.date(time.UTC).Add(-offset).In(zone)
	if _, own := t.Zone(); time.Duration(own)*time.Second == offset {
		return t
	}
	return t.In(time.FixedZone("", int(offset/time.Second)))
}

// in finds the first instant at which a clock in zone shows c, and the second one
// if the clocks go back over it; zero: there is none. time.Date alone returns an
// instant for a time inside a gap, and may return either of two.
func (c wallClock) in(zone *time.Location) (first, second time.Time, err error) {
	t := c.date(zone)
	if t.Day() != c.day || t.Hour() != c.hour || t.Minute() != c.minute || t.Second() != c.second {
		return first, second, errorf("clocks in %s skip this time: add an offset, such as %s", zone, t.Format(time.RFC3339))
	}
	since, until := t.ZoneBounds()
	_, now := t.Zone()
	if !since.IsZero() {
		_, before := since.Add(-1).Zone()
		if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(since) {
			return earlier, t, nil
		}
	}
	if !until.IsZero() {
		_, after := until.Zone()
		if later := t.Add(time.Duration(now-after) * time.Second); !later.Before(until) {
			return t, later, nil
		}
	}
	return t, second, nil
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// matches compares s with a shape, in which 0 stands for any digit and a space
// for a space or T.
func matches(s, shape string) bool {
	for i := range len(shape) {
		switch shape[i] {
		case '0':
			if !isDigit(s[i]) {
				return false
			}
		case ' ':
			if s[i] != ' ' && s[i] != 'T' && s[i] != 't' {
				return false
			}
		default:
			if s[i] != shape[i] {
				return false
			}
		}
	}
	return true
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func digits(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
