package sla

import "time"

// State is where a clock stands.
type State string

// The states of a clock.
const (
	Pending       State = "pending"        // its start is unknown
	Running       State = "running"        // due is ahead
	AtRisk        State = "at_risk"        // due is ahead, a warning threshold has passed
	Overdue       State = "overdue"        // due has passed, no notice
	Met           State = "met"            // notice in time
	Late          State = "late"           // notice after due
	NoCommitment  State = "no_commitment"  // the vendor promised no time
	NotApplicable State = "not_applicable" // the gate is shut
	Cancelled     State = "cancelled"      // the incident was withdrawn
	Waived        State = "waived"         // we let the vendor off
)

// States lists all states in the order in which a board shows them: what
// needs a person first, what is settled last.
var States = [...]State{Overdue, AtRisk, Running, Pending, Late, Met, NoCommitment, NotApplicable, Waived, Cancelled}

// Open reports whether time can still change the state.
func (s State) Open() bool {
	return s == Pending || s == Running || s == AtRisk || s == Overdue
}

// ClockID numbers the clocks of one database.
type ClockID int64

// Clock is one promise, or one stage of it, applied to one incident. A stage
// that is a cadence has a clock for each round, named as RoundName says; a
// round's clock appears when the round before it is answered.
type Clock struct {
	ID       ClockID
	Incident IncidentID
	Promise  string // id in the catalogue
	Stage    string // empty for a promise without stages; a cadence's rounds are ID, ID#2, ID#3 … (RoundOf)
	Terms    string // content hash of the promise and calendar version that it was made with

	State      State
	Start      Start     // zero At: unknown
	Due        time.Time // in the calendar's zone; zero: none
	BreachedAt time.Time // stamped with the due instant when it passed; never erased
	NoticeAt   time.Time // when the notice that stopped it reached us

	Explanation Explanation
	NextStepAt  time.Time // when time alone changes something next; zero: never
}

// NotProvable reports whether a late verdict rests on an assumed start: the
// vendor may have been in time after the true one.
func (c *Clock) NotProvable() bool {
	return (c.State == Late || c.State == Overdue) && c.Start.Basis == Assumed
}

// overdueAt is the first storable instant past the deadline. Storage counts
// milliseconds, and the deadline itself is still in time.
func overdueAt(due time.Time) time.Time { return due.Add(time.Millisecond) }

// InTime reports whether a notice at the given instant keeps the deadline.
// Promises are written to the second at best, so the deadline's very second
// is in time.
func InTime(due, notice time.Time) bool { return notice.Unix() <= due.Unix() }

// Settle brings a clock to the state that its deadline, its notice and the
// instant now ask for, and plans its next step. It changes nothing on a clock
// that was cancelled or waived.
func (c *Clock) Settle(d Deadline, ps Policies, ack Acknowledgement, now time.Time) {
	if c.State == Cancelled || c.State == Waived {
		c.NextStepAt = time.Time{}
		return
	}
	c.Start, c.Due = d.Start, d.Due
	c.State = d.State
	if d.State == Running {
		c.State = c.timed(ps, now)
	}
	if (c.State == Overdue || c.State == Late) && c.BreachedAt.IsZero() {
		c.BreachedAt = c.Due // when it became true, not when we got to it
	}
	c.NextStepAt = ps.Next(c, ack, now)
}

// timed is the state of a clock that has a deadline.
func (c *Clock) timed(ps Policies, now time.Time) State {
	atRisk := ps.atRiskFrom(c)
	switch {
	case !c.NoticeAt.IsZero() && InTime(c.Due, c.NoticeAt):
		return Met
	case !c.NoticeAt.IsZero():
		return Late
	case !now.Before(overdueAt(c.Due)):
		return Overdue
	case !atRisk.IsZero() && !now.Before(atRisk):
		return AtRisk
	}
	return Running
}

// Deadline returns what the clock was last reckoned to, so that it can be
// settled again when only time has passed.
func (c *Clock) Deadline() Deadline {
	d := Deadline{Start: c.Start, Due: c.Due, State: Running}
	if c.Due.IsZero() {
		d.State = c.State
	}
	return d
}
