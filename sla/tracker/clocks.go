package tracker

import (
	"context"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/history"
)

// ClockReader reads which clocks have a planned step.
type ClockReader interface {
	// DueIncidents returns, soonest first, the ids of at most limit incidents with
	// a clock whose NextStepAt is at or before now. Incidents that are put aside are
	// left out.
	DueIncidents(ctx context.Context, now time.Time, limit int) ([]sla.IncidentID, error)
	// NextStep returns the earliest NextStepAt of all clocks, or the next retry of
	// an incident that is put aside; false when none is planned.
	NextStep(ctx context.Context) (time.Time, bool, error)
}

// ClockWriter stores clocks.
type ClockWriter interface {
	// InsertClock stores a new clock and sets its ID.
	InsertClock(ctx context.Context, c *sla.Clock) error
	// UpdateClock stores the clock if it is still in state was; otherwise ErrConflict.
	// A stored BreachedAt is never cleared or changed.
	UpdateClock(ctx context.Context, c *sla.Clock, was sla.State) error
	// AdoptPolicies moves the next step of every ticking clock to the given instant
	// or later, batch clocks at a time with a pause between, those that are due first
	// before the others; no step moves to a later instant than it had. It does
	// nothing if fingerprint is that of the policies adopted before.
	AdoptPolicies(ctx context.Context, fingerprint string, from time.Time, batch int, pause time.Duration) error
}

// updateClocks brings the clocks up to date with the notices and the time,
// without working out their deadlines again.
func (c *change) updateClocks() error {
	for _, clock := range c.inc.AllClocks() {
		if err := c.updateClock(clock, *clock, clock.Deadline(), false); err != nil {
			return err
		}
	}
	return nil
}

// step applies the passing of time. The deadline of a clock that its calendar
// did not reach is worked out again, because the calendar may have changed.
func (c *change) step() error {
	if slices.ContainsFunc(c.inc.AllClocks(), (*sla.Clock).OutOfReach) {
		if err := c.reckon(); err != nil {
			return err
		}
	}
	return c.updateClocks()
}

// updateClock brings one clock up to date with deadline d. State, history,
// alerts and next step are stored in the same transaction.
func (c *change) updateClock(clock *sla.Clock, before sla.Clock, d sla.Deadline, isNew bool) error {
	policies := c.Policies.For(c.inc, clock)
	if c.inc.Import.Past(d.Due) {
		policies = nil // the summary of the import names it
	}
	clock.Settle(d, policies, c.inc.Acknowledged, c.now)
	if err := c.storeClock(clock, before.State, isNew); err != nil {
		return err
	}
	if isNew || !clock.Due.Equal(before.Due) || !clock.Start.At.Equal(before.Start.At) {
		if err := c.record(kigen, sla.EventDeadline, history.DescribeDeadline(clock, &before)); err != nil {
			return err
		}
	}
	if !isNew && clock.State != before.State {
		if err := c.record(kigen, sla.EventState, history.DescribeState(clock, before.State)); err != nil {
			return err
		}
	}
	return c.raise(clock, policies)
}

func (c *change) storeClock(clock *sla.Clock, was sla.State, isNew bool) error {
	if isNew {
		return c.tx.InsertClock(c.ctx, clock)
	}
	return c.tx.UpdateClock(c.ctx, clock, was)
}

func (c *change) cancelClock(clock *sla.Clock) error {
	was := clock.State
	if was == sla.Cancelled {
		return nil
	}
	clock.State, clock.NextStepAt = sla.Cancelled, time.Time{}
	if err := c.tx.UpdateClock(c.ctx, clock, was); err != nil {
		return err
	}
	if err := c.record(kigen, sla.EventState, history.DescribeState(clock, was)); err != nil {
		return err
	}
	return c.tx.Supersede(c.ctx, clock.ID, nil)
}
