package sla_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/policy"
)

// TestSettle is every way from one state to another.
func TestSettle(t *testing.T) {
	start, due := at(t, "2026-05-01 09:00"), at(t, "2026-05-01 15:00")
	ps := policy.Policies{{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}, {Before: time.Hour}}}}
	running := sla.Deadline{Start: sla.Start{At: start, Basis: sla.Stated}, Due: due, State: sla.Running}
	assumed := running
	assumed.Start.Basis = sla.Assumed
	without := func(s sla.State) sla.Deadline { return sla.Deadline{State: s} }

	tests := []struct {
		name   string
		was    sla.State
		d      sla.Deadline
		notice string
		now    string
		want   sla.State
		breach bool
	}{
		{"new", "", running, "", "2026-05-01 09:00:00", sla.Running, false},
		{"just before half way", sla.Running, running, "", "2026-05-01 11:59:59", sla.Running, false},
		{"half way", sla.Running, running, "", "2026-05-01 12:00:00", sla.AtRisk, false},
		{"at due", sla.AtRisk, running, "", "2026-05-01 15:00:00", sla.AtRisk, false},
		{"past due", sla.AtRisk, running, "", "2026-05-01 15:00:01", sla.Overdue, true},
		{"logged long after due", "", running, "", "2026-06-01 00:00:00", sla.Overdue, true},
		{"notice in time", sla.Running, running, "2026-05-01 10:00:00", "2026-05-01 10:00:00", sla.Met, false},
		{"notice before the start", sla.Running, running, "2026-05-01 08:00:00", "2026-05-01 10:00:00", sla.Met, false},
		{"notice at the deadline's very second", sla.AtRisk, running, "2026-05-01 15:00:00", "2026-05-01 15:00:00", sla.Met, false},
		{"notice a second late", sla.Overdue, running, "2026-05-01 15:00:01", "2026-05-01 15:00:01", sla.Late, true},
		{"notice late, after downtime", sla.Running, running, "2026-05-01 16:00:00", "2026-05-01 16:00:00", sla.Late, true},
		{"in time, recorded late", sla.Running, running, "2026-05-01 14:00:00", "2026-05-02 00:00:00", sla.Met, false},
		{"late on an assumed start", sla.Overdue, assumed, "2026-05-01 16:00:00", "2026-05-01 16:00:00", sla.Late, true},
		{"deadline moved back", sla.Overdue, running, "", "2026-05-01 10:00:00", sla.Running, false},
		{"start unknown", "", without(sla.Pending), "", "2026-05-01 10:00:00", sla.Pending, false},
		{"start forgotten", sla.Running, without(sla.Pending), "", "2026-05-01 10:00:00", sla.Pending, false},
		{"gate shut", sla.Running, without(sla.NotApplicable), "", "2026-05-01 10:00:00", sla.NotApplicable, false},
		{"gate opened", sla.NotApplicable, running, "", "2026-05-01 10:00:00", sla.Running, false},
		{"no commitment", "", without(sla.NoCommitment), "", "2026-06-01 00:00:00", sla.NoCommitment, false},
		{"no commitment, but a notice", sla.NoCommitment, without(sla.NoCommitment), "2026-05-01 10:00:00", "2026-05-01 10:00:00", sla.NoCommitment, false},
		{"cancelled stays", sla.Cancelled, running, "", "2026-06-01 00:00:00", sla.Cancelled, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &sla.Clock{State: test.was, NextStepAt: due}
			if test.notice != "" {
				c.NotifiedAt = at(t, test.notice)
			}
			c.Settle(test.d, ps, sla.Acknowledgement{}, at(t, test.now))
			if c.State != test.want {
				t.Errorf("state %s, want %s", c.State, test.want)
			}
			if c.BreachedAt.IsZero() == test.breach || test.breach && !c.BreachedAt.Equal(due) {
				t.Errorf("breached at %v, want the deadline: %v", c.BreachedAt, test.breach)
			}
			if ahead := c.NextStepAt.After(at(t, test.now)); ahead != (c.State == sla.Running || c.State == sla.AtRisk) {
				t.Errorf("%s: next step %v", c.State, c.NextStepAt)
			}
			if provable := !c.NotProvable(); provable != (test.d.Start.Basis == sla.Stated || !test.breach) {
				t.Errorf("provable: %v", provable)
			}
		})
	}
}

// TestTheVerySecond: promises are written to the second at best, so a notice
// at 15:00:00.999 keeps a deadline of 15:00:00.
func TestTheVerySecond(t *testing.T) {
	due := at(t, "2026-05-01 15:00")
	for _, test := range []struct {
		after time.Duration
		want  bool
	}{{-time.Hour, true}, {0, true}, {time.Millisecond, true}, {999 * time.Millisecond, true}, {time.Second, false}, {time.Minute, false}} {
		if got := sla.InTime(due, due.Add(test.after)); got != test.want {
			t.Errorf("notice %s after due: in time %v, want %v", test.after, got, test.want)
		}
	}
}

// TestBreachIsNeverErased: whatever happens to a clock, the first breach and
// its deadline stay.
func TestBreachIsNeverErased(t *testing.T) {
	states := []sla.State{sla.Running, sla.Running, sla.Running, sla.Pending, sla.NoCommitment, sla.NotApplicable}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
		minutes := func(label string) time.Duration {
			return time.Duration(rapid.IntRange(-300, 300).Draw(t, label)) * time.Minute
		}
		c := &sla.Clock{}
		var breached time.Time
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			now = now.Add(minutes("later").Abs())
			d := sla.Deadline{State: rapid.SampledFrom(states).Draw(t, "state"), Start: sla.Start{At: now.Add(minutes("start"))}}
			if d.State == sla.Running {
				d.Due = now.Add(minutes("due"))
			}
			c.NotifiedAt = time.Time{}
			if rapid.Bool().Draw(t, "notice") {
				c.NotifiedAt = now.Add(-minutes("aware").Abs())
			}
			c.Settle(d, policy.Policies(nil), sla.Acknowledgement{}, now)
			late := c.State == sla.Overdue || c.State == sla.Late
			if late && breached.IsZero() {
				breached = d.Due
			}
			if !c.BreachedAt.Equal(breached) {
				t.Fatalf("breached at %s, want %s", c.BreachedAt, breached)
			}
			if settled := *c; true { // settling again at the same instant changes nothing
				c.Settle(c.Deadline(), policy.Policies(nil), sla.Acknowledgement{}, now)
				if c.State != settled.State || !c.NextStepAt.Equal(settled.NextStepAt) || !c.BreachedAt.Equal(settled.BreachedAt) {
					t.Fatalf("settled twice: %+v, then %+v", settled, *c)
				}
			}
		}
	})
}

// TestStatesAreOrdered: the board shows every state, once.
func TestStatesAreOrdered(t *testing.T) {
	all := []sla.State{
		sla.Pending, sla.Running, sla.AtRisk, sla.Overdue, sla.Met, sla.Late,
		sla.NoCommitment, sla.NotApplicable, sla.Cancelled, sla.Waived,
	}
	for _, s := range all {
		if !slices.Contains(sla.States[:], s) {
			t.Errorf("%s is not on the board", s)
		}
	}
	if len(sla.States) != len(all) {
		t.Errorf("%d states, want %d", len(sla.States), len(all))
	}
	open := []sla.State{sla.Pending, sla.Running, sla.AtRisk, sla.Overdue}
	for _, s := range all {
		if s.Open() != slices.Contains(open, s) {
			t.Errorf("%s: open %v", s, s.Open())
		}
	}
}
