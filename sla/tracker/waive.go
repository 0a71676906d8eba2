package tracker

import (
	"context"
	"slices"
	"strings"

	"kigen/sla"
	"kigen/sla/history"
)

// Waive releases the vendor from a promise for this incident, or from the one stage of
// it: the clock alerts no more, and counts neither as kept nor as broken. An empty
// stage waives the whole promise, with the rounds and stages that start later.
func (t *Tracker) Waive(ctx context.Context, by Request, id sla.IncidentID, promise, stage, reason string) (*sla.Incident, error) {
	body := history.Waived{Promise: promise, Stage: stage, Reason: strings.TrimSpace(reason)}
	return t.changeIncident(ctx, by, UseWaive, id, func(c *change) error {
		problems := c.checkClock(&body)
		if len(problems) == 0 && !slices.ContainsFunc(c.inc.Clocks, func(k sla.Clock) bool {
			return body.Names(k.Promise, k.Stage) && k.Waiver.At.IsZero() && k.State.Waivable()
		}) {
			problems = append(problems, nothingToWaive(&body)...)
		}
		problems.checkReason(body.Reason)
		if len(problems) > 0 {
			return problems
		}
		if err := c.record(c.by.Actor, sla.EventWaived, body); err != nil {
			return err
		}
		return c.setWaivers(&body, func(k *sla.Clock) sla.Waiver {
			if !body.Names(k.Promise, k.Stage) || !k.Waiver.At.IsZero() {
				return k.Waiver
			}
			return body.Waiver(c.by.Actor, c.now)
		})
	})
}

// Unwaive lifts the waiver of a promise for this incident, or of one stage of it: the
// states are decided anew, and alerts about deadlines that have passed meanwhile are
// raised at once.
func (t *Tracker) Unwaive(ctx context.Context, by Request, id sla.IncidentID, promise, stage, reason string) (*sla.Incident, error) {
	body := history.Waived{Promise: promise, Stage: stage, Reason: strings.TrimSpace(reason)}
	return t.changeIncident(ctx, by, UseUnwaive, id, func(c *change) error {
		problems := c.checkClock(&body)
		if len(problems) == 0 && !slices.ContainsFunc(c.inc.Clocks, func(k sla.Clock) bool {
			return body.Names(k.Promise, k.Stage) && !k.Waiver.At.IsZero()
		}) {
			problems = append(problems, nothingToLift(&body)...)
		}
		problems.checkReason(body.Reason)
		if len(problems) > 0 {
			return problems
		}
		c.corrected = true
		if err := c.record(c.by.Actor, sla.EventUnwaived, body); err != nil {
			return err
		}
		return c.setWaivers(&body, func(k *sla.Clock) sla.Waiver { return body.Lifted(k.Stage, k.Waiver) })
	})
}

// setWaivers gives each clock of the promise its waiver, and decides the states of
// those that change. Posts about waived clocks that did not arrive are superseded.
func (c *change) setWaivers(body *history.Waived, waiver func(*sla.Clock) sla.Waiver) error {
	for i := range c.inc.Clocks {
		clock := &c.inc.Clocks[i]
		before := *clock
		if clock.Promise != body.Promise {
			continue
		}
		if clock.Waiver = waiver(clock); clock.Waiver == before.Waiver {
			continue
		}
		if err := c.updateClock(clock, before, clock.Deadline(), false); err != nil {
			return err
		}
		if clock.State != sla.Waived {
			continue
		}
		if err := c.tx.Supersede(c.ctx, clock.ID, nil); err != nil {
			return err
		}
	}
	return nil
}

// wholeWaiver is the waiver of the whole promise, which its later clocks share.
func (c *change) wholeWaiver(promise string) sla.Waiver {
	for i := range c.inc.Clocks {
		if k := &c.inc.Clocks[i]; k.Promise == promise && k.Waiver.Whole {
			return k.Waiver
		}
	}
	return sla.Waiver{}
}

// checkClock refuses a promise or a stage without a clock.
func (c *change) checkClock(body *history.Waived) (problems Invalid) {
	problems = c.checkStands("state")
	var promises, stages []string
	for i := range c.inc.Clocks {
		k := &c.inc.Clocks[i]
		if !slices.Contains(promises, k.Promise) {
			promises = append(promises, k.Promise)
		}
		if k.Promise == body.Promise && k.Stage != "" {
			stages = append(stages, k.Stage)
		}
	}
	switch known := strings.Join(promises, ", "); {
	case len(promises) == 0:
		problems.Addf("promise", body.Promise, "has no clock: %s has none", c.inc.ID)
	case !slices.Contains(promises, body.Promise):
		problems.Addf("promise", body.Promise, "has no clock in %s: use one of %s", c.inc.ID, known)
	case body.Stage != "" && len(stages) == 0:
		problems.Addf("stage", body.Stage, "is not a stage of %s, which has none: leave it out", body.Promise)
	case body.Stage != "" && !slices.Contains(stages, body.Stage):
		problems.Addf("stage", body.Stage, "has no clock in %s: use one of %s, or leave it out for the whole promise", c.inc.ID, strings.Join(stages, ", "))
	}
	return problems
}

// clockField names the clock in a problem: the field of the input and its value.
func clockField(b *history.Waived) (field, value string) {
	if b.Stage != "" {
		return "stage", b.Stage
	}
	return "promise", b.Promise
}

func nothingToWaive(b *history.Waived) (problems Invalid) {
	field, value := clockField(b)
	problems.Addf(field, value, "has no deadline to waive: it is waived already, does not apply or promises no time")
	return problems
}

func nothingToLift(b *history.Waived) (problems Invalid) {
	field, value := clockField(b)
	problems.Addf(field, value, "is not waived: there is nothing to lift")
	return problems
}
