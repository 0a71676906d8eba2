package sla

import (
	"slices"
	"time"
)

// Duty is one notice that a promise owes for an incident: one stage of the
// promise, or one round of a cadence.
type Duty struct {
	Promise *Promise
	Stage   Stage     // for a later round, as Stage.Round returns it
	Start   Start     // the instant that it counts from; a zero At: not known yet
	Answer  Answer    // how the notice that fulfilled the duty came
	EndedAt time.Time // when the final notice ended the cadence before this round was answered; zero: it did not

	fulfilled time.Time // when the vendor's notices fulfilled the duty; zero: they have not
	final     string    // id of the stage whose notice came at EndedAt
}

// Owed lists the duties of the promise for an incident, stage by stage. A stage
// that counts from an earlier one starts when that one was answered. A cadence
// has one round for each notice that answered it, and one open round. A round
// that already has a clock stays in the list even if it no longer follows from
// the notices: a final notice with an earlier time was recorded, or the facts
// now require other channels.
func (p *Promise) Owed(inc *Incident) []Duty {
	l := newLedger(p, inc)
	var list []Duty
	for i, s := range l.stages {
		for n := 1; n <= l.rounds(i); n++ {
			f := l.answer(i, n)
			d := Duty{Promise: p, Stage: s.Round(n), Start: l.start(i, n), Answer: f.answer, fulfilled: f.at}
			open := f.at.IsZero() || d.Start.At.IsZero()
			if at := l.ended(i); open && !at.IsZero() {
				d.final, d.EndedAt = p.Stages[p.Final(i)].ID, at
			}
			list = append(list, d)
		}
	}
	return list
}

// HasStage reports whether the promise has the stage, or the round of a
// cadence, that a clock's Stage names.
func (p *Promise) HasStage(name string) bool {
	stages := p.AllStages()
	stage, round := RoundOf(name)
	i := indexOf(stages, stage)
	return i >= 0 && (round == 1 || stages[i].Every)
}

// End applies the end of the cadence, if there was one, to the deadline of this
// round (Deadline.EndRound).
func (d *Duty) End(deadline *Deadline) {
	if !d.EndedAt.IsZero() {
		deadline.EndRound(d.EndedAt)
	}
}

// NoteEnd adds the end of the cadence, if there was one, to the explanation of
// this round's deadline.
func (d *Duty) NoteEnd(e *Explanation) {
	if !d.EndedAt.IsZero() {
		d.Promise.noteEnd(e, d.final, d.EndedAt)
	}
}

// FulfilledAt is when the duty with this deadline was fulfilled; zero: it was
// not. The final notice also fulfils a round that was overdue when it came.
func (d *Duty) FulfilledAt(deadline Deadline) time.Time {
	if !d.EndedAt.IsZero() && deadline.State == Running {
		return d.EndedAt
	}
	return d.fulfilled
}

// fulfilment is when a duty was fulfilled, and how the notice came.
type fulfilment struct {
	at     time.Time // zero: it was not
	answer Answer
}

// ledger credits an incident's notices to the stages of one promise.
type ledger struct {
	promise   *Promise
	inc       *Incident
	stages    []Stage
	partial   [][]Notice     // by stage: notices that do not yet fulfil its open round
	fulfilled [][]fulfilment // by stage: one for each round that was fulfilled
	latest    []time.Time    // by stage: when the latest notice that names it came
	begun     time.Time      // when the first evidence came that a periodic promise without an anchor counts from
}

func newLedger(p *Promise, inc *Incident) *ledger {
	stages := p.AllStages()
	l := &ledger{
		promise: p, inc: inc, stages: stages,
		partial: make([][]Notice, len(stages)), fulfilled: make([][]fulfilment, len(stages)),
		latest: make([]time.Time, len(stages)),
	}
	for _, n := range inc.Counted() { // ordered by ReceivedAt
		l.add(n)
	}
	return l
}

// add credits a notice. A notice without a stage answers the first open stage.
// While a cadence is open, a notice for a stage after it must therefore name
// that stage. A notice for a later stage contains what the earlier ones
// promise, so it answers the open ones among them, too; each report of ours has its own
// receiver and contents, and answers its stage alone.
func (l *ledger) add(n Notice) {
	if l.begins(&n) {
		return
	}
	i := indexOf(l.stages, n.Stage)
	if i < 0 && n.Stage == "" {
		i = l.firstOpen()
	}
	if i < 0 {
		return
	}
	l.latest[i] = n.ReceivedAt
	for earlier := range i {
		if l.promise.OwedByUs() {
			break
		}
		if final := l.stages[earlier].Every && l.promise.Final(earlier) == i; !final {
			l.credit(earlier, n, l.stages[i].ID)
		}
	}
	l.credit(i, n, "")
}

// credit counts a notice towards stage i if that is open. By is the id of the
// later stage that the notice was for; empty: it was for stage i.
func (l *ledger) credit(i int, n Notice, by string) {
	if !l.open(i) {
		return
	}
	l.partial[i] = append(l.partial[i], n)
	at, other := l.promise.Channels.Answered(l.inc.Scope, l.partial[i])
	if !at.IsZero() {
		l.fulfilled[i] = append(l.fulfilled[i], fulfilment{at, Answer{Channel: other, Stage: by}})
		l.partial[i] = nil
	}
}

// firstOpen is the index of the first open stage, -1 if none is open.
func (l *ledger) firstOpen() int {
	for i := range l.stages {
		if l.open(i) {
			return i
		}
	}
	return -1
}

// open reports whether stage i waits for a notice.
func (l *ledger) open(i int) bool {
	if !l.stages[i].Every {
		return len(l.fulfilled[i]) == 0
	}
	return len(l.fulfilled[i]) < MaxRounds && l.ended(i).IsZero()
}

// ended is when the notice of its final stage ended cadence i; zero while the
// cadence goes on, and for a stage that is not a cadence.
func (l *ledger) ended(i int) time.Time {
	if !l.stages[i].Every {
		return time.Time{}
	}
	if final := l.promise.Final(i); final >= 0 {
		return l.answer(final, 1).at
	}
	return time.Time{}
}

// answer is how round n of stage i was fulfilled; zero while it is open.
func (l *ledger) answer(i, n int) fulfilment {
	if n > len(l.fulfilled[i]) {
		return fulfilment{}
	}
	return l.fulfilled[i][n-1]
}

// start is what round n of stage i counts from.
func (l *ledger) start(i, n int) Start {
	start := Start{From: l.promise.Start}
	switch after := indexOf(l.stages, l.stages[i].After); {
	case n > 1:
		start.At = l.answer(i, n-1).at
	case l.promise.Periodic():
		start.At = l.beginning()
	case l.stages[i].After == "":
		start, _ = l.inc.Times.Start(l.promise.Start)
	case after >= 0:
		if start.At = l.answer(after, 1).at; l.stages[i].Latest && !start.At.IsZero() {
			start.At = l.latest[after]
		}
	}
	return start
}

// rounds is how many rounds stage i has, counting those that have a clock.
func (l *ledger) rounds(i int) int {
	if !l.stages[i].Every {
		return 1
	}
	most := min(len(l.fulfilled[i])+1, MaxRounds)
	for _, k := range l.inc.Clocks {
		if stage, n := RoundOf(k.Stage); k.Promise == l.promise.ID && stage == l.stages[i].ID {
			most = max(most, n)
		}
	}
	return most
}

func indexOf(stages []Stage, id string) int {
	return slices.IndexFunc(stages, func(s Stage) bool { return s.ID == id })
}
