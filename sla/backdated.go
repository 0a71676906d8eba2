package sla

import "time"

// backdatedFrom is the shortest time from receipt to record by which any notice is
// backdated.
const backdatedFrom = 24 * time.Hour

// Backdated reports whether the notice was recorded so long after it was received that
// its time of receipt rests on the word of who recorded it: a day or more, or after a
// deadline that it keeps only by its time of receipt. due may be zero.
func (n *Notice) Backdated(due time.Time) bool {
	if n.RecordedAt.IsZero() || n.ReceivedAt.IsZero() {
		return false
	}
	return n.RecordedAfter() >= backdatedFrom ||
		!due.IsZero() && InTime(due, n.ReceivedAt) && !InTime(due, n.RecordedAt)
}

// RecordedAfter is the time from the notice's receipt to its record.
func (n *Notice) RecordedAfter() time.Duration { return n.RecordedAt.Sub(n.ReceivedAt) }

// Backdated returns the notice that stopped the clock, if it is backdated. Of several
// that were received at the same instant, the one that was recorded first counts.
func (inc *Incident) Backdated(c *Clock) *Notice {
	var first *Notice
	for i := range inc.Notices {
		n := &inc.Notices[i]
		if n.Counts() && n.ReceivedAt.Equal(c.NotifiedAt) && (first == nil || n.RecordedAt.Before(first.RecordedAt)) {
			first = n
		}
	}
	if first == nil || !first.Backdated(c.Due) {
		return nil
	}
	return first
}

// MarksBackdated reports whether the notice is backdated by itself, or for any clock of
// the incident that it stopped.
func (inc *Incident) MarksBackdated(n *Notice) bool {
	if n.Backdated(time.Time{}) {
		return true
	}
	for i := range inc.Clocks {
		if c := &inc.Clocks[i]; n.Counts() && n.ReceivedAt.Equal(c.NotifiedAt) && n.Backdated(c.Due) {
			return true
		}
	}
	return false
}
