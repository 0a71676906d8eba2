package policy

import (
	"encoding/json"
	"time"

	"kigen/calendar"
	"kigen/sla/outbox"
)

// Quiet maps a destination to the calendar outside whose hours it gets no alert
// that can wait. A destination without a calendar always gets them.
//
// It delays messages only: no deadline, no state and no overdue alert depends on it.
type Quiet map[string]*calendar.Calendar

// Release returns when an alert that can wait, planned for the given instant, is
// sent to a destination: at that instant, or when its hours next begin. Beyond the
// years of the calendar it is sent at once.
func (q Quiet) Release(to string, at time.Time) time.Time {
	if hours := q[to]; hours != nil {
		if opening, err := hours.NextOpening(at); err == nil {
			return opening
		}
	}
	return at
}

// Plan joins the destinations that get an alert that can wait, planned for the
// given instant, at the same time.
func (q Quiet) Plan(reason outbox.Reason, to []string, at time.Time) (planned []Planned) {
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
