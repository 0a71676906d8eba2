package sla

import "time"

// Announcement is how long before its start an announced event had to be announced, and
// how long before it was. Where the rule counts days, both are whole calendar days.
type Announcement struct {
	Promised time.Duration // from the deadline to the start; 0: in advance, by any length
	Given    time.Duration // from the notice to the start; negative: after the start
}

// Lead returns how an announced event was announced; false where the clock has no notice,
// or is about no notice in advance.
func (c *Clock) Lead() (Announcement, bool) {
	start := c.CountedFrom()
	if !c.Announces() || c.NotifiedAt.IsZero() {
		return Announcement{}, false
	}
	a := Announcement{Promised: start.Sub(c.Due), Given: start.Sub(c.NotifiedAt)}
	if c.Explanation.byDate() {
		zone := c.Due.Location()
		a.Promised = daysBetween(c.Due.Add(-time.Millisecond), start, zone)
		if days := daysBetween(c.NotifiedAt, start, zone); days > 0 {
			a.Given = days
		}
	}
	return a, true
}

// Announces reports whether the clock is about a notice in advance: its deadline does not
// lie after its start.
func (c *Clock) Announces() bool {
	return c.Start.From == Scheduled && !c.Due.IsZero() && !c.Due.After(c.CountedFrom())
}

// byDate reports whether the rule counted days, and its last one ends at a time of its
// own.
func (e *Explanation) byDate() bool {
	for i := range e.Steps {
		if s := &e.Steps[i]; s.Kind == StepEnds && s.Ends != SameTime {
			return true
		}
	}
	return false
}

// daysBetween is the number of midnights from an instant to a later one, in days.
func daysBetween(from, to time.Time, zone *time.Location) time.Duration {
	const day = 24 * time.Hour
	date := func(t time.Time) time.Time {
		year, month, day := t.In(zone).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return date(to).Sub(date(from)).Round(day)
}
