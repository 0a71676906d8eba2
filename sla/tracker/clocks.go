package tracker

import (
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
)

// settleAll brings the clocks to what the notices and the time ask for,
// without reckoning deadlines anew.
func (c *change) settleAll() error {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		if err := c.settle(clock, *clock, clock.Deadline(), false); err != nil {
			return err
		}
	}
	return nil
}

// settle brings one clock up to date: state, history, alerts and next step
// are stored together, so that none is ever without the others.
func (c *change) settle(clock *sla.Clock, before sla.Clock, d sla.Deadline, isNew bool) error {
	policies := c.Policies.For(c.inc, clock)
	clock.Settle(d, policies, c.inc.Acknowledged, c.now)
	if err := c.store(clock, before.State, isNew); err != nil {
		return err
	}
	if isNew || !clock.Due.Equal(before.Due) || !clock.Start.At.Equal(before.Start.At) {
		if err := c.record(kigen, sla.EventDeadline, describeDeadline(clock, &before)); err != nil {
			return err
		}
	}
	if !isNew && clock.State != before.State {
		if err := c.record(kigen, sla.EventState, describeState(clock, before.State)); err != nil {
			return err
		}
	}
	return c.raise(clock, policies)
}

func (c *change) store(clock *sla.Clock, was sla.State, isNew bool) error {
	if isNew {
		return c.tx.InsertClock(c.ctx, clock)
	}
	return c.tx.UpdateClock(c.ctx, clock, was)
}

// raise inserts what is to be told of the clock now. What was told before has
// the same key and is refused by the store; whoever was not among those that it
// was told to is told now.
func (c *change) raise(clock *sla.Clock, policies sla.Policies) error {
	for _, planned := range policies.Newest(clock, c.inc.Acknowledged, c.now) {
		told, err := c.tx.HasAlert(c.ctx, planned.Key(clock))
		if err != nil {
			return err
		}
		if told {
			err = c.catchUp(clock, planned)
		} else if err = c.supersede(clock, planned); err == nil {
			err = c.tell(clock, planned)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// catchUp tells what others were told to those whom no alert of this deadline
// has reached yet: a destination that a policy has gained since, or whose
// policy fits only now that a fact is known. Each has a key of its own, so it
// is told once. Where the others are at a repeat, what that repeats is told.
func (c *change) catchUp(clock *sla.Clock, planned sla.Planned) error {
	if planned.Repeats != nil {
		to := planned.To
		planned = *planned.Repeats
		planned.To = to
	}
	untold, err := c.tx.Untold(c.ctx, clock, planned.At, planned.To)
	if err != nil || len(untold) == 0 {
		return err
	}
	planned.To = untold
	if err := c.supersede(clock, planned); err != nil {
		return err
	}
	for _, to := range untold {
		planned.To = []string{to}
		alert := c.alert(clock, planned)
		alert.Key += "/to/" + to
		c.told = append(c.told, to)
		if _, err := c.tx.Raise(c.ctx, alert); err != nil {
			return err
		}
	}
	return nil
}

// supersede drops what is still to be sent and says less. That the incident
// was logged is news beside a warning, which may be of another clock; it is
// none any more to whoever reads that a deadline passed.
func (c *change) supersede(clock *sla.Clock, planned sla.Planned) error {
	if err := c.tx.Supersede(c.ctx, clock.ID, planned.To); err != nil || planned.Reason == sla.ReasonWarning {
		return err
	}
	return c.tx.SupersedeLogged(c.ctx, c.inc.ID, planned.To)
}

// tell raises the alert for what is planned. In place of a repeat of what
// nobody was ever told, it tells that, and keeps the repeat's key as told.
func (c *change) tell(clock *sla.Clock, planned sla.Planned) error {
	c.told = append(c.told, planned.To...)
	alert := c.alert(clock, planned)
	if planned.Repeats != nil {
		first := c.alert(clock, *planned.Repeats)
		first.To = planned.To
		isFirst, err := c.tx.Raise(c.ctx, first)
		if err != nil {
			return err
		}
		if isFirst {
			alert.To = nil
		}
	}
	_, err := c.tx.Raise(c.ctx, alert)
	return err
}

func (c *change) alert(clock *sla.Clock, planned sla.Planned) *sla.Alert {
	at := planned.At
	if c.moved { // what was only just learned could not be told any sooner
		at = c.now
	}
	return &sla.Alert{
		Key: planned.Key(clock), Reason: planned.Reason, Incident: c.inc.ID, Clock: clock.ID,
		DueAt: clock.Due, At: at, To: planned.To,
	}
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
	if err := c.record(kigen, sla.EventState, describeState(clock, was)); err != nil {
		return err
	}
	return c.tx.Supersede(c.ctx, clock.ID, nil)
}

// record adds a line to the incident's history.
func (c *change) record(actor string, kind sla.EventKind, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", kind, c.inc.ID, err)
	}
	event := &sla.Event{Incident: c.inc.ID, At: c.now, Actor: actor, Kind: kind, Body: text}
	if actor != kigen {
		event.Origin = OriginOf(c.ctx)
	}
	return c.tx.AppendEvent(c.ctx, event)
}
