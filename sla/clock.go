package sla

import (
	"slices"
	"time"
)

// State is the state of a clock.
type State string

// The states of a clock.
const (
	Pending       State = "pending"        // its start is unknown, or its calendar does not reach the deadline
	Running       State = "running"        // due is in the future
	AtRisk        State = "at_risk"        // due is in the future, a warning threshold has passed
	Overdue       State = "overdue"        // due has passed, no notice
	Met           State = "met"            // notice in time
	Late          State = "late"           // notice after due
	NoCommitment  State = "no_commitment"  // the vendor promised no time
	NotApplicable State = "not_applicable" // the gate is shut
	Cancelled     State = "cancelled"      // the incident was cancelled
	Waived        State = "waived"         // we released the vendor from this promise
)

// States lists all states in the order in which a board shows them: first those
// that require action, last the closed ones.
var States = [...]State{Overdue, AtRisk, Running, Pending, Late, Met, NoCommitment, NotApplicable, Waived, Cancelled}

// Open reports whether the passing of time can still change the state.
func (s State) Open() bool {
	return s == Pending || s == Running || s == AtRisk || s == Overdue
}

// ClockID numbers the clocks of one database.
type ClockID int64

// Clock is one promise, or one stage of it, applied to one incident. A stage
// that is a cadence has a clock for each round, named by RoundName; a round's
// clock is created when the round before it is answered.
type Clock struct {
	ID       ClockID
	Incident IncidentID
	Promise  string // id in the catalogue
	Stage    string // empty for a promise without stages; a cadence's rounds are ID, ID#2, ID#3 … (RoundOf)
	Terms    string // content hash of the promise and calendar version that the deadline follows from

	State      State
	Start      Start     // zero At: unknown
	Due        time.Time // in the calendar's zone; zero: none
	BreachedAt time.Time // the due instant, stamped when it passed; never erased once it is true
	// PrematureAt is the instant at which later decisions about the clock were taken
	// back, because the wall clock had been ahead; zero: never.
	PrematureAt time.Time
	NotifiedAt  time.Time // when the notice that stopped the clock reached us
	Waiver      Waiver    // by which we released the vendor from the deadline

	Explanation Explanation
	NextStepAt  time.Time // when time alone next changes something; zero: never

	Announced Announced // start and due that the keys of its alerts hold; zero Due: Start and Due
	AgainAt   time.Time // when the clock became overdue again after a correction; zero: it has not
}

// Waiver records that we released the vendor from a promise for one incident. A zero At
// means that we did not.
type Waiver struct {
	At     time.Time
	By     string
	Reason string
	Whole  bool // of the whole promise: clocks that start later are waived, too
}

// Waivable reports whether a waiver changes a clock in this state: its deadline counts,
// or will count.
func (s State) Waivable() bool { return s.Open() || s == Met || s == Late }

// Basis says how well the clock's state is founded: a breach by the facts that
// bound it, every other state by each part of the rule that decided the due.
func (c *Clock) Basis() Basis {
	bounds := &c.Explanation.Bounds
	if !bounds.Assumed || c.State == Late && bounds.passed(c.NotifiedAt) || c.State == Overdue && bounds.Proven {
		if bounds.Assumed && c.Start.Basis == Assumed {
			return Stated // only known facts bound the deadline
		}
		return c.Start.Basis
	}
	return Assumed
}

// Assumed reports whether the clock's state rests on an assumption.
func (c *Clock) Assumed() bool { return c.Basis() == Assumed }

// NotProvable reports whether a breach rests on an assumption: by the known facts,
// the vendor may have kept the promise.
func (c *Clock) NotProvable() bool {
	return (c.State == Late || c.State == Overdue) && c.Assumed()
}

// ProvableDue is the deadline after which late is provable; zero where none is.
func (c *Clock) ProvableDue() time.Time {
	switch bounds := &c.Explanation.Bounds; {
	case bounds.Assumed:
		return bounds.Until
	case c.Start.Basis == Assumed:
		return time.Time{}
	}
	return c.Due
}

// passed reports whether the bound lies before an instant.
func (b *Bounds) passed(at time.Time) bool { return !b.Until.IsZero() && !InTime(b.Until, at) }

// CountedFrom is the start of the promise or stage that the clock was reckoned
// with. It differs from Start where another moment decided the due.
func (c *Clock) CountedFrom() time.Time {
	if at := c.Explanation.Counted; at != nil {
		return *at
	}
	return c.Start.At
}

// OverdueAt is the first instant after the deadline that storage can hold. Storage
// counts milliseconds, and the deadline itself is still in time.
func OverdueAt(due time.Time) time.Time { return due.Add(time.Millisecond) }

