package daemon

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"kigen/sla"
	"kigen/store"
)

// TestWakesForASoonerStep: a commit wakes the loop if it has planned a step before the
// one that the loop waits for, or may have.
func TestWakesForASoonerStep(t *testing.T) {
	next := time.Now().Add(time.Hour)
	incidents := []sla.IncidentID{1}
	for _, c := range []struct {
		name      string
		planned   time.Time
		fails     error
		committed store.Committed
		own       bool
		wakes     bool
	}{
		{"no step", next, nil, store.Committed{Incidents: incidents}, false, false},
		{"a later one", next, nil, store.Committed{NextStep: next.Add(time.Minute)}, false, false},
		{"a sooner one", next, nil, store.Committed{NextStep: next.Add(-time.Minute)}, false, true},
		{"one that is due", next, nil, store.Committed{NextStep: time.Now().Add(-time.Hour)}, false, true},
		{"the first one", time.Time{}, nil, store.Committed{NextStep: next}, false, true},
		{"after a step that failed", next, context.DeadlineExceeded, store.Committed{NextStep: next.Add(time.Minute)}, false, true},
		{"of another replica", next, nil, store.Committed{Incidents: incidents, NextStep: time.Unix(0, 0)}, false, true},
		{"anything", next, nil, store.Committed{Anything: true}, false, true},
		{"the loop's own", next, nil, store.Committed{NextStep: next.Add(-time.Minute)}, true, false},
	} {
		step := func(context.Context) (time.Time, error) { return c.planned, c.fails }
		loop := newWatch(step, func() {}, slog.New(slog.DiscardHandler))
		loop.once(t.Context())
		ctx := t.Context()
		if c.own {
			ctx = stepping(ctx)
		}
		loop.committed(ctx, &c.committed)
		if woken := len(loop.wake) > 0; woken != c.wakes {
			t.Errorf("%s: woken %t, want %t", c.name, woken, c.wakes)
		}
	}
}

// TestWakesDuringAStep: what a running step has read may be older than a commit.
func TestWakesDuringAStep(t *testing.T) {
	var loop *watch
	next := time.Now().Add(time.Hour)
	step := func(context.Context) (time.Time, error) {
		loop.committed(t.Context(), &store.Committed{NextStep: next.Add(time.Minute)})
		return next, nil
	}
	loop = newWatch(step, func() {}, slog.New(slog.DiscardHandler))
	loop.once(t.Context())
	<-loop.wake // no step was planned before
	loop.once(t.Context())
	if len(loop.wake) == 0 {
		t.Error("a commit during a step did not wake the loop")
	}
}
