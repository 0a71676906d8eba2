package daemon

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"kigen/store"
)

const (
	// longestSleep bounds each sleep: timers stop while the machine is suspended,
	// and wall clocks are set.
	longestSleep = 15 * time.Second
	// retryPause follows a failed step, such as one on a locked database. It is
	// short, because a deadline may be passing.
	retryPause = 2 * time.Second
)

// watch is the loop that makes steps: it wakes at the next planned instant. The
// store announces what a step commits.
type watch struct {
	step    func(context.Context) (next time.Time, err error)
	turned  func() // called at each turn of the loop, before its step
	wake    chan struct{}
	log     *slog.Logger
	last    atomic.Int64     // when a step last succeeded, Unix nanoseconds
	failing atomic.Bool      // the last step failed
	planned atomic.Int64     // the next planned instant, Unix nanoseconds; 0: none
	until   atomic.Int64     // no step is due before, Unix nanoseconds; 0: none is planned, or the step runs or failed
	now     func() time.Time // the wall clock, which may jump
	longest time.Duration    // of a sleep

	measured func(took time.Duration, err error) // called after each step; may be nil
}

func newWatch(step func(context.Context) (time.Time, error), turned func(), log *slog.Logger) *watch {
	w := &watch{step: step, turned: turned, wake: make(chan struct{}, 1), log: log, now: clock, longest: longestSleep}
	w.last.Store(clock().UnixNano())
	return w
}

// lastStep returns when a step last succeeded; before the first one, when the
// watch was made.
func (w *watch) lastStep() time.Time { return time.Unix(0, w.last.Load()) }

func (w *watch) plan(next time.Time) {
	if next.IsZero() {
		w.planned.Store(0)
		return
	}
	w.planned.Store(next.UnixNano())
}

// nextPlanned returns the next planned instant; zero if none is planned.
func (w *watch) nextPlanned() time.Time {
	if ns := w.planned.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// Wake requests a step now. It never blocks.
func (w *watch) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // a step is requested already
	}
}

// committed requests a step after a commit that has planned one before the instant
// until which the loop sleeps. In a burst of incidents most plan none, and a step
// after each would read the database as often as they write it.
func (w *watch) committed(ctx context.Context, c *store.Committed) {
	if isOwnStep(ctx) {
		return
	}
	// What a running step has read may be older than the commit.
	until := w.until.Load()
	sooner := !c.NextStep.IsZero() && (until == 0 || c.NextStep.UnixNano() < until)
	if c.Anything || sooner {
		w.Wake()
	}
}

// run makes steps until ctx ends. The first one comes at once: it is the catch-up
// after downtime.
func (w *watch) run(ctx context.Context) {
	w.last.Store(clock().UnixNano()) // another replica may have made the steps until now
	for ctx.Err() == nil {
		w.sleep(ctx, w.once(ctx))
	}
}

// once makes one step and returns the time until the next one.
func (w *watch) once(ctx context.Context) time.Duration {
	w.turned()
	w.until.Store(0)
	begun := time.Now()
	next, err := w.step(stepping(ctx))
	if w.measured != nil && ctx.Err() == nil {
		w.measured(time.Since(begun), err)
	}
	w.failing.Store(err != nil)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Error("watch step failed", "error", err)
		}
		return retryPause
	}
	w.last.Store(clock().UnixNano())
	w.plan(next)
	w.until.Store(w.planned.Load())
	if next.IsZero() {
		return w.longest
	}
	return min(next.Sub(w.now().Round(0)), w.longest)
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
