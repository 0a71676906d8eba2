package sla_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
)

// round is what one round of a periodic promise owes, as the oracle has it.
type round struct {
	start, due, answered time.Time
}

// rounds walks through the evidence a second time: the first round counts from the
// beginning of the anchor's day, or from the first evidence, each later one from the
// evidence before it.
func (o *oracle) rounds(every *sla.Rule, anchor civil, evidence []time.Time) (list []round) {
	from := time.Time{}
	if anchor != (civil{}) {
		from = o.day(anchor).minutes[0]
	}
	for _, at := range evidence {
		switch {
		case from.IsZero():
			from = at
		case len(list) == 0 && at.Before(from): // of the time before the anchor
		default:
			list = append(list, round{from, o.due(every, from), at})
			from = at
		}
	}
	open := round{start: from}
	if !from.IsZero() {
		open.due = o.due(every, from)
	}
	return append(list, open)
}

// TestPeriodicRoundsAgainstTheOracle compares each round's start, deadline and answer.
func TestPeriodicRoundsAgainstTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		every := drawEvery(t)
		p := &sla.Promise{
			ID: "assessment", Vendor: "acme", About: sla.KindPeriodic, Strength: sla.Firm, Start: sla.Aware, Calendar: w.cal,
			Due: sla.Rule{Op: sla.OpEvery, Args: []sla.Rule{every}},
		}
		anchor := civil{}
		if rapid.Bool().Draw(t, "anchored") {
			anchor = civilOf(w.start.In(w.place.zone)).plus(rapid.IntRange(-30, 30).Draw(t, "anchor"))
			p.Anchor = calendar.NewDate(anchor.year, anchor.month, anchor.day)
		}
		inc := &sla.Incident{Kind: sla.KindPeriodic}
		var evidence []time.Time
		for range rapid.IntRange(0, 4).Draw(t, "evidence") {
			evidence = append(evidence, w.start.Add(time.Duration(rapid.IntRange(-40*24*60, 200*24*60).Draw(t, "minutes"))*time.Minute))
		}
		slices.SortFunc(evidence, time.Time.Compare)
		for _, at := range evidence {
			inc.Notices = append(inc.Notices, sla.Notice{ReceivedAt: at})
		}
		o := oracle{place: w.place, facts: &inc.Facts}
		want := o.rounds(&every, anchor, evidence)
		owed := p.Owed(inc)
		if len(owed) != len(want) {
			t.Fatalf("%d rounds, want %d", len(owed), len(want))
		}
		for i := range owed {
			d := &owed[i]
			deadline, err := p.StageDeadline(&d.Stage, &inc.Facts, d.Start.At)
			if errors.Is(err, calendar.ErrRange) {
				t.SkipNow()
			}
			if err != nil {
				t.Fatal(err)
			}
			if !d.Start.At.Equal(want[i].start) || !deadline.Due.Equal(want[i].due) || !d.FulfilledAt(deadline).Equal(want[i].answered) {
				t.Fatalf("round %d of every %s: from %s, due %s, answered %s; want %+v", i+1, &every, d.Start.At, deadline.Due, d.FulfilledAt(deadline), want[i])
			}
			if pending := deadline.State == sla.Pending; pending != want[i].start.IsZero() {
				t.Fatalf("round %d is %s from %s", i+1, deadline.State, want[i].start)
			}
		}
	})
}

// drawEvery draws a length or a count that can be counted again and again.
func drawEvery(t *rapid.T) sla.Rule {
	ends := rapid.SampledFrom([]sla.Ends{"", sla.EndOfDay, sla.SameTime, sla.Noon}).Draw(t, "ends")
	switch op := rapid.SampledFrom([]sla.Op{sla.OpElapsed, sla.OpDays, sla.OpMonths, sla.OpBusinessDays}).Draw(t, "every"); op {
	case sla.OpElapsed:
		return sla.Rule{Op: op, Length: time.Duration(rapid.IntRange(1, 500).Draw(t, "hours")) * time.Hour}
	case sla.OpMonths:
		return sla.Rule{Op: op, Count: rapid.IntRange(1, 12).Draw(t, "months"), Ends: ends}
	default:
		return sla.Rule{Op: op, Count: rapid.IntRange(1, 40).Draw(t, "days"), Ends: ends}
	}
}
