package tracker

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// reckon works out every deadline of the incident anew, starts clocks that
// are missing, and brings all of them up to date.
func (c *change) reckon() error {
	if !c.inc.CancelledAt.IsZero() {
		return nil
	}
	vendor, ok := c.Catalogue.Vendor(c.inc.Vendor)
	if !ok { // it was removed from the configuration: the clocks keep what they have
		return c.settleAll()
	}
	applying := vendor.Applying(&c.inc.Times)
	for _, promise := range applying {
		for _, duty := range promise.Duties() {
			if err := c.reckonDuty(promise, &duty); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *change) reckonDuty(p *sla.Promise, duty *sla.Stage) error {
	d, explanation, err := p.ExplainStage(duty, &c.inc.Facts, c.answeredAt(p.ID, duty.After))
	if errors.Is(err, calendar.ErrRange) {
		return outOfRange(p, c.start(p))
	}
	if err != nil {
		return err
	}
	terms := p.Terms()
	if err := c.tx.KeepTerms(c.ctx, terms); err != nil {
		return err
	}
	clock, isNew := c.clock(p.ID, duty.ID)
	before := *clock
	clock.Terms, clock.Explanation = terms.Hash, explanation
	clock.NoticeAt = c.answer(p, duty.ID)
	return c.settle(clock, before, d, isNew)
}

func (c *change) start(p *sla.Promise) sla.Start {
	start, _ := c.inc.Times.Start(p.Start)
	return start
}

// clock finds the incident's clock for a stage of a promise, or adds one.
func (c *change) clock(promise, stage string) (clock *sla.Clock, isNew bool) {
	clocks := &c.inc.Clocks
	i := slices.IndexFunc(*clocks, func(k sla.Clock) bool { return k.Promise == promise && k.Stage == stage })
	if i < 0 {
		*clocks = append(*clocks, sla.Clock{Incident: c.inc.ID, Promise: promise, Stage: stage})
		return &(*clocks)[len(*clocks)-1], true
	}
	return &(*clocks)[i], false
}

// answeredAt is when the notice for another stage of the promise came; zero
// when it did not, or when there is no such stage.
func (c *change) answeredAt(promise, stage string) time.Time {
	for _, k := range c.inc.Clocks {
		if stage != "" && k.Promise == promise && k.Stage == stage {
			return k.NoticeAt
		}
	}
	return time.Time{}
}

// answer is the instant at which the notices so far fulfil a stage; zero
// while they do not. A notice without a stage answers the first stage.
func (c *change) answer(p *sla.Promise, stage string) time.Time {
	var matching []sla.Notice
	for _, n := range c.inc.Notices {
		if n.Stage == stage || n.Stage == "" && stage == p.Duties()[0].ID {
			matching = append(matching, n)
		}
	}
	return p.Channels.Fulfilled(c.inc.Scope, matching)
}

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
	clock.Settle(d, c.Policies, c.inc.Acknowledged, c.now)
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
	return c.raise(clock)
}

func (c *change) store(clock *sla.Clock, was sla.State, isNew bool) error {
	if isNew {
		return c.tx.InsertClock(c.ctx, clock)
	}
	return c.tx.UpdateClock(c.ctx, clock, was)
}

// raise inserts what is to be told of the clock now. What was told before has
// the same key and is refused by the store.
func (c *change) raise(clock *sla.Clock) error {
	for _, planned := range c.Policies.Newest(clock, c.inc.Acknowledged, c.now) {
		alert := &sla.Alert{
			Key: planned.Key(clock), Reason: planned.Reason, Incident: c.inc.ID, Clock: clock.ID,
			DueAt: clock.Due, At: planned.At, To: planned.To,
		}
		told, err := c.tx.HasAlert(c.ctx, alert.Key)
		if err != nil || told {
			if err != nil {
				return err
			}
			continue
		}
		if err := c.tx.Supersede(c.ctx, clock.ID, planned.To); err != nil {
			return err
		}
		if _, err := c.tx.Raise(c.ctx, alert); err != nil {
			return err
		}
	}
	return nil
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
	return c.tx.AppendEvent(c.ctx, &sla.Event{
		Incident: c.inc.ID, At: c.now, Actor: actor, Kind: kind, Body: text,
	})
}
