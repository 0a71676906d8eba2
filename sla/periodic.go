package sla

import "time"

// MomentAnchor is the Moment of a step that counts from a periodic promise's Anchor.
const MomentAnchor = "anchor"

// Periodic reports whether the promise falls due again after each answer.
func (p *Promise) Periodic() bool { return p.Due.Op == OpEvery && len(p.Stages) == 0 }

// periodicStage is the one stage of a periodic promise: a cadence that counts from the
// answer before. It has the promise's id, so that a piece of evidence can name the one of
// a vendor's promises that it answers.
func (p *Promise) periodicStage() []Stage {
	return []Stage{{ID: p.ID, Name: p.Name, After: p.ID, Due: p.Due, Every: true}}
}

// anchored is the instant that the first round counts from: the beginning of the anchor's
// day in the calendar's zone; zero without an anchor.
func (p *Promise) anchored() time.Time {
	if p.Anchor == 0 {
		return time.Time{}
	}
	return p.Anchor.In(p.Calendar.Zone())
}

// atAnchor reports whether a stage that counts from the given instant is the first round
// of a periodic promise, from its anchor.
func (p *Promise) atAnchor(s *Stage, from time.Time) bool {
	_, round := RoundOf(s.ID)
	return p.Periodic() && round == 1 && !from.IsZero() && from.Equal(p.anchored())
}

// nameAnchor names the anchor in the first step of a round that counts from it.
func nameAnchor(steps []Step) {
	if len(steps) > 0 && steps[0].Kind == StepStart {
		steps[0].Moment, steps[0].InsteadOf = MomentAnchor, ""
	}
}

// FromAnchor reports whether the clock is the first round of a periodic promise and
// counts from its anchor.
func (e *Explanation) FromAnchor() bool {
	return len(e.Steps) > 0 && e.Steps[0].Moment == MomentAnchor
}

// begins reports whether a notice only begins the rounds of a periodic promise, or lies
// before them: without an anchor the first one is what the first round counts from.
func (l *ledger) begins(n *Notice) bool {
	switch {
	case !l.promise.Periodic() || n.Stage != "" && n.Stage != l.promise.ID:
		return false
	case l.promise.Anchor != 0:
		return n.ReceivedAt.Before(l.promise.anchored())
	case l.begun.IsZero():
		l.begun, _ = l.promise.Channels.Answered(l.inc.Scope, []Notice{*n})
		return true
	}
	return false
}

// beginning is what the first round of a periodic promise counts from; zero: nothing yet.
func (l *ledger) beginning() time.Time {
	if l.promise.Anchor != 0 {
		return l.promise.anchored()
	}
	return l.begun
}
