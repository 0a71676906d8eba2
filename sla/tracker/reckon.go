package tracker

import (
	"errors"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// reckon brings every clock of the incident up to date with its facts and its
// notices. Deadlines are worked out anew, and missing clocks started, only
// where the facts moved: a clock never changes because a file did.
func (c *change) reckon() error {
	if !c.inc.CancelledAt.IsZero() {
		return nil
	}
	var applying []*sla.Promise // none when the vendor left the configuration
	if vendor, ok := c.Catalogue.Vendor(c.inc.Vendor); ok {
		applying = vendor.Applying(&c.inc.Times)
	}
	for _, p := range applying {
		duties := p.Duties()
		answers := c.answers(duties, p.Channels)
		for i := range duties {
			if err := c.reckonDuty(p, &duties[i], answers[i]); err != nil {
				return err
			}
		}
	}
	return c.settleRest(applying)
}

// answers returns for each stage of one promise the instant at which the
// notices so far fulfil it, zero while they do not. A notice that names no
// stage answers the first one that is open when it comes.
func (c *change) answers(duties []sla.Stage, channels sla.Channels) []time.Time {
	answers := make([]time.Time, len(duties))
	heard := make([][]sla.Notice, len(duties))
	for _, n := range c.inc.Notices {
		i := slices.IndexFunc(duties, func(s sla.Stage) bool { return s.ID == n.Stage })
		if i < 0 && n.Stage == "" {
			i = slices.IndexFunc(answers, time.Time.IsZero)
		}
		if i >= 0 {
			heard[i] = append(heard[i], n)
			answers[i] = channels.Fulfilled(c.inc.Scope, heard[i])
		}
	}
	return answers
}

// reckonDuty brings the clock of one stage up to date.
func (c *change) reckonDuty(p *sla.Promise, duty *sla.Stage, answer time.Time) error {
	i := c.indexOf(p.ID, duty.ID)
	isNew := i < 0
	if isNew {
		if !c.moved {
			return nil
		}
		i = len(c.inc.Clocks)
		c.inc.Clocks = append(c.inc.Clocks, sla.Clock{Incident: c.inc.ID, Promise: p.ID, Stage: duty.ID})
	}
	clock := &c.inc.Clocks[i]
	before := *clock
	clock.NoticeAt = answer
	start := c.start(p, duty)
	if !c.moved && start.At.Equal(clock.Start.At) {
		return c.settle(clock, before, clock.Deadline(), false)
	}
	d, err := c.explain(clock, p, duty, start)
	if err != nil {
		return err
	}
	return c.settle(clock, before, d, isNew)
}

// explain works out the deadline of one stage, and keeps with the clock how it
// came about and the terms that it follows from.
func (c *change) explain(clock *sla.Clock, p *sla.Promise, duty *sla.Stage, start sla.Start) (sla.Deadline, error) {
	d, explanation, err := p.ExplainStage(duty, &c.inc.Facts, start.At)
	if errors.Is(err, calendar.ErrRange) {
		return d, outOfRange(p, start)
	}
	if err != nil {
		return d, err
	}
	terms := p.Terms()
	clock.Terms, clock.Explanation = terms.Hash, explanation
	return d, c.tx.KeepTerms(c.ctx, terms)
}

// start is what a stage counts from: the promise's own start, or the notice
// for an earlier stage, zero until it came.
func (c *change) start(p *sla.Promise, duty *sla.Stage) sla.Start {
	if duty.After == "" {
		start, _ := c.inc.Times.Start(p.Start)
		return start
	}
	var answered time.Time
	if i := c.indexOf(p.ID, duty.After); i >= 0 {
		answered = c.inc.Clocks[i].NoticeAt
	}
	return sla.Start{At: answered, From: p.Start}
}

// indexOf finds the incident's clock for a stage of a promise; -1: none.
func (c *change) indexOf(promise, stage string) int {
	return slices.IndexFunc(c.inc.Clocks, func(k sla.Clock) bool { return k.Promise == promise && k.Stage == stage })
}

// settleRest brings the clocks up to date that no stage in force speaks for.
// Where the facts moved to a version of the promise that has no such stage,
// the clock no longer applies. Where the promise left the configuration, the
// clock keeps what it has, and any notice answers it.
func (c *change) settleRest(applying []*sla.Promise) error {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		before, d := *clock, clock.Deadline()
		in := slices.IndexFunc(applying, func(p *sla.Promise) bool { return p.ID == clock.Promise })
		if in >= 0 {
			if slices.ContainsFunc(applying[in].Duties(), func(s sla.Stage) bool { return s.ID == clock.Stage }) {
				continue
			}
			if c.moved {
				d = sla.Deadline{Start: clock.Start, State: sla.NotApplicable}
			}
		}
		clock.NoticeAt = c.answers([]sla.Stage{{ID: clock.Stage}}, sla.Channels{})[0]
		if err := c.settle(clock, before, d, false); err != nil {
			return err
		}
	}
	return nil
}
