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

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

const (
	// trialLead is the time until the deadline of a trial: the watch loop has to
	// wake for it as for any other.
	trialLead = 2 * time.Second
	// trialBound bounds the wait for the message to arrive.
	trialBound = 30 * time.Second
	trialLook  = 50 * time.Millisecond
)

// trials are synthetic deadlines that people requested. Each takes the path of an
// overdue alert: planned, found by the watch loop at its instant, committed to the
// outbox, claimed and sent by the destination's sender. No incident is created, so
// that trials never appear in lists, reports or profiles of vendors.
type trials struct {
	store interface {
		Update(ctx context.Context, f func(tracker.Tx) error) error
	}
	outbox trialOutbox
	wake   func()
	now    func() time.Time
	lang   func() string

	life context.Context //nolint:containedctx // ends all trials when the daemon stops

	mu      sync.Mutex
	planned []*trial
}

// trialOutbox shows the progress of a trial; *store.DB implements it.
type trialOutbox interface {
	Progress(ctx context.Context, key, destination string) (store.Progress, error)
	Withdraw(ctx context.Context, key string) error
}

// trial is one synthetic deadline.
type trial struct {
	destination  string
	planned, due time.Time
	raised       chan time.Time // receives the instant of the commit
	over         bool           // its request has ended
}

func (t *trial) key() string { return fmt.Sprintf("test/%s/%d", t.destination, t.due.UnixMilli()) }

// step raises the due trials, as part of a step of the watch loop, and returns the
// next planned instant: next, or an earlier one of a trial.
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
			ts.plan(t) // retried with the next step
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
		"title": catalog.In(ts.lang()).Say("trial"),
		"lines": []string{catalog.In(ts.lang()).Say("trial_note")},
		"link":  "/health",
	})
	if err != nil {
		return err
	}
	alert := &outbox.Alert{Key: t.key(), Reason: outbox.ReasonTest, At: t.due, To: []string{t.destination}, Body: body}
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

// run makes a trial and follows it until it is sent or fails.
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
		// A failed trial must not be sent later.
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthBound)
		defer cancel()
		err = ts.outbox.Withdraw(bound, t.key())
	}
	return result, err
}

// follow records each stage that the trial reaches, and the stage at which it
// fails.
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

// settled reports whether the trial has ended.
func settled(ctx context.Context, p store.Progress, result *web.Trial) bool {
	if !p.AttemptAt.IsZero() && len(result.Stages) == 2 {
		result.Reached(web.TrialAttempted, p.AttemptAt)
	}
	deadline, _ := ctx.Deadline()
	switch {
	case p.State == outbox.DeliverySent && len(p.Left) > 0:
		result.Fail(web.TrialSent, unreached(p.Left))
	case p.State == outbox.DeliverySent:
		result.Reached(web.TrialSent, p.SentAt)
		result.Receipt = strings.TrimSpace(p.Receipt.Channel + " " + p.Receipt.TS)
	case p.State == outbox.DeliveryMerged:
		result.Fail(web.TrialSent, "the destination is busy: the alert went into a digest")
	case p.State == outbox.DeliveryRefused:
		result.Fail(web.TrialSent, p.LastError)
	case p.LastError != "" && p.NextAt.After(deadline):
		result.Fail(web.TrialSent, p.LastError) // the next retry comes too late
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

// unreached lists the recipients that a mail did not reach.
func unreached(left []outbox.Undelivered) string {
	lines := make([]string, len(left))
	for i, u := range left {
		outcome := "deferred"
		if u.Refused {
			outcome = "refused"
		}
		lines[i] = u.Recipient + " " + outcome + ": " + u.Reason
	}
	return strings.Join(lines, "; ")
}

// try makes a trial of a configured destination.
func (d *deployment) try(ctx context.Context, destination string) (web.Trial, error) {
	if _, ok := d.config.Destinations[destination]; !ok {
		return web.Trial{}, tracker.Invalidf("destination", destination, "is not a configured destination: use one of %s", strings.Join(d.destinationNames(), ", "))
	}
	if d.lease.Contended() && !d.lease.Valid() {
		return d.elsewhere(destination), nil
	}
	return d.trials.run(ctx, destination)
}

// elsewhere is a trial that a replica can't make: the watch loop and the senders run where
// the leader is. It would prove nothing of them to try another path.
func (d *deployment) elsewhere(destination string) web.Trial {
	result := web.Trial{Destination: destination, Due: wallNow().Truncate(time.Millisecond), Stages: []web.TrialStage{}}
	reason := "this replica does not lead, and no other one does: see /health"
	if who, ok := d.lease.Leader(); ok {
		reason = fmt.Sprintf("this replica does not lead, and only the leader sends: set KIGEN_URL to the kigen on %s, which listens at %s", who.Name, who.Address)
	}
	result.Fail(web.TrialPlanned, reason)
	return result
}
