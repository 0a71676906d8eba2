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
		for _, d := range duties(p, c.inc) {
			if err := c.reckonDuty(&d); err != nil {
				return err
			}
		}
	}
	return c.settleRest(applying)
}

// reckonDuty brings the clock of one duty up to date.
func (c *change) reckonDuty(d *duty) error {
	clock, isNew := c.clock(d)
	if clock == nil {
		return nil
	}
	before := *clock
	deadline, err := c.deadline(clock, d)
	if err != nil {
		return err
	}
	clock.NoticeAt = d.answered(deadline)
	return c.settle(clock, before, deadline, isNew)
}

// deadline returns the deadline of a duty: as its clock has it, or worked out
// anew where a fact or the notice moved that it counts from. The end of its
// cadence is noted on what stands.
func (c *change) deadline(clock *sla.Clock, d *duty) (deadline sla.Deadline, err error) {
	ended := clock.Explanation.CadenceEnd()
	kept := !c.moved && d.start.At.Equal(clock.Start.At)
	switch {
	case kept && d.ended.Equal(ended):
		return clock.Deadline(), nil
	case kept && ended.IsZero():
		deadline = clock.Deadline()
	default:
		if deadline, err = c.explain(clock, d); err != nil {
			return deadline, err
		}
	}
	if !d.ended.IsZero() {
		d.end(&deadline)
		d.promise.NoteEnd(&clock.Explanation, d.final, d.ended)
	}
	return deadline, nil
}

// clock finds the clock of a duty, or starts one. It is nil where there is
// none and no fact moved that would start it. The next round of a cadence that
// has a clock needs no such fact: the notice starts it.
func (c *change) clock(d *duty) (clock *sla.Clock, isNew bool) {
	if clock := c.find(d.promise.ID, d.stage.ID); clock != nil {
		return clock, false
	}
	stage, round := sla.RoundOf(d.stage.ID)
	if !c.moved && (round == 1 || c.find(d.promise.ID, sla.RoundName(stage, round-1)) == nil) {
		return nil, false
	}
	c.inc.Clocks = append(c.inc.Clocks, sla.Clock{Incident: c.inc.ID, Promise: d.promise.ID, Stage: d.stage.ID})
	return &c.inc.Clocks[len(c.inc.Clocks)-1], true
}

// find returns a clock of the incident, nil where there is none.
func (c *change) find(promise, stage string) *sla.Clock {
	for i := range c.inc.Clocks {
		if k := &c.inc.Clocks[i]; k.Promise == promise && k.Stage == stage {
			return k
		}
	}
	return nil
}

// explain works out the deadline of a duty, and keeps with its clock how it
// came about and the terms that it follows from.
func (c *change) explain(clock *sla.Clock, d *duty) (sla.Deadline, error) {
	deadline, explanation, err := d.promise.ExplainStage(&d.stage, &c.inc.Facts, d.start.At)
	if errors.Is(err, calendar.ErrRange) {
		return deadline, outOfRange(d)
	}
	if err != nil {
		return deadline, err
	}
	clock.Explanation = explanation
	clock.Terms, err = c.keep(d.promise)
	return deadline, err
}

// settleRest brings the clocks up to date that no duty in force speaks for.
// Where the facts moved to a version of the promise that has no such stage,
// the clock no longer applies. Where the promise left the configuration, the
// clock keeps what it has, any notice answers it, and no round follows it.
func (c *change) settleRest(applying []*sla.Promise) error {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		before, deadline := *clock, clock.Deadline()
		in := slices.IndexFunc(applying, func(p *sla.Promise) bool { return p.ID == clock.Promise })
		if in >= 0 {
			if owes(applying[in], clock.Stage) {
				continue
			}
			if c.moved {
				deadline = sla.Deadline{Start: clock.Start, State: sla.NotApplicable}
			}
		}
		clock.NoticeAt = c.anyAnswer(clock)
		if err := c.settle(clock, before, deadline, false); err != nil {
			return err
		}
	}
	return nil
}

// owes reports whether the promise has the stage that a clock names.
func owes(p *sla.Promise, name string) bool {
	stages := p.Duties()
	stage, round := sla.RoundOf(name)
	i := indexOf(stages, stage)
	return i >= 0 && (round == 1 || stages[i].Every)
}

// anyAnswer is the first notice that may answer a clock without its promise:
// of one that counts from a notice, none before that one. An end of its cadence
// that answered it stands.
func (c *change) anyAnswer(clock *sla.Clock) time.Time {
	stage, _ := sla.RoundOf(clock.Stage)
	steps := clock.Explanation.Steps
	followsNotice := len(steps) > 0 && steps[0].Moment == sla.MomentNotice
	for _, n := range c.inc.Notices {
		if (n.Stage == "" || n.Stage == stage) && (!followsNotice || n.ReceivedAt.After(clock.Start.At)) {
			return n.ReceivedAt
		}
	}
	if clock.Due.IsZero() {
		return time.Time{}
	}
	return clock.Explanation.CadenceEnd()
}
