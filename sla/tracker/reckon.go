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

// duty is one notice that a promise owes for an incident.
type duty struct {
	promise *sla.Promise
	stage   sla.Stage
	start   sla.Start // what it counts from; zero At: not known yet
	answer  time.Time // when the vendor's notices fulfilled it; zero: they have not
}

// duties lists what a promise owes for an incident. A stage that counts from
// an earlier one starts when that one was answered.
func duties(p *sla.Promise, inc *sla.Incident) []duty {
	stages := p.Duties()
	answers := answers(stages, p.Channels, inc)
	list := make([]duty, len(stages))
	for i, s := range stages {
		start, _ := inc.Times.Start(p.Start)
		if s.After != "" {
			start = sla.Start{From: p.Start}
			if after := indexOf(stages, s.After); after >= 0 {
				start.At = answers[after]
			}
		}
		list[i] = duty{promise: p, stage: s, start: start, answer: answers[i]}
	}
	return list
}

// answers returns for each stage of one promise the instant at which the
// notices so far fulfil it, zero while they do not. A notice that names no
// stage answers the first one that is open when it comes.
func answers(stages []sla.Stage, channels sla.Channels, inc *sla.Incident) []time.Time {
	answers := make([]time.Time, len(stages))
	heard := make([][]sla.Notice, len(stages))
	for _, n := range inc.Notices {
		i := indexOf(stages, n.Stage)
		if i < 0 && n.Stage == "" {
			i = slices.IndexFunc(answers, time.Time.IsZero)
		}
		if i >= 0 {
			heard[i] = append(heard[i], n)
			answers[i] = channels.Fulfilled(inc.Scope, heard[i])
		}
	}
	return answers
}

func indexOf(stages []sla.Stage, id string) int {
	return slices.IndexFunc(stages, func(s sla.Stage) bool { return s.ID == id })
}

// reckonDuty brings the clock of one duty up to date.
func (c *change) reckonDuty(d *duty) error {
	clock, isNew := c.clock(d)
	if clock == nil {
		return nil
	}
	before := *clock
	clock.NoticeAt = d.answer
	if !c.moved && d.start.At.Equal(clock.Start.At) {
		return c.settle(clock, before, clock.Deadline(), false)
	}
	deadline, err := c.explain(clock, d)
	if err != nil {
		return err
	}
	return c.settle(clock, before, deadline, isNew)
}

// clock finds the clock of a duty, or starts one. It is nil where there is
// none and no fact moved that would start it.
func (c *change) clock(d *duty) (clock *sla.Clock, isNew bool) {
	for i := range c.inc.Clocks {
		if k := &c.inc.Clocks[i]; k.Promise == d.promise.ID && k.Stage == d.stage.ID {
			return k, false
		}
	}
	if !c.moved {
		return nil, false
	}
	c.inc.Clocks = append(c.inc.Clocks, sla.Clock{Incident: c.inc.ID, Promise: d.promise.ID, Stage: d.stage.ID})
	return &c.inc.Clocks[len(c.inc.Clocks)-1], true
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
// clock keeps what it has, and any notice answers it.
func (c *change) settleRest(applying []*sla.Promise) error {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		before, deadline := *clock, clock.Deadline()
		in := slices.IndexFunc(applying, func(p *sla.Promise) bool { return p.ID == clock.Promise })
		if in >= 0 {
			if indexOf(applying[in].Duties(), clock.Stage) >= 0 {
				continue
			}
			if c.moved {
				deadline = sla.Deadline{Start: clock.Start, State: sla.NotApplicable}
			}
		}
		clock.NoticeAt = answers([]sla.Stage{{ID: clock.Stage}}, sla.Channels{}, c.inc)[0]
		if err := c.settle(clock, before, deadline, false); err != nil {
			return err
		}
	}
	return nil
}
