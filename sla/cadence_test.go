package sla_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
)

func TestRoundNames(t *testing.T) {
	for _, test := range []struct {
		name, stage string
		n           int
	}{
		{"", "", 1}, {"update", "update", 1}, {"update#2", "update", 2}, {"update#1000", "update", 1000},
		// These number no round: they are ids as they stand.
		{"update#1", "update#1", 1}, {"update#02", "update#02", 1}, {"update#-3", "update#-3", 1}, {"update#", "update#", 1}, {"update#2#3", "update#2#3", 1},
	} {
		stage, n := sla.RoundOf(test.name)
		if stage != test.stage || n != test.n {
			t.Errorf("%q is round %d of %q, want %d of %q", test.name, n, stage, test.n, test.stage)
		}
		if got := sla.RoundName(stage, n); got != test.name {
			t.Errorf("%q comes back as %q", test.name, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,9}`).Draw(t, "id")
		n := rapid.IntRange(1, sla.MaxRounds).Draw(t, "n")
		if stage, round := sla.RoundOf(sla.RoundName(id, n)); stage != id || round != n {
			t.Fatalf("round %d of %q comes back as %d of %q", n, id, round, stage)
		}
	})
}

// TestFinal: the last stage below a cadence that is none itself ends it.
func TestFinal(t *testing.T) {
	once := func(id string) sla.Stage { return sla.Stage{ID: id} }
	every := func(id string) sla.Stage { return sla.Stage{ID: id, Every: true} }
	for _, test := range []struct {
		stages []sla.Stage
		want   int // of the first cadence
	}{
		{[]sla.Stage{every("a")}, -1},
		{[]sla.Stage{once("first"), every("a")}, -1},
		{[]sla.Stage{once("first"), every("a"), once("final")}, 2},
		{[]sla.Stage{every("a"), once("interim"), once("final"), every("b")}, 2},
	} {
		for i, s := range test.stages {
			if !s.Every {
				continue
			}
			if got := (&sla.Promise{Stages: test.stages}).Final(i); got != test.want {
				t.Errorf("%v: stage %d ends %s, want %d", test.stages, got, s.ID, test.want)
			}
			break
		}
	}
}

// TestEndRound: only what time could still change is settled, and a breach is
// not.
func TestEndRound(t *testing.T) {
	start := sla.Start{At: at(t, "2026-05-01 18:00"), From: sla.Detected, Basis: sla.Observed}
	due := start.At.Add(24 * time.Hour)
	for _, test := range []struct {
		state sla.State
		due   time.Time
		at    time.Duration // after due
		want  sla.State
	}{
		{sla.Running, due, -time.Hour, sla.NotApplicable},
		{sla.Running, due, 999 * time.Millisecond, sla.NotApplicable}, // the deadline's very second is in time
		{sla.Running, due, time.Second, sla.Running},
		{sla.Pending, time.Time{}, time.Hour, sla.NotApplicable},
		{sla.NoCommitment, time.Time{}, time.Hour, sla.NoCommitment},
		{sla.NotApplicable, time.Time{}, time.Hour, sla.NotApplicable},
	} {
		d := sla.Deadline{Start: start, Due: test.due, State: test.state}
		d.EndRound(due.Add(test.at))
		want := sla.Deadline{Start: start, State: test.want}
		if test.want == sla.Running {
			want.Due = test.due
		}
		if d != want {
			t.Errorf("%s, ended %s after due: %+v, want %+v", test.state, test.at, d, want)
		}
	}
}

// Follow-ups at a cadence have a clock for each round.
func ExampleStage_Round() {
	update := sla.Stage{ID: "update", After: "first", Every: true, Due: sla.Rule{Op: sla.OpElapsed, Length: 24 * time.Hour}}
	for n := 1; n <= 3; n++ {
		round := update.Round(n)
		fmt.Println(round.ID, "counts from the notice for", round.After)
	}
	// Output:
	// update counts from the notice for first
	// update#2 counts from the notice for update
	// update#3 counts from the notice for update
}
