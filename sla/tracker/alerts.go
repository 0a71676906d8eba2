package tracker

import (
	"context"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
)

// AlertReader reads which alerts were raised.
type AlertReader interface {
	// HasAlert reports whether an alert with this key was ever raised.
	HasAlert(ctx context.Context, key string) (bool, error)
	// NotAlerted returns those of the destinations that got no alert of the clock's
	// announced deadline whose key holds the instant since or a later one.
	NotAlerted(ctx context.Context, clock *sla.Clock, since time.Time, to []string) ([]string, error)
	// NotAnnounced returns those of the destinations that got no alert about the
	// incident, or only alerts that were superseded before they arrived.
	NotAnnounced(ctx context.Context, id sla.IncidentID, to []string) ([]string, error)
	// FreeKey returns the key under which an alert of this key is raised: the same
	// key, or another one where the alert of that key was premature.
	FreeKey(ctx context.Context, key string) (string, error)
}

// AlertWriter raises and supersedes alerts.
type AlertWriter interface {
	// Raise stores an alert and one pending delivery for each of its destinations.
	// It reports false, and stores nothing, when the key exists.
	Raise(ctx context.Context, a *outbox.Alert) (bool, error)
	// Supersede marks the clock's posts at these destinations (nil: at all) as
	// superseded if they did not arrive. A post that may have arrived is superseded
	// once it is known that it did not.
	Supersede(ctx context.Context, clock sla.ClockID, to []string) error
	// Revive makes the alert's posts at these destinations pending again, due at the
	// given instant, where Supersede ended them before they arrived.
	Revive(ctx context.Context, key string, to []string, at time.Time) error
	// SupersedeLogged does the same to the incident's own posts, which announce
	// that it was logged.
	SupersedeLogged(ctx context.Context, id sla.IncidentID, to []string) error
	// MovePast makes the alerts for the summary of an import due at a destination
	// at the given instant, those that were due before another one.
	MovePast(ctx context.Context, imported, to string, before, at time.Time) error
	// QueueUpdates adds a pending Update for every post of the incident that
	// was sent or is being sent, unless one is pending already.
	QueueUpdates(ctx context.Context, id sla.IncidentID, at time.Time) error
}

