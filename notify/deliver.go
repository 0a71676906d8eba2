package notify

import (
	"context"
	"errors"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// deliver makes the attempt for a claimed delivery and records its outcome.
// The end of ctx stops neither before the grace is over. A slow attempt
// continues while later ones run, and is recorded when it ends.
func (s *Sender) deliver(ctx context.Context, d *outbox.Delivery) error {
	message := s.writer.Write(d, s.wallNow())
	a := &attempt{delivery: d, begun: time.Now(), unsearchable: s.recordUnsearchable(d, message)}
	if s.patience == 0 {
		s.make(ctx, a, message)
	} else if !s.await(ctx, a, message) {
		return s.leaveRunning(ctx, a)
	}
	return s.conclude(ctx, a)
}

// make makes the requests of an attempt and stores their result in a.
func (s *Sender) make(ctx context.Context, a *attempt, m *wire.Message) {
	a.receipt, a.err = s.attempt(ctx, a.delivery, m)
}

// conclude records the outcome of an attempt.
func (s *Sender) conclude(ctx context.Context, a *attempt) error {
	var partial *Partial
	switch {
	case errors.Is(a.err, errSuperseded):
		return nil
	case a.err != nil && !errors.As(a.err, &partial):
		return s.failed(ctx, a)
	}
	delete(s.failures, a.delivery.ID)
	s.succeeded()
	if partial != nil {
		return s.partly(ctx, a, partial)
	}
	return s.record(ctx, func(ctx context.Context) error {
		return s.outbox.Sent(ctx, a.delivery.ID, a.receipt, s.wallNow())
	})
}

// succeeded notes that the destination has answered well.
func (s *Sender) succeeded() {
	open, failed := s.breaker.succeeded()
	if open {
		s.log.Info("destination is back")
	}
	if failed {
		now := s.wallNow()
		s.back.Store(&now)
		signal(s.unconfirmed) // what waits for the next search need not wait longer
	}
}

// failed records an attempt whose message did not arrive or is unconfirmed.
func (s *Sender) failed(ctx context.Context, a *attempt) error {
	d, failure := a.delivery, wire.AsFailure(a.err)
	s.log.Warn("delivery failed", "delivery", d.Key, "attempt", d.Attempts, "error", failure)
	defer signal(s.standby) // alerts may have to fail over
	if err := s.noteParts(ctx, d, failure); err != nil {
		return err
	}
	if failure.Kind == wire.Unreached && errors.Is(failure, ErrHeldBack) {
		return s.putBackAfter(ctx, d, failure, 0, *a.unsearchable) // it says nothing about the destination
	}
	if failure.Kind == wire.Refused || failure.Kind == wire.Gone {
		return s.refuse(ctx, d, failure, a.begun, *a.unsearchable)
	}
	return s.putBack(ctx, d, failure, a.begun, *a.unsearchable)
}

// noteParts records that a part of a message has arrived, before its outcome is recorded.
func (s *Sender) noteParts(ctx context.Context, d *outbox.Delivery, f *wire.Failure) error {
	if !f.Partly || d.PossibleRepeat || !s.mayHaveArrived(d.Kind) {
		return nil
	}
	return s.record(ctx, func(ctx context.Context) error { return s.outbox.MarkUnsearchable(ctx, d.Attempt(), true) })
}

// recordUnsearchable makes the destination record, before it uses a path that
// cannot be searched, such as an incoming webhook, that the message is
// unsearchable. The returned flag is set once that is recorded.
func (s *Sender) recordUnsearchable(d *outbox.Delivery, m *wire.Message) *bool {
	unsearchable := new(bool)
	m.BeforeUnsearchable = func(ctx context.Context) error {
		if d.PossibleRepeat || *unsearchable {
			return nil // already recorded
		}
		err := s.outbox.MarkUnsearchable(ctx, d.Attempt(), true)
		*unsearchable = err == nil
		return err
	}
	return unsearchable
}

// request makes one request when the rate limiters allow it.
func (s *Sender) request(ctx context.Context, d *outbox.Delivery, m *wire.Message) (outbox.Receipt, error) {
	ctx, cancel := s.finishing(ctx, max(sendTimeout, s.patience))
	defer cancel()
	if s.hasNoPlace(d) {
		m.Anew, m.Under = true, outbox.Receipt{}
	}
	// step has checked the limiters. A wait is needed only when another Sender
	// used the budget since, or for a plainer form sent right after a refusal.
	kind := d.Kind
	if m.Anew && kind == outbox.Update {
		kind = outbox.Post
	}
	for _, limit := range s.of(kind) {
		if err := limit.wait(ctx); err != nil {
			return outbox.Receipt{}, &wire.Failure{Kind: wire.Unreached, Reason: "stopped before sending", Err: err}
		}
	}
	end := s.breaker.begin(time.Now())
	defer end()
	switch {
	case m.Anew:
		return s.postAnew(ctx, d, m)
	case d.Kind == outbox.Update:
		return d.Receipt, s.destination.Update(ctx, d.Receipt, m)
	case d.Kind == outbox.File:
		if up, ok := s.destination.(uploading); ok {
			return up.Upload(ctx, m)
		}
		// The configuration has changed since the file was queued. The pages of a
		// digest hold its list; a report's file needs a message with its link.
		if d.Digest != nil {
			return outbox.Receipt{}, nil
		}
		return s.destination.Post(ctx, m)
	default:
		return s.destination.Post(ctx, m)
	}
}

// putBack returns a failed delivery to the outbox, with the wait that the
// failure requires.
func (s *Sender) putBack(ctx context.Context, d *outbox.Delivery, f *wire.Failure, begun time.Time, unsearchable bool) error {
	return s.putBackAfter(ctx, d, f, s.penalty(d, f, begun), unsearchable)
}

func (s *Sender) putBackAfter(ctx context.Context, d *outbox.Delivery, f *wire.Failure, wait time.Duration, unsearchable bool) error {
	return s.record(ctx, func(ctx context.Context) error {
		at := s.wallNow().Add(wait)
		if f.Kind != wire.Unknown && unsearchable { // the message certainly did not arrive
			if err := s.outbox.MarkUnsearchable(ctx, d.Attempt(), false); err != nil {
				return err
			}
		}
		if f.Kind != wire.Unknown {
			return s.outbox.Retry(ctx, d.Attempt(), at, f.Error())
		}
		if err := s.outbox.MarkUnconfirmed(ctx, d.Attempt(), at, f.Error()); err != nil {
			return err
		}
		if f.Unsearchable {
			return s.outbox.Resend(ctx, d.Attempt(), at, s.mayHaveArrived(d.Kind))
		}
		signal(s.unconfirmed)
		return nil
	})
}

// penalty updates the breaker and the limiters after a failure, and returns how
// long this delivery waits.
func (s *Sender) penalty(d *outbox.Delivery, f *wire.Failure, begun time.Time) time.Duration {
	now := time.Now()
	if f.RetryAfter > 0 {
		for _, limit := range s.of(d.Kind) {
			limit.close(now.Add(f.RetryAfter))
		}
	}
	switch f.Kind {
	case wire.Limited:
		s.breaker.limited(begun, now, f.RetryAfter)
		return f.RetryAfter
	case wire.Broken:
		if s.breaker.breaks(begun, now) {
			s.log.Error("destination is broken", "error", f)
		}
		return BrokenPause
	}
	if s.breaker.unanswered(begun, now) {
		s.log.Error("destination does not answer, only probes go out", "error", f)
	}
	if f.RetryAfter > 0 {
		return f.RetryAfter
	}
	if f.Kind == wire.Unknown {
		return backoff(d.Lookups + 1)
	}
	s.failures[d.ID]++
	return backoff(s.failures[d.ID])
}

// record writes an outcome to the outbox, and retries for recordFor: an
// unrecorded message would be sent again. If it fails, or on a stop, the row is
// treated as interrupted.
func (s *Sender) record(ctx context.Context, write func(context.Context) error) error {
	for begun := time.Now(); ; {
		attempt, cancel := s.finishing(ctx, recordTimeout)
		err := write(attempt)
		cancel()
		if err == nil {
			return nil
		}
		s.log.Error("outcome not recorded", "error", err)
		if ctx.Err() != nil || time.Since(begun) > recordFor {
			s.orphans = true
			return err
		}
		s.pause(ctx, outboxPause)
	}
}

// pause sleeps without listening to Wake.
func (s *Sender) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// finishing derives a context that outlives ctx by the grace and is limited to
// the given duration.
func (s *Sender) finishing(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	unlink := context.AfterFunc(ctx, func() {
		defer cancel()
		grace := time.NewTimer(s.grace)
		defer grace.Stop()
		select {
		case <-grace.C:
		case <-work.Done():
		}
	})
	return work, func() { unlink(); cancel() }
}
