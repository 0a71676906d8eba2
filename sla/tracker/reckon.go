package tracker

import (
	"errors"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// reckon updates every clock of the incident by its facts and notices. It works
// deadlines out again, and starts missing clocks, only if the facts changed: a
// change of the configuration alone never changes a clock.
func (c *change) reckon() error {
	if !c.inc.CancelledAt.IsZero() {
		return nil
	}
	var applying []*sla.Promise // empty if the vendor left the configuration
	if vendor, ok := c.Catalogue.Vendor(c.inc.Vendor); ok {
		applying = vendor.Applying(c.inc.Kind, &c.inc.Times)
	}
	for _, p := range applying {
		for _, d := range p.Owed(c.inc) {
			if err := c.reckonDuty(&d); err != nil {
				return err
			}
		}
	}
	if err := c.updateOthers(applying); err != nil {
		return err
	}
	return c.reckonOurs()
}

// reckonDuty updates the clock of one duty.
func (c *change) reckonDuty(d *sla.Duty) error {
	clock, isNew := c.clock(d)
	if clock == nil {
		return nil
	}
	before := *clock
	deadline, err := c.deadline(clock, d)
	if err != nil {
		return err
	}
	if c.shut {
		deadline = sla.Deadline{Start: deadline.Start, State: sla.NotApplicable}
	}
	clock.NotifiedAt, clock.Explanation.Answer = d.FulfilledAt(deadline), d.Answer
	return c.updateClock(clock, before, deadline, isNew)
}

// deadline returns the deadline of a duty: that of its clock, or a new one if a
// fact or the notice that it counts from changed, or if the calendar did not reach
// it. The end of a cadence is added to either.
func (c *change) deadline(clock *sla.Clock, d *sla.Duty) (deadline sla.Deadline, err error) {
	ended := clock.Explanation.CadenceEnd()
	kept := clock.Terms != "" && !c.moved && d.Start.At.Equal(clock.CountedFrom()) && !clock.OutOfReach()
	switch {
	case kept && d.EndedAt.Equal(ended):
		return clock.Deadline(), nil
	case kept && ended.IsZero():
		deadline = clock.Deadline()
	default:
		if deadline, err = c.explain(clock, d); err != nil {
			return deadline, err
		}
	}
	d.End(&deadline)
	d.NoteEnd(&clock.Explanation)
	return deadline, nil
}

// clock returns the clock of a duty, and starts one if the facts changed, or if clocks
// of new promises open. A later
// round of a cadence starts without a changed fact: the notice starts it.
// Otherwise it returns nil.
func (c *change) clock(d *sla.Duty) (clock *sla.Clock, isNew bool) {
	if clock := c.find(d.Promise.ID, d.Stage.ID); clock != nil {
		return clock, false
	}
	stage, round := sla.RoundOf(d.Stage.ID)
	if !c.moved && !c.opens && (round == 1 || c.find(d.Promise.ID, sla.RoundName(stage, round-1)) == nil) {
		return nil, false
	}
	c.inc.Clocks = append(c.inc.Clocks, sla.Clock{
		Incident: c.inc.ID, Promise: d.Promise.ID, Stage: d.Stage.ID, Waiver: c.wholeWaiver(d.Promise.ID),
	})
	return &c.inc.Clocks[len(c.inc.Clocks)-1], true
}

// find returns a clock of the incident, nil if it does not exist.
func (c *change) find(promise, stage string) *sla.Clock {
	for i := range c.inc.Clocks {
		if k := &c.inc.Clocks[i]; k.Promise == promise && k.Stage == stage {
			return k
		}
	}
	return nil
}

// explain works out the deadline of a duty, and stores with its clock the
// explanation and the terms.
func (c *change) explain(clock *sla.Clock, d *sla.Duty) (sla.Deadline, error) {
	deadline, explanation, err := d.Promise.ExplainStage(&d.Stage, &c.inc.Facts, d.Start.At)
	if errors.Is(err, calendar.ErrRange) { // not a reason to refuse the incident
		deadline, explanation = d.Promise.OutOfReach(&d.Stage, d.Start, &c.inc.Facts)
		err = nil
	}
	if err != nil {
		return deadline, err
	}
	clock.Explanation = explanation
	clock.Terms, err = c.keep(d.Promise)
	return deadline, err
}

// updateOthers updates the clocks that belong to no duty in force. If the changed
// facts select a version of the promise without the clock's stage, the clock
// becomes NotApplicable. If the promise left the configuration, the clock keeps its
// deadline, any notice answers it, and no further round starts.
func (c *change) updateOthers(applying []*sla.Promise) error {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		before, deadline := *clock, clock.Deadline()
		in := slices.IndexFunc(applying, func(p *sla.Promise) bool { return p.ID == clock.Promise })
		if in >= 0 {
			if applying[in].HasStage(clock.Stage) {
				continue
			}
			if c.moved {
				deadline = sla.Deadline{Start: clock.Start, State: sla.NotApplicable}
			}
		}
		clock.NotifiedAt = c.anyAnswer(clock)
		if err := c.updateClock(clock, before, deadline, false); err != nil {
			return err
		}
	}
	return nil
}

// anyAnswer is the first notice that can answer a clock whose promise is not
// configured; for a clock that counts from a notice, the first one after that. An
// earlier answer by the end of its cadence remains.
func (c *change) anyAnswer(clock *sla.Clock) time.Time {
	stage, _ := sla.RoundOf(clock.Stage)
	steps := clock.Explanation.Steps
	followsNotice := len(steps) > 0 && steps[0].Moment == sla.MomentNotice
	for _, n := range c.inc.Counted() {
		if (n.Stage == "" || n.Stage == stage) && (!followsNotice || n.ReceivedAt.After(clock.Start.At)) {
			return n.ReceivedAt
		}
	}
	ended := clock.Explanation.CadenceEnd()
	isFinal := func(n sla.Notice) bool { return n.ReceivedAt.Equal(ended) }
	if clock.Due.IsZero() || !slices.ContainsFunc(c.inc.Counted(), isFinal) {
		return time.Time{}
	}
	return ended
}
