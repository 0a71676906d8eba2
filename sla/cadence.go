package sla

import (
	"strconv"
	"strings"
	"time"
)

// MaxRounds bounds the rounds of one cadence of one incident. A vendor that
// reports hourly for a month stays below it; a script that runs wild does not
// fill the database.
const MaxRounds = 1000

// roundMark divides a stage's id from the number of its round.
const roundMark = "#"

// RoundName is the Stage of the clock for round n of a stage: the stage's own
// id in the first round, then ID#2, ID#3 …
func RoundName(stage string, n int) string {
	if n <= 1 {
		return stage
	}
	return stage + roundMark + strconv.Itoa(n)
}

// RoundOf takes a clock's Stage apart into the stage's id and the number of
// the round, which is 1 for a stage that is no cadence.
func RoundOf(name string) (stage string, n int) {
	stage, number, _ := strings.Cut(name, roundMark)
	n, err := strconv.Atoi(number)
	if err != nil || RoundName(stage, n) != name {
		return name, 1
	}
	return stage, n
}

// Round is the stage as it falls due for the n-th time: the first time as it
// stands, and then counted from the notice that answered the round before.
func (s Stage) Round(n int) Stage {
	if n > 1 {
		s.ID, s.After = RoundName(s.ID, n), s.ID
	}
	return s
}

// Final is the index of the stage whose notice ends the cadence with the given
// index: the last below it that is no cadence itself. It is -1 where there is
// none, and the cadence goes on until the incident is cancelled.
func (p *Promise) Final(cadence int) int {
	for i := len(p.Stages) - 1; i > cadence; i-- {
		if !p.Stages[i].Every {
			return i
		}
	}
	return -1
}

// EndRound settles the round of a cadence that was open at the given instant,
// when the notice of the final stage came. What was not yet due then is owed no
// more: NotApplicable. What was overdue keeps its deadline: the vendor had
// broken its word before the final notice broke the silence.
func (d *Deadline) EndRound(at time.Time) {
	overdue := d.State == Running && !InTime(d.Due, at)
	if d.State == Pending || d.State == Running && !overdue {
		*d = Deadline{Start: d.Start, State: NotApplicable}
	}
}

// NoteEnd adds to a round's explanation that the notice of the final stage,
// which came at the given instant, ended the cadence.
func (p *Promise) NoteEnd(e *Explanation, final string, at time.Time) {
	r := reckoner{cal: p.Calendar, trace: &e.Steps}
	r.note(Step{Kind: StepCadenceEnded, At: at, Moment: MomentNotice, Name: p.stageName(final)})
}

// CadenceEnd is when the final stage's notice ended the cadence whose open
// round this explains; zero where none did.
func (e *Explanation) CadenceEnd() time.Time {
	if n := len(e.Steps); n > 0 && e.Steps[n-1].Kind == StepCadenceEnded {
		return e.Steps[n-1].At
	}
	return time.Time{}
}
