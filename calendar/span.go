package calendar

import (
	"fmt"
	"time"
)

// TimeOfDay is a wall-clock time in minutes since local midnight, from 0
// (00:00) to 1440 (24:00, the end of the day). A close on the next day continues
// from there: 1800 is 06:00 of the day after.
type TimeOfDay int32

const endOfDay TimeOfDay = 24 * 60

// String returns the time as 15:04; the end of the day is 24:00, and 06:00 of
// the next day 30:00.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t/60, t%60) }

// Duration returns the wall-clock time since midnight.
func (t TimeOfDay) Duration() time.Duration { return time.Duration(t) * time.Minute }

// Span is a stretch of opening hours, or a shift: open from Open, closed from
// Close on. It belongs to the date on which it opens. If Close lies past 24:00 it
// ends on the next date, at most 24 wall-clock hours after Open.
type Span struct{ Open, Close TimeOfDay }

// ParseSpan parses opening hours written as 09:00-18:00. The close may be 24:00.
// A close at or before the opening is on the next day: 22:00-06:00 ends in the
// morning, and 09:00-09:00 lasts 24 hours. That close may also be written as hours
// past midnight, 22:00-30:00.
func ParseSpan(s string) (Span, error) {
	bad := func(remedy string) (Span, error) {
		return Span{}, fmt.Errorf("hours %q: %s", s, remedy)
	}
	if len(s) != len("09:00-18:00") || s[5] != '-' {
		return bad("must be written like 09:00-18:00")
	}
	from, okFrom := parseTimeOfDay(s[:5])
	to, okTo := parseTimeOfDay(s[6:])
	if !okFrom || !okTo {
		return bad("must be two times, like 09:00-18:00 or 22:00-06:00")
	}
	span := Span{Open: from, Close: to}
	if to <= from && to < endOfDay {
		span.Close += endOfDay
	}
	if remedy := span.problem(); remedy != "" {
		return bad(remedy)
	}
	return span, nil
}

// parseTimeOfDay reads exactly 15:04, up to 48:00.
func parseTimeOfDay(s string) (TimeOfDay, bool) {
	for i := range len(s) {
		if i == 2 {
			if s[i] != ':' {
				return 0, false
			}
		} else if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	hour := TimeOfDay(s[0]-'0')*10 + TimeOfDay(s[1]-'0')
	minute := TimeOfDay(s[3]-'0')*10 + TimeOfDay(s[4]-'0')
	t := hour*60 + minute
	return t, minute < 60 && t <= 2*endOfDay
}

// problem describes the fault of the span and its remedy; empty if there is none.
func (s Span) problem() string {
	switch {
	case s.Open < 0 || s.Open >= endOfDay:
		return "must open between 00:00 and 23:59"
	case s.Open >= s.Close:
		return "must close after it opens; count a close on the next day on from 24:00, as 30:00 for 06:00"
	case s.Close-s.Open > endOfDay:
		return "must not be longer than 24 hours"
	}
	return ""
}

// PassesMidnight reports whether the hours end on the day after the one on
// which they begin. A close at 24:00 does not.
func (s Span) PassesMidnight() bool { return s.Close > endOfDay }

// String returns the hours as 09:00-18:00, and as 22:00-06:00 if they end on
// the next day.
func (s Span) String() string {
	shut := s.Close
	if s.PassesMidnight() {
		shut -= endOfDay
	}
	return s.Open.String() + "-" + shut.String()
}

// MarshalText writes the hours as 09:00-18:00.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads hours as [ParseSpan] does.
func (s *Span) UnmarshalText(text []byte) error {
	parsed, err := ParseSpan(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
