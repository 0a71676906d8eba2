package tracker

import (
	"slices"
	"time"

	"kigen/sla"
)

// duty is one notice that a promise owes for an incident: a stage of it, or
// one round of a cadence.
type duty struct {
	promise *sla.Promise
	stage   sla.Stage // of a later round as Stage.Round makes it
	start   sla.Start // what it counts from; zero At: not known yet
	answer  time.Time // when the vendor's notices fulfilled it; zero: they have not
	final   string    // the stage whose notice ended the cadence before this round was answered
	ended   time.Time // when that notice came; zero: none did
}

// duties lists what a promise owes for an incident. A stage that counts from
// an earlier one starts when that one was answered. A cadence has a round for
// each notice and one that is open; rounds that have a clock stay in the list
// when they have come undone, because a notice turned up that ended the cadence
// before them, or the facts ask for other channels.
func duties(p *sla.Promise, inc *sla.Incident) []duty {
	l := newLedger(p, inc)
	var list []duty
	for i, s := range l.stages {
		for n := 1; n <= l.rounds(i); n++ {
			d := duty{promise: p, stage: s.Round(n), start: l.start(i, n), answer: l.answer(i, n)}
			waits := d.answer.IsZero() || d.start.At.IsZero()
			if at := l.ended(i); waits && !at.IsZero() {
				d.final, d.ended = p.Stages[p.Final(i)].ID, at
			}
			list = append(list, d)
		}
	}
	return list
}

// end settles the deadline of a round that its cadence's end left open.
func (d *duty) end(deadline *sla.Deadline) {
	if !d.ended.IsZero() {
		deadline.EndRound(d.ended)
	}
}

// answered is when the duty with this deadline was fulfilled. A round that was
// overdue when its cadence ended was answered by the notice that ended it.
func (d *duty) answered(deadline sla.Deadline) time.Time {
	if !d.ended.IsZero() && deadline.State == sla.Running {
		return d.ended
	}
	return d.answer
}

// ledger is what the notices so far answer of one promise.
type ledger struct {
	promise *sla.Promise
	inc     *sla.Incident
	stages  []sla.Stage
	heard   [][]sla.Notice // by stage: towards the open round, while they don't fulfil it
	answers [][]time.Time  // by stage: when each round was fulfilled
}

func newLedger(p *sla.Promise, inc *sla.Incident) *ledger {
	stages := p.Duties()
	l := &ledger{
		promise: p, inc: inc, stages: stages,
		heard: make([][]sla.Notice, len(stages)), answers: make([][]time.Time, len(stages)),
	}
	for _, n := range inc.Notices { // in the order in which they came
		l.hear(n)
	}
	return l
}

// hear books a notice. One that names no stage answers the first that is open
// when it comes, so while a cadence runs, what stands below it must be named.
func (l *ledger) hear(n sla.Notice) {
	i := indexOf(l.stages, n.Stage)
	if i < 0 && n.Stage == "" {
		i = l.firstOpen()
	}
	if i < 0 || !l.open(i) {
		return
	}
	l.heard[i] = append(l.heard[i], n)
	if at := l.promise.Channels.Fulfilled(l.inc.Scope, l.heard[i]); !at.IsZero() {
		l.answers[i], l.heard[i] = append(l.answers[i], at), nil
	}
}

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
		return len(l.answers[i]) == 0
	}
	return len(l.answers[i]) < sla.MaxRounds && l.ended(i).IsZero()
}

// ended is when the notice of its final stage ended cadence i; zero while it
// goes on, and for a stage that is none.
func (l *ledger) ended(i int) time.Time {
	if !l.stages[i].Every {
		return time.Time{}
	}
	if final := l.promise.Final(i); final >= 0 {
		return l.answer(final, 1)
	}
	return time.Time{}
}

// answer is when round n of stage i was fulfilled; zero while it was not.
func (l *ledger) answer(i, n int) time.Time {
	if n > len(l.answers[i]) {
		return time.Time{}
	}
	return l.answers[i][n-1]
}

// start is what round n of stage i counts from.
func (l *ledger) start(i, n int) sla.Start {
	start := sla.Start{From: l.promise.Start}
	switch after := indexOf(l.stages, l.stages[i].After); {
	case n > 1:
		start.At = l.answer(i, n-1)
	case l.stages[i].After == "":
		start, _ = l.inc.Times.Start(l.promise.Start)
	case after >= 0:
		start.At = l.answer(after, 1)
	}
	return start
}

// rounds is how many rounds stage i has or, by the incident's clocks, had.
func (l *ledger) rounds(i int) int {
	if !l.stages[i].Every {
		return 1
	}
	most := min(len(l.answers[i])+1, sla.MaxRounds)
	for _, k := range l.inc.Clocks {
		if stage, n := sla.RoundOf(k.Stage); k.Promise == l.promise.ID && stage == l.stages[i].ID {
			most = max(most, n)
		}
	}
	return most
}

func indexOf(stages []sla.Stage, id string) int {
	return slices.IndexFunc(stages, func(s sla.Stage) bool { return s.ID == id })
}
