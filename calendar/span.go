package calendar

import (
	"fmt"
	"time"
)

// TimeOfDay is a wall-clock time in minutes since local midnight, from 0
// (00:00) to 1440 (24:00, the end of the day).
type TimeOfDay int32

const endOfDay TimeOfDay = 24 * 60

// String returns the time as 15:04; the end of the day is 24:00.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t/60, t%60) }

// Duration returns the wall-clock time that has passed since midnight.
func (t TimeOfDay) Duration() time.Duration { return time.Duration(t) * time.Minute }

// Span is a stretch of opening hours within one civil date: open from Open,
// closed again at Close and after. Hours that pass midnight are two spans on
// two dates.
type Span struct{ Open, Close TimeOfDay }

// ParseSpan reads opening hours written as 09:00-18:00. The close may be 24:00.
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
		return bad("must be two times between 00:00 and 24:00, like 09:00-18:00")
	}
	span := Span{Open: from, Close: to}
	if remedy := span.problem(); remedy != "" {
		return bad(remedy)
	}
	return span, nil
}

// parseTimeOfDay reads exactly 15:04, and 24:00.
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
	return t, minute < 60 && t <= endOfDay
}

// problem says what is wrong with the span and how to mend it; empty when
// nothing is.
func (s Span) problem() string {
	switch {
	case s.Open < 0 || s.Close > endOfDay:
		return "must lie between 00:00 and 24:00"
	case s.Open >= s.Close:
		return "must close after it opens; write hours that pass midnight as two, 22:00-24:00 and 00:00-06:00 on the next day"
	}
	return ""
}

// String returns the hours as 09:00-18:00.
func (s Span) String() string { return s.Open.String() + "-" + s.Close.String() }

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