// InTime reports whether a notice at the given instant keeps the deadline.
// Promises are written to the second at best, so the deadline's very second
// is in time.
func InTime(due, notice time.Time) bool { return notice.Unix() <= due.Unix() }

// Plan says what the alert policies mean to a clock, without what they alert.
type Plan interface {
	// AtRiskFrom is the clock's first warning threshold; zero: there is none.
	AtRiskFrom(c *Clock) time.Time
	// Next returns the first instant after now at which time alone changes the clock
	// or makes an alert due; zero: there is none.
	Next(c *Clock, ack Acknowledgement, now time.Time) time.Time
}

// Ticking reports whether the clock is open and has a deadline.
func (c *Clock) Ticking() bool { return c.State.Open() && !c.Due.IsZero() }

// Settle sets the clock's state from its deadline, its notice and now, and plans
// its next step (the table in the package documentation). It changes nothing on a
// clock that was cancelled.
func (c *Clock) Settle(d Deadline, plan Plan, ack Acknowledgement, now time.Time) {
	if c.State == Cancelled {
		c.NextStepAt = time.Time{}
		return
	}
	was := *c
	c.Start, c.Due, c.Explanation.Bounds = d.Start, d.Due, d.Bounds
	c.Explanation.StartBasis = ""
	if d.Bounds.Assumed {
		c.Explanation.StartBasis = d.Start.Basis
	}
	c.State = d.State
	if d.State == Running {
		c.State = c.timed(plan, now)
	}
	if !c.Waiver.At.IsZero() && c.State.Waivable() {
		c.State = Waived
	}
	c.announce(&was, now)
	if (c.State == Overdue || c.State == Late) && c.BreachedAt.IsZero() {
		c.BreachedAt = c.Due // the instant at which it became true, not the present one
	}
	c.NextStepAt = plan.Next(c, ack, now)
	if c.OutOfReach() {
		c.NextStepAt = now.Add(retryReach)
	}
	c.prove(now)
}

// Reopen lets the next Settle decide the state of a cancelled clock anew. If the
// deadline passed before the cancellation, the clock becomes overdue once more, and
// its alerts have new keys.
func (c *Clock) Reopen() { c.State = "" }

// prove stamps that a silence became provably late, or plans that step.
func (c *Clock) prove(now time.Time) {
	bounds := &c.Explanation.Bounds
	bounds.Proven = false
	if c.State != Overdue || bounds.Until.IsZero() {
		return
	}
	at := OverdueAt(bounds.Until)
	if bounds.Proven = !now.Before(at); !bounds.Proven && (c.NextStepAt.IsZero() || at.Before(c.NextStepAt)) {
		c.NextStepAt = at
	}
}

// timed is the state of a clock that has a deadline.
func (c *Clock) timed(plan Plan, now time.Time) State {
	atRisk := plan.AtRiskFrom(c)
	switch {
	case !c.NotifiedAt.IsZero() && InTime(c.Due, c.NotifiedAt):
		return Met
	case !c.NotifiedAt.IsZero():
		return Late
	case !now.Before(OverdueAt(c.Due)):
		return Overdue
	case !atRisk.IsZero() && !now.Before(atRisk):
		return AtRisk
	}
	return Running
}

// Deadline returns the deadline that the clock was last settled with, so that it
// can be settled again when only time has passed.
func (c *Clock) Deadline() Deadline {
	d := Deadline{Start: c.Start, Due: c.Due, State: Running, Bounds: c.Explanation.Bounds}
	if c.Due.IsZero() {
		d.State = c.State
	}
	if d.State == Waived { // only a clock that awaits its start is waived without a due
		d.State = Pending
	}
	return d
}

// UnknownFacts lists the facts whose strictest case decided the clock's deadline.
func (c *Clock) UnknownFacts() (facts []Dimension) {
	if !c.Explanation.Bounds.Assumed {
		return nil
	}
	for i := range c.Explanation.Steps {
		s := &c.Explanation.Steps[i]
		if s.Kind == StepCase && (s.Value == "" || s.Value == unknown) && !slices.Contains(facts, s.By) {
			facts = append(facts, s.By)
		}
	}
	return facts
}

// StartsFrom is what the clock counts from as JSON names it: a moment, MomentNotice for
// the notice that answered the stage After, or MomentAnchor.
func (c *Clock) StartsFrom() string {
	if c.Explanation.After != "" {
		return MomentNotice
	}
	if c.Explanation.FromAnchor() {
		return MomentAnchor
	}
	return c.Start.From.String()
}
