package sla

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxRounds bounds the rounds of one cadence of one incident. Hourly notices for a
// month stay below it, and a faulty script cannot fill the database.
const MaxRounds = 1000

// RoundMark separates a stage's id from the number of its round.
const RoundMark = "#"

// RoundName is the Stage of the clock for round n of a stage: the stage's own id
// in the first round, then ID#2, ID#3 …
func RoundName(stage string, n int) string {
	if n <= 1 {
		return stage
	}
	return stage + RoundMark + strconv.Itoa(n)
}

// RoundOf splits a clock's Stage into the stage's id and the number of the round,
// which is 1 for a stage that is not a cadence.
func RoundOf(name string) (stage string, n int) {
	stage, number, _ := strings.Cut(name, RoundMark)
	n, err := strconv.Atoi(number)
	if err != nil || RoundName(stage, n) != name {
		return name, 1
	}
	return stage, n
}

// Round is the stage as it falls due for the n-th time: unchanged the first time,
// then counted from the notice that answered the round before.
func (s Stage) Round(n int) Stage {
	if n > 1 {
		s.ID, s.After = RoundName(s.ID, n), s.ID
	}
	return s
}

// Final is the index of the stage whose notice ends the cadence with the given
// index: the last stage below it that is not a cadence. It is -1 where there is
// none; then the cadence goes on until the incident is cancelled.
func (p *Promise) Final(cadence int) int {
	for i := len(p.Stages) - 1; i > cadence; i-- {
		if !p.Stages[i].Every {
			return i
		}
	}
	return -1
}

// EndRound ends the round of a cadence that was open when the notice of the final
// stage came, at the given instant. A round that was not due by then becomes
// NotApplicable. A round that was overdue keeps its deadline: it was already
// breached.
func (d *Deadline) EndRound(at time.Time) {
	overdue := d.State == Running && !InTime(d.Due, at)
	if d.State == Pending || d.State == Running && !overdue {
		*d = Deadline{Start: d.Start, State: NotApplicable}
	}
}

// noteEnd adds to a round's explanation that the notice of the final stage,
// which came at the given instant, ended the cadence.
func (p *Promise) noteEnd(e *Explanation, final string, at time.Time) {
	r := reckoner{cal: p.Calendar, trace: &e.Steps}
	r.note(Step{Kind: StepCadenceEnded, At: at, Moment: MomentNotice, Name: p.stageName(final)})
}

// Guided reports whether the deadline is the end of a range, which begins at Bounds.Warn.
func (e *Explanation) Guided() bool {
	return slices.ContainsFunc(e.Steps, func(s Step) bool { return s.Kind == StepGuide })
}

// CadenceEnd is when the final stage's notice ended the cadence of this round; zero
// where none did.
func (e *Explanation) CadenceEnd() time.Time {
	if n := len(e.Steps); n > 0 && e.Steps[n-1].Kind == StepCadenceEnded {
		return e.Steps[n-1].At
	}
	return time.Time{}
}
