// Package backdated finds notices that were recorded so long after they were received
// that their time of receipt rests on the word of who recorded them. It is pure.
package backdated

import (
	"time"

	"kigen/sla"
)

// from is the shortest time from receipt to record by which any notice is backdated.
const from = 24 * time.Hour

// Notice reports whether a notice is backdated: it was recorded a day or more after it
// was received, or after a deadline that it keeps only by its time of receipt. due may
// be zero.
func Notice(n *sla.Notice, due time.Time) bool {
	if n.RecordedAt.IsZero() || n.ReceivedAt.IsZero() {
		return false
	}
	return After(n) >= from || !due.IsZero() && sla.InTime(due, n.ReceivedAt) && !sla.InTime(due, n.RecordedAt)
}

// After is the time from a notice's receipt to its record.
func After(n *sla.Notice) time.Duration { return n.RecordedAt.Sub(n.ReceivedAt) }

// Of returns the notice that stopped a clock of the incident, if it is backdated. Of
// several that were received at the same instant, the one that was recorded first counts.
func Of(inc *sla.Incident, c *sla.Clock) *sla.Notice {
	var first *sla.Notice
	for i := range inc.Notices {
		n := &inc.Notices[i]
		if n.Counts() && n.ReceivedAt.Equal(c.NotifiedAt) && (first == nil || n.RecordedAt.Before(first.RecordedAt)) {
			first = n
		}
	}
	if first == nil || !Notice(first, c.Due) {
		return nil
	}
	return first
}

// Marks reports whether a notice of the incident is backdated by itself, or for any clock
// that it stopped.
func Marks(inc *sla.Incident, n *sla.Notice) bool {
	if Notice(n, time.Time{}) {
		return true
	}
	for i := range inc.Clocks {
		if c := &inc.Clocks[i]; n.Counts() && n.ReceivedAt.Equal(c.NotifiedAt) && Notice(n, c.Due) {
			return true
		}
	}
	return false
}
