package daemon

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// Timers run on the monotonic clock and stop in suspend, and wall clocks
	// are set: never sleep longer than this, whatever is planned.
	longestSleep = 15 * time.Second
	// After a failed step, which may be a full disk or a locked database, try
	// again soon: somebody's deadline may be passing.
	retryPause = 2 * time.Second
)

// watch is the loop that time itself drives: it wakes at the next planned
// instant, steps, and hands what became due to the senders.
type watch struct {
	step    func(context.Context) (next time.Time, err error)
	stepped func() // after each step that worked
	wake    chan struct{}
	log     *slog.Logger
	last    atomic.Int64     // when a step last worked, Unix nanoseconds
	planned atomic.Int64     // the next planned instant, Unix nanoseconds; 0: none
	now     func() time.Time // the wall clock, which may jump

	measured func(took time.Duration, err error) // after each step; nil: nobody measures
}

func newWatch(step func(context.Context) (time.Time, error), stepped func(), log *slog.Logger) *watch {
	w := &watch{step: step, stepped: stepped, wake: make(chan struct{}, 1), log: log, now: time.Now}
	w.last.Store(time.Now().UnixNano())
	return w
}

// lastStep is when a step last worked; before the first one, when the watch
// was made.
func (w *watch) lastStep() time.Time { return time.Unix(0, w.last.Load()) }

func (w *watch) plan(next time.Time) {
	if next.IsZero() {
		w.planned.Store(0)
		return
	}
	w.planned.Store(next.UnixNano())
}

// nextPlanned is the next instant at which time alone changes something; zero
// when nothing is planned.
func (w *watch) nextPlanned() time.Time {
	if ns := w.planned.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// Wake asks for a step now, because the plan has changed. It never blocks.
func (w *watch) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // a step is asked for already
	}
}

// run steps until ctx ends. The first step comes at once: it is the catch-up
// after downtime and is never left out.
func (w *watch) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.sleep(ctx, w.once(ctx))
	}
}

// once takes one step and returns how long nothing is planned.
func (w *watch) once(ctx context.Context) time.Duration {
	begun := time.Now()
	next, err := w.step(ctx)
	if w.measured != nil && ctx.Err() == nil {
		w.measured(time.Since(begun), err)
	}
	if err != nil {
		if ctx.Err() == nil {
			w.log.Error("watch step failed", "error", err)
		}
		return retryPause
	}
	w.last.Store(time.Now().UnixNano())
	w.plan(next)
	w.stepped()
	if next.IsZero() {
		return longestSleep
	}
	return min(next.Sub(w.now().Round(0)), longestSleep)
}

func (w *watch) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-w.wake:
	case <-timer.C:
	}
}
