package tracker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
)

// Reopen takes back the cancellation of an incident. Its clocks keep their deadlines;
// their states are decided anew, and alerts about deadlines that have passed
// meanwhile are raised at once.
func (t *Tracker) Reopen(ctx context.Context, by Request, id sla.IncidentID, reason string) (*sla.Incident, error) {
	reason = strings.TrimSpace(reason)
	return t.changeIncident(ctx, by, UseReopen, id, func(c *change) error {
		problems := c.checkCancelled()
		problems.checkReason(reason)
		if len(problems) > 0 {
			return problems
		}
		states, err := c.cancelledFrom()
		if err != nil {
			return err
		}
		c.inc.CancelledAt, c.inc.CancelReason, c.corrected = time.Time{}, "", true
		if err := c.record(c.by.Actor, sla.EventReopened, map[string]any{"reason": reason}); err != nil {
			return err
		}
		for _, clock := range c.inc.AllClocks() {
			if err := c.reopenClock(clock, states); err != nil {
				return err
			}
		}
		return c.announceAgain()
	})
}

func (c *change) checkCancelled() (problems Invalid) {
	if c.inc.CancelledAt.IsZero() {
		problems.Addf("state", "", "%s is not cancelled: only a cancelled incident can be reopened", c.inc.ID)
	}
	return problems
}

// cancelledFrom returns, by clock, the state that the cancellation ended. A clock
// without a deadline has no other record of its state than the history.
func (c *change) cancelledFrom() (map[history.ClockKey]sla.State, error) {
	events, err := c.tx.Events(c.ctx, c.inc.ID)
	if err != nil {
		return nil, err
	}
	states, err := history.CancelledFrom(events)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.inc.ID, err)
	}
	return states, nil
}

// reopenClock decides the state of one clock anew.
func (c *change) reopenClock(clock *sla.Clock, states map[history.ClockKey]sla.State) error {
	before := *clock
	if before.State != sla.Cancelled {
		return nil
	}
	key := history.ClockKey{Promise: clock.Promise, Stage: clock.Stage}
	was, known := states[key]
	if !known && clock.Due.IsZero() {
		return fmt.Errorf("reopen %s: its history does not tell the state of %s before the cancellation", c.inc.ID, key)
	}
	clock.State = was
	deadline := clock.Deadline()
	clock.Reopen()
	return c.updateClock(clock, before, deadline, false)
}

// announceAgain raises the alert that the incident was logged where the cancellation
// superseded it before it arrived.
func (c *change) announceAgain() error {
	for _, planned := range c.Policies.Logged(c.inc, c.now) {
		to, err := c.tx.NotAnnounced(c.ctx, c.inc.ID, planned.To)
		if err != nil {
			return err
		}
		if err := c.announce(planned, to); err != nil {
			return err
		}
	}
	return nil
}
