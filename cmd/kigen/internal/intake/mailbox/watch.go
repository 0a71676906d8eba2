package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// The intervals of trying again. Each failure in a row doubles the wait.
const (
	firstRetry   = time.Second
	longestRetry = 5 * time.Minute
	// What lasts is tried less often: a server locks accounts out.
	firstLasting   = time.Minute
	longestLasting = 30 * time.Minute
	// steady is how long a connection holds that is no reason to wait longer.
	steady = time.Minute
)

// place is where mails lie.
type place interface {
	// look hands what is new to the watcher, in steps.
	look(ctx context.Context, w *Watcher) error
	// wait waits for something new, at most so long. Its error is that of a connection.
	wait(ctx context.Context, most time.Duration) error
	close()
}

// kept is what is remembered of a mailbox, but for the parts of its memory.
type kept struct {
	Box       box       `json:"box,omitzero"`
	Folder    folder    `json:"folder,omitzero"`
	Keys      uint64    `json:"keys,omitempty"`
	Forgotten time.Time `json:"forgotten,omitzero"`
	Health    Health    `json:"health"`
}

// Watcher watches one mailbox.
type Watcher struct {
	o     Options
	place place

	kept   kept
	memory *memory // nil: the state is to be loaded
	look   Look    // the present one
	// committed is whether the present look kept a step.
	committed bool

	mu     sync.Mutex
	health Health
}

func newWatcher(o Options, p place) *Watcher {
	if o.Jitter == nil {
		o.Jitter = func(time.Duration) time.Duration { return 0 }
	}
	if o.Report == nil {
		o.Report = func(Look) {}
	}
	return &Watcher{o: o, place: p}
}

// Health returns how the mailbox is.
func (w *Watcher) Health() Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.health
}

// Run watches the mailbox until the context ends, and returns the context's error.
func (w *Watcher) Run(ctx context.Context) error {
	defer w.place.close()
	w.memory = nil // another replica may have led meanwhile
	failures := 0
	for {
		err := w.once(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			began := w.o.Now()
			err = w.place.wait(ctx, w.untilDue(began))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if held := w.o.Now().Sub(began); err == nil || held >= steady {
				failures = 0
			}
			if err == nil {
				continue
			}
		}
		failures++
		if err := rest(ctx, w.retryIn(failures, err)); err != nil {
			return err
		}
	}
}

// untilDue is how long the mailbox may be waited for.
func (w *Watcher) untilDue(now time.Time) time.Duration {
	return min(max(0, w.kept.Health.LastSuccess.Add(w.o.Every).Sub(now)), w.o.Every)
}

// retryIn is how long to wait after failures in a row. A mailbox that becomes silent
// meanwhile is tried at that time, so that its silence is told in time.
func (w *Watcher) retryIn(failures int, err error) time.Duration {
	wait, longest := firstRetry, longestRetry
	if reasonOf(err).lasts() {
		wait, longest = firstLasting, longestLasting
	}
	for n := 1; n < failures && wait < longest; n++ {
		wait *= 2
	}
	wait = min(wait, longest)
	wait += w.o.Jitter(wait / 2)
	if at := w.kept.Health.silentAt(w.o.Every); !at.IsZero() && !w.kept.Health.ToldSilent {
		if left := at.Sub(w.o.Now()); left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// notKept is an error of the keeper.
type notKept struct{ error }

func (e notKept) Unwrap() error { return e.error }

// once looks at the mailbox once and keeps what came of it.
func (w *Watcher) once(ctx context.Context) error {
	w.look, w.committed = Look{Source: w.o.Source}, false
	err := w.load(ctx)
	if err == nil {
		err = w.place.look(ctx, w)
	}
	if ctx.Err() != nil {
		return err
	}
	err = w.conclude(ctx, err)
	w.look.At, w.look.Err = w.o.Now(), err
	_, failed := err.(notKept) //nolint:errorlint // once alone makes them, unwrapped
	if w.look.Kept = !failed; failed {
		w.memory = nil // what was not kept, was not read
	}
	if !failed {
		w.mu.Lock()
		w.health = w.kept.Health
		w.mu.Unlock()
	}
	w.o.Report(w.look)
	return err
}

// load loads the state where it is not known.
func (w *Watcher) load(ctx context.Context) error {
	if w.memory != nil {
		return nil
	}
	state, parts, err := w.o.Keep.Load(ctx, w.o.Source)
	if err != nil {
		return notKept{err}
	}
	var k kept
	if len(state) > 0 {
		if err := json.Unmarshal(state, &k); err != nil {
			return notKept{fmt.Errorf("the state of the mailbox can't be read: %w", err)}
		}
	}
	m, err := recall(k.Keys, k.Forgotten, parts)
	if err != nil {
		return notKept{err}
	}
	if k.Health.Began.IsZero() {
		k.Health.Began = w.o.Now()
	}
	w.kept, w.memory = k, m
	return nil
}

// conclude keeps the end of a look: a failure, or a success where it is time to.
func (w *Watcher) conclude(ctx context.Context, err error) error {
	if _, failed := err.(notKept); failed { //nolint:errorlint // once alone makes them, unwrapped
		return err
	}
	due := !w.committed && (!w.kept.Health.OK() || w.untilDue(w.o.Now()) == 0)
	if err == nil && !due {
		return nil
	}
	if failed := w.commit(ctx, Step{Failed: err}); failed != nil {
		return failed
	}
	return err
}

// commit keeps a step with the state as it is now. A failure is no success, however much
// the look brought before.
func (w *Watcher) commit(ctx context.Context, s Step) error {
	now := w.o.Now()
	var news []News
	if s.Failed != nil {
		news = w.kept.Health.failed(now, w.o.Every, s.Failed)
	} else {
		news = w.kept.Health.succeeded(now)
	}
	w.kept.Keys, w.kept.Forgotten = w.memory.next, w.memory.forgotten
	var err error
	if s.State, err = json.Marshal(w.kept); err != nil {
		return notKept{err}
	}
	s.Parts, s.Health = w.memory.changed(), w.kept.Health
	if err := w.o.Keep.Commit(ctx, w.o.Source, s); err != nil {
		return notKept{err}
	}
	w.committed = true
	w.look.Mails += len(s.Mails)
	w.look.News = append(w.look.News, news...)
	return nil
}
