package tracker

import (
	"context"
	"errors"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/phrase/localizer"
)

const (
	// wallSlack is how far the wall clock may go back without consequences: time
	// services correct clocks by seconds.
	wallSlack = 2 * time.Minute
	// LongestStepBack is how far it may go back and still be trusted. A clock in
	// local time instead of UTC is wrong by 14 hours at most; one that is further
	// back has lost its battery.
	LongestStepBack = 24 * time.Hour
)

// ClockError means that the wall clock lies too far before the newest decision to be
// trusted: nothing is logged and no deadline is judged.
type ClockError struct {
	Now     time.Time // by the wall clock
	Reached time.Time // the newest instant at which something was decided
}

func (e *ClockError) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e *ClockError) In(lang string) string { return e.Message().In(lang) }

// Message states the fault and the remedy, with instants in UTC.
func (e *ClockError) Message() localizer.Message {
	return localizer.Messagef("the wall clock says %s, but the database holds records of %s: set the clock. "+
		"Until then no incident is logged and no deadline is evaluated. If the clock is right and was ahead before, run kigen db accept-clock",
		e.Now.UTC().Format(time.RFC3339), e.Reached.UTC().Format(time.RFC3339))
}

// WallReader reads which decisions lie ahead of the wall clock.
type WallReader interface {
	// Reached is the newest instant at which something was decided; zero: none.
	Reached(ctx context.Context) (time.Time, error)
	// Premature returns, in order, the ids of at most limit incidents after the given
	// one that have an open clock with a stamp or an alert that may lie after now.
	// Incidents that are put aside are left out.
	Premature(ctx context.Context, now time.Time, after sla.IncidentID, limit int) ([]sla.IncidentID, error)
}

// WallWriter corrects the decisions that were made while the wall clock was ahead.
type WallWriter interface {
	// Reach records that something was decided at now.
	Reach(ctx context.Context, now time.Time) error
	// Withdraw takes back the decisions about an open clock that lie after now: the
	// stamp of a breach, which is removed from c, and alerts, by the instants in
	// their keys, which then count as never raised. It reports whether there was any.
	Withdraw(ctx context.Context, c *sla.Clock, now time.Time) (bool, error)
	// StepBack makes now the newest instant of a decision, plans every ticking clock
	// again, and releases deliveries whose wait is longer than any that now allows.
	StepBack(ctx context.Context, now time.Time) error
}

// wall compares the wall clock with the newest decision: back reports that the
// clock went back and can be trusted.
func (t *Tracker) wall(ctx context.Context, r WallReader, now time.Time) (back bool, err error) {
	reached, err := r.Reached(ctx)
	if err != nil || !now.Before(reached.Add(-wallSlack)) {
		return false, err
	}
	if now.Before(reached.Add(-LongestStepBack)) && t.Vouched != nil && !t.Vouched(now) {
		return false, &ClockError{Now: now, Reached: reached}
	}
	return true, nil
}

// CheckClock returns a ClockError if the wall clock can't be trusted.
func (t *Tracker) CheckClock(ctx context.Context) error {
	return t.Store.View(ctx, func(r Reader) error {
		_, err := t.wall(ctx, r, t.now())
		return err
	})
}

// lookAgain takes back the decisions that lie after now, of all incidents.
func (t *Tracker) lookAgain(ctx context.Context, now time.Time) error {
	for after := sla.IncidentID(0); ; {
		var ids []sla.IncidentID
		err := t.Store.View(ctx, func(r Reader) (err error) {
			ids, err = r.Premature(ctx, now, after, stepBatch)
			return err
		})
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return t.Store.Update(ctx, func(tx Tx) error { return tx.StepBack(ctx, now) })
		}
		after = ids[len(ids)-1]
		for _, id := range ids {
			if err := t.withdraw(ctx, id, now); err != nil {
				return err
			}
		}
	}
}

// withdraw takes back those of one incident, in a separate transaction.
func (t *Tracker) withdraw(ctx context.Context, id sla.IncidentID, now time.Time) error {
	err := safely(func() error {
		return t.Store.Update(ctx, func(tx Tx) error {
			inc, err := tx.Incident(ctx, id)
			if err != nil {
				return err
			}
			c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: now, by: byKigen()}
			if err := c.withdraw(); err != nil {
				return err
			}
			return tx.QueueUpdates(ctx, id, now)
		})
	})
	if err != nil {
		return t.putAside(ctx, Aside{Incident: id}, err, now)
	}
	return nil
}

// withdraw takes back the decisions about the incident's clocks that lie after now,
// and updates the clocks.
func (c *change) withdraw() error {
	for _, clock := range c.inc.AllClocks() {
		body := history.Premature{Promise: clock.Promise, Stage: clock.Stage, State: clock.State, Due: history.UTC(clock.Due)}
		stamp := clock.BreachedAt
		withdrawn, err := c.tx.Withdraw(c.ctx, clock, c.now)
		if err != nil {
			return err
		}
		if !withdrawn {
			continue
		}
		if clock.BreachedAt.IsZero() {
			body.Breached = history.UTC(stamp)
		}
		if err := c.record(kigen, sla.EventPremature, body); err != nil {
			return err
		}
	}
	return c.updateClocks()
}

// isClockError reports whether the wall clock can't be trusted.
func isClockError(err error) bool {
	var wrong *ClockError
	return errors.As(err, &wrong)
}
