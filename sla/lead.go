package sla

import "time"

// Announcement is how long before its start an announced event had to be announced, and
// how long before it was.
type Announcement struct {
	Promised time.Duration // from the deadline to the start; 0: in advance, by any length
	Given    time.Duration // from the notice to the start; negative: after the start
}

// Lead returns how an announced event was announced; false where the clock has no notice,
// or its deadline does not lie at or before the start of a maintenance or change.
func (c *Clock) Lead() (Announcement, bool) {
	start := c.CountedFrom()
	if !c.Announces() || c.NotifiedAt.IsZero() {
		return Announcement{}, false
	}
	return Announcement{Promised: start.Sub(c.Due), Given: start.Sub(c.NotifiedAt)}, true
}

// Announces reports whether the clock is about a notice in advance: its deadline does not
// lie after its start.
func (c *Clock) Announces() bool {
	return c.Start.From == Scheduled && !c.Due.IsZero() && !c.Due.After(c.CountedFrom())
}
