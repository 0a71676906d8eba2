package sla

import (
	"encoding/json"
	"time"

	"kigen/calendar"
)

// Quiet gives by destination the calendar outside whose hours nobody there
// is to be bothered with what can wait. A destination without one always may.
//
// Whom a message wakes is a separate matter from when a notice is due: no
// deadline, no state and nothing that says overdue follows from it.
type Quiet map[string]*calendar.Calendar

// Release returns when a message that can wait, planned for the given instant,
// may be told at a destination: then, or when its hours next begin. Past the
// years that the calendar knows it is told rather than held for ever.
func (q Quiet) Release(to string, at time.Time) time.Time {
	if hours := q[to]; hours != nil {
		if opening, err := hours.NextOpening(at); err == nil {
			return opening
		}
	}
	return at
}

// Plan joins the destinations at which a message that can wait, planned for
// the given instant, may be told at the same time.
func (q Quiet) Plan(reason Reason, to []string, at time.Time) (planned []Planned) {
	for _, name := range to {
		planned = appendPlanned(planned, name, Planned{Reason: reason, At: q.Release(name, at)})
	}
	return planned
}

// MarshalJSON writes the calendars by their content hashes, for a fingerprint.
func (q Quiet) MarshalJSON() ([]byte, error) {
	hashes := make(map[string]string, len(q))
	for to, hours := range q {
		hashes[to] = hours.Hash()
	}
	return json.Marshal(hashes)
}
