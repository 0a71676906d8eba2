package sla

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// newDeadline is the smallest move of a deadline ahead that is announced:
// messages show deadlines to the minute.
const newDeadline = time.Minute

// Announced is the start and the deadline in the keys of a clock's alerts. A
// correction that is not announced leaves them unchanged, so that alerts keep
// their keys and none is sent twice.
type Announced struct{ Start, Due time.Time }

// InKeys returns the start and the deadline in the keys of the clock's alerts.
func (c *Clock) InKeys() Announced {
	if c.Announced.Due.IsZero() {
		return Announced{c.Start.At, c.Due}
	}
	return c.Announced
}

// announce decides whether the clock's new start and deadline are announced. Two
// kinds of correction are not: any correction of a deadline that was passed and
// still is, and one of less than newDeadline that does not change whether the
// deadline has passed. A clock that becomes overdue a second time gets a new
// AgainAt, so that its alerts have new keys even if the deadline is an old one.
func (c *Clock) announce(was *Clock, now time.Time) {
	moved := !c.Due.Equal(was.Due) || !c.Start.At.Equal(was.Start.At)
	switch {
	case c.Due.IsZero() || was.Due.IsZero() || !c.sameNews(was):
		c.Announced = Announced{}
	case moved:
		kept := was.InKeys()
		c.Announced = Announced{kept.Start.UTC(), kept.Due.UTC()}
	}
	if c.State == Overdue && was.State != Overdue && !c.BreachedAt.IsZero() {
		c.AgainAt = c.again(was, now)
	}
}

// sameNews reports whether the deadline counts as announced already.
func (c *Clock) sameNews(was *Clock) bool {
	switch {
	case was.State == Overdue && c.State == Overdue:
		return true
	case was.State == Overdue && c.State.Open(): // it is ahead again
		return false
	}
	return c.Due.Sub(was.InKeys().Due).Abs() < newDeadline
}

// again returns when the clock became overdue once more. It differs from the
// instant of the time before.
func (c *Clock) again(was *Clock, now time.Time) time.Time {
	passed := OverdueAt(c.Due)
	byTime := was.Due.Equal(c.Due) && was.State.Open()
	used := c.AgainAt
	if used.IsZero() {
		used = OverdueAt(c.BreachedAt)
	}
	if byTime && !passed.Equal(used) {
		return passed.UTC()
	}
	return now.UTC()
}

// AlertPrefix is the prefix of the keys of alerts about the clock's present
// deadline and, if it is overdue, about the present overdue period.
func (c *Clock) AlertPrefix() string {
	again := ""
	if c.State == Overdue && !c.AgainAt.IsZero() {
		again = fmt.Sprintf("/again/%d", c.AgainAt.UnixMilli())
	}
	return fmt.Sprintf("clock/%d%s/due/%d/", c.ID, again, c.InKeys().Due.UnixMilli())
}

// AlertInstant returns the planned instant in an alert's key, false if the key
// does not begin with the clock's AlertPrefix.
func (c *Clock) AlertInstant(key string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(key, c.AlertPrefix())
	if !ok {
		return time.Time{}, false
	}
	_, rest, _ = strings.Cut(rest, "/")
	text, _, _ := strings.Cut(rest, "/")
	ms, err := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(ms), err == nil
}
