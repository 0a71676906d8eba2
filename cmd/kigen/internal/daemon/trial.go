package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

const (
	// trialLead is how far ahead a trial's deadline is planned: the watch loop
	// has to wake for it as it does for any other.
	trialLead = 2 * time.Second
	// trialBound is how long a trial waits for its message to arrive.
	trialBound = 30 * time.Second
	trialLook  = 50 * time.Millisecond
)

// trials are synthetic deadlines that somebody asked for. Each goes the way of
// an overdue alert: planned, found by the watch loop at its instant, committed
// to the outbox, taken and sent by the destination's sender. No incident is
// made, so that no list, report or record of a vendor ever shows one.
type trials struct {
	store interface {
		Update(ctx context.Context, f func(tracker.Tx) error) error
	}
	outbox trialOutbox
	wake   func()
	now    func() time.Time
	lang   string

	life context.Context //nolint:containedctx // ends with the daemon, and every trial with it

	mu      sync.Mutex
	planned []*trial
}

// trialOutbox is what a trial looks at; *store.DB has it.
type trialOutbox interface {
	Progress(ctx context.Context, key, destination string) (store.Progress, error)
	Withdraw(ctx context.Context, key string) error
}

// trial is one synthetic deadline.
type trial struct {
	destination  string
	planned, due time.Time
	raised       chan time.Time // gets when the alert was committed
	over         bool           // nobody waits for it any more
}

func (t *trial) key() string { return fmt.Sprintf("test/%s/%d", t.destination, t.due.UnixMilli()) }

// step raises what is due, as part of a step of the watch loop, and returns
// the next planned instant, that of the clocks or an earlier one of a trial's.
func (ts *trials) step(ctx context.Context, next time.Time) (time.Time, error) {
	now := ts.now()
	ts.mu.Lock()
	var due, later []*trial
	for _, t := range ts.planned {
		if t.due.After(now) {
			later = append(later, t)
			if next.IsZero() || t.due.Before(next) {
				next = t.due
			}
		} else {
			due = append(due, t)
		}
	}
	ts.planned = later
	ts.mu.Unlock()
	var failures []error
	for _, t := range due {
		if err := ts.raise(ctx, t); err != nil {
			ts.plan(t) // with the next step
			failures = append(failures, err)
		}
	}
	return next, errors.Join(failures...)
}

func (ts *trials) plan(t *trial) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if !t.over {
		ts.planned = append(ts.planned, t)
	}
}

func (ts *trials) forget(t *trial) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t.over = true
	ts.planned = slices.DeleteFunc(ts.planned, func(other *trial) bool { return other == t })
}

func (ts *trials) raise(ctx context.Context, t *trial) error {
	body, err := json.Marshal(map[string]any{
		"title": calendar.Text{Ja: "kigen の試験通知", En: "kigen: a test of alerts"}.In(ts.lang),
		"lines": []string{calendar.Text{
			Ja: "期限超過の通知と同じ経路で届きました。対応は不要です。", En: "This came the way an overdue alert comes. Nothing to do.",
		}.In(ts.lang)},
		"link": "/health",
	})
	if err != nil {
		return err
	}
	alert := &sla.Alert{Key: t.key(), Reason: sla.ReasonTest, At: t.due, To: []string{t.destination}, Body: body}
	err = ts.store.Update(ctx, func(tx tracker.Tx) error {
		_, err := tx.Raise(ctx, alert)
		return err
	})
	if err != nil {
		return fmt.Errorf("raise %s: %w", alert.Key, err)
	}
	t.raised <- ts.now()
	return nil
}

// run makes a trial and follows it to its end.
func (ts *trials) run(ctx context.Context, destination string) (web.Trial, error) {
	ctx, cancel := context.WithTimeout(ctx, trialBound)
	defer cancel()
	unlink := context.AfterFunc(ts.life, cancel)
	defer unlink()
	now := ts.now().Truncate(time.Millisecond)
	t := &trial{destination: destination, planned: now, due: now.Add(trialLead), raised: make(chan time.Time, 1)}
	ts.plan(t)
	ts.wake()
	result := web.Trial{Destination: destination, Due: t.due}
	result.Reached(web.TrialPlanned, t.planned)
	err := ts.follow(ctx, t, &result)
	if err == nil && result.Failed != "" {
		// What failed now must not come at some odd hour.
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthBound)
		defer cancel()
		err = ts.outbox.Withdraw(bound, t.key())
	}
	return result, err
}

// follow notes each stage that the trial reaches; the result says where it
// failed.
func (ts *trials) follow(ctx context.Context, t *trial, result *web.Trial) error {
	defer ts.forget(t)
	select {
	case at := <-t.raised:
		result.Reached(web.TrialRaised, at)
	case <-ctx.Done():
		result.Fail(web.TrialRaised, "the watch loop did not raise the alert: see the log")
		return nil
	}
	look := time.NewTicker(trialLook)
	defer look.Stop()
	for {
		p, err := ts.outbox.Progress(context.WithoutCancel(ctx), t.key(), t.destination)
		if err != nil {
			return err
		}
		if settled(ctx, p, result) {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-look.C:
		}
	}
}

// settled reports whether nothing more is to be waited for.
func settled(ctx context.Context, p store.Progress, result *web.Trial) bool {
	if !p.AttemptAt.IsZero() && len(result.Stages) == 2 {
		result.Reached(web.TrialAttempted, p.AttemptAt)
	}
	deadline, _ := ctx.Deadline()
	switch {
	case p.State == sla.DeliverySent:
		result.Reached(web.TrialSent, p.SentAt)
		result.Receipt = strings.TrimSpace(p.Receipt.Channel + " " + p.Receipt.TS)
	case p.State == sla.DeliveryMerged:
		result.Fail(web.TrialSent, "the destination is busy: the alert went into a digest")
	case p.LastError != "" && p.NextAt.After(deadline):
		result.Fail(web.TrialSent, p.LastError) // it will not be tried again in time
	case ctx.Err() == nil:
		return false
	case p.AttemptAt.IsZero():
		result.Fail(web.TrialAttempted, "its sender did not take the alert: the destination may be paused or busy, see /health")
	case p.LastError != "":
		result.Fail(web.TrialSent, p.LastError)
	default:
		result.Fail(web.TrialSent, "the destination gave no answer")
	}
	return true
}

// try is a trial of a configured destination.
func (d *Daemon) try(ctx context.Context, destination string) (web.Trial, error) {
	if _, ok := d.config.Destinations[destination]; !ok {
		return web.Trial{}, tracker.Invalid{{
			Field: "destination", Value: destination, Message: "is no destination of this kigen: use one of " + strings.Join(d.destinationNames(), ", "),
		}}
	}
	return d.trials.run(ctx, destination)
}
