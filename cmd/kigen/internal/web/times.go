package web

import (
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// TimesParam selects the format of the times in a request body. kigen's
// commands forward times as typed, because only the daemon knows the zone.
type TimesParam struct {
	Times string `query:"times" enum:"rfc3339,written" default:"rfc3339" doc:"written: times as people write them, such as 2026年5月1日 18時; a missing date is completed from the current time, except in a batch, where it is required"`
}

// timesWritten is the value of TimesParam for times in everyday notation.
const timesWritten = "written"

// TimeReader parses times and collects their mistakes.
type TimeReader struct {
	Parse   func(text string) (time.Time, error)
	invalid tracker.Invalid
}

// Times returns the parser for the times of a request body.
func (s *Server) Times(p TimesParam) TimeReader {
	if p.Times == timesWritten {
		return Written(when.Parser{Now: s.Now(), Zone: s.Zone})
	}
	return TimeReader{Parse: func(text string) (time.Time, error) { return when.ISO(text, s.Zone) }}
}

// BatchTimes returns the parser for the times of a batch. A batch comes from a
// file, so times without a date are not relative to now.
func (s *Server) BatchTimes(p TimesParam) TimeReader {
	if p.Times == timesWritten {
		return Written(when.Parser{Zone: s.Zone})
	}
	return s.Times(p)
}

// Written returns a parser for times in everyday notation.
func Written(r when.Parser) TimeReader {
	return TimeReader{Parse: func(text string) (time.Time, error) {
		t, err := r.Time(text)
		return t.At, err
	}}
}

// Time parses one field; an empty one is the zero time.
func (r *TimeReader) Time(field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := r.Parse(text)
	if err != nil {
		r.invalid = append(r.invalid, tracker.BadTime(field, text, err))
	}
	return t
}

// Stamp parses one moment. The vendor's moments have the basis stated, ours are
// observed.
func (r *TimeReader) Stamp(m sla.Moment, text string) sla.Stamp {
	at := r.Time(m.Field(), text)
	switch {
	case at.IsZero():
		return sla.Stamp{}
	case m.Ours():
		return sla.Stamp{At: at, Basis: sla.Observed}
	default:
		return sla.Stamp{At: at, Basis: sla.Stated}
	}
}

// Err returns the collected mistakes, as an untyped nil if there are none.
func (r *TimeReader) Err() error {
	if len(r.invalid) == 0 {
		return nil
	}
	return r.invalid
}