// raise inserts the clock's alerts that are due now. An alert that was raised
// before has the same key; then only the destinations that got no alert yet
// are added.
func (c *change) raise(clock *sla.Clock, policies policy.Policies) error {
	for _, planned := range policies.Newest(clock, c.inc.Acknowledged, c.now) {
		key, err := c.key(clock, planned.Key(clock))
		if err != nil {
			return err
		}
		raised, err := c.tx.HasAlert(c.ctx, key)
		if err != nil {
			return err
		}
		if raised {
			if err = c.revive(clock, planned, key); err == nil {
				err = c.catchUp(clock, planned)
			}
		} else if err = c.supersede(clock, planned); err == nil {
			err = c.raiseFirst(clock, planned)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// catchUp alerts destinations that have not been alerted about this deadline
// yet: those that a policy gained later, or whose policy matches only now that
// a fact is known. Each gets an alert with a key of its own, so it gets one
// only. In place of a repeat it gets the alert that the repeat repeats.
func (c *change) catchUp(clock *sla.Clock, planned policy.Planned) error {
	if planned.Repeats != nil {
		to := planned.To
		planned = *planned.Repeats
		planned.To = to
	}
	missing, err := c.tx.NotAlerted(c.ctx, clock, planned.Since(), planned.To)
	if err != nil || len(missing) == 0 {
		return err
	}
	planned.To = missing
	if err := c.supersede(clock, planned); err != nil {
		return err
	}
	for _, to := range missing {
		planned.To = []string{to}
		alert, err := c.alert(clock, planned, "/to/"+to)
		if err != nil {
			return err
		}
		c.alerted = append(c.alerted, to)
		if _, err := c.tx.Raise(c.ctx, alert); err != nil {
			return err
		}
	}
	return nil
}

// revive sends the alert after all where a cancellation or a waiver that is taken back
// now ended its posts before they arrived: its key is used, so it is not raised again.
func (c *change) revive(clock *sla.Clock, planned policy.Planned, key string) error {
	if !c.corrected {
		return nil
	}
	alert, err := c.alert(clock, planned, "")
	if err != nil {
		return err
	}
	at := c.now
	if alert.NotBefore.After(at) {
		at = alert.NotBefore
	}
	return c.tx.Revive(c.ctx, key, planned.To, at)
}

// supersede drops pending posts that the planned alert makes obsolete. A
// warning leaves the post that the incident was logged, because the warning may
// be about another clock; an overdue deadline makes that post obsolete, too.
func (c *change) supersede(clock *sla.Clock, planned policy.Planned) error {
	if err := c.tx.Supersede(c.ctx, clock.ID, planned.To); err != nil || planned.Reason == outbox.ReasonWarning {
		return err
	}
	return c.tx.SupersedeLogged(c.ctx, c.inc.ID, planned.To)
}

// raiseFirst raises a planned alert whose key is new. Where it repeats an alert
// that was never raised, it raises that one, and stores the repeat without
// destinations, so that its key counts as raised.
func (c *change) raiseFirst(clock *sla.Clock, planned policy.Planned) error {
	c.alerted = append(c.alerted, planned.To...)
	alert, err := c.alert(clock, planned, "")
	if err != nil {
		return err
	}
	if planned.Repeats != nil {
		first, err := c.alert(clock, *planned.Repeats, "")
		if err != nil {
			return err
		}
		first.To = planned.To
		isFirst, err := c.tx.Raise(c.ctx, first)
		if err != nil {
			return err
		}
		if isFirst {
			alert.To = nil
		}
	}
	_, err = c.tx.Raise(c.ctx, alert)
	return err
}

// raiseLogged raises the alert that the incident was logged at the destinations
// that got no alert about one of its clocks in the same transaction.
func (c *change) raiseLogged() error {
	if !c.inc.Current() {
		return nil
	}
	for _, planned := range c.Policies.Logged(c.inc, c.now) {
		if err := c.announce(planned, planned.To); err != nil {
			return err
		}
	}
	return nil
}

// announce raises the alert that the incident was logged at these destinations, but
// for those that got an alert about one of its clocks in the same transaction.
func (c *change) announce(planned policy.Planned, to []string) error {
	to = slices.DeleteFunc(to, func(to string) bool { return slices.Contains(c.alerted, to) })
	if len(to) == 0 {
		return nil
	}
	_, err := c.tx.Raise(c.ctx, &outbox.Alert{
		Key: planned.LoggedKey(c.inc.ID), Reason: planned.Reason, Incident: c.inc.ID, At: planned.At, To: to,
	})
	return err
}

// key returns the key under which an alert of a clock is raised. Only a clock with
// premature alerts asks the store for it.
func (c *change) key(clock *sla.Clock, key string) (string, error) {
	if clock.PrematureAt.IsZero() {
		return key, nil
	}
	return c.tx.FreeKey(c.ctx, key)
}

// alert builds the planned alert of a clock. Its At is the planned instant, but
// not before the clock became overdue again, and now where the facts changed, or a
// correction made the deadline count, just now: kigen could not alert any sooner.
// AgainAt counts only while the clock
// is overdue: later it lies in the past, or in a future that was taken back. At
// is never after now, so that an AgainAt of a wall clock that was ahead does not
// delay the message.
func (c *change) alert(clock *sla.Clock, planned policy.Planned, suffix string) (*outbox.Alert, error) {
	at := planned.At
	if clock.State == sla.Overdue && at.Before(clock.AgainAt) {
		at = clock.AgainAt
	}
	if c.moved || c.corrected || at.After(c.now) {
		at = c.now
	}
	key, err := c.key(clock, planned.Key(clock)+suffix)
	return &outbox.Alert{
		Key: key, Reason: planned.Reason, Incident: c.inc.ID, Clock: clock.ID,
		DueAt: clock.Due, At: at, To: planned.To,
	}, err
}
