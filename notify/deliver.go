package notify

import (
	"context"
	"time"

	"kigen/sla"
)

// deliver makes the attempt for a claimed delivery and records its outcome.
// Once claimed, neither is cut short by ctx: only by the grace.
func (s *Sender) deliver(ctx context.Context, d *sla.Delivery) error {
	message := s.writer.Write(d, wallNow())
	receipt, err := s.request(ctx, d, message)
	if err != nil && asFailure(err).Kind == Refused && !message.Plain {
		s.log.Warn("message refused, sending plain text", "delivery", d.Key, "error", err)
		message.Plain = true
		receipt, err = s.request(ctx, d, message)
	}
	if err == nil {
		delete(s.failures, d.ID)
		return s.record(ctx, func(ctx context.Context) error {
			return s.outbox.Sent(ctx, d.ID, receipt, wallNow())
		})
	}
	failure := asFailure(err)
	s.log.Warn("delivery failed", "delivery", d.Key, "attempt", d.Attempts, "error", failure)
	return s.putBack(ctx, d, failure)
}

// request makes one attempt within its budget of requests.
func (s *Sender) request(ctx context.Context, d *sla.Delivery, m *Message) (sla.Receipt, error) {
	ctx, cancel := s.finishing(ctx, sendTimeout)
	defer cancel()
	budget := s.posts
	if d.Kind == sla.Update {
		budget = s.updates
	}
	// There is room: step has seen to it. Only plain text sent at once after a
	// refusal waits here.
	if err := budget.Wait(ctx); err != nil {
		return sla.Receipt{}, &Failure{Kind: Unreached, Reason: "stopped before sending", Err: err}
	}
	if d.Kind == sla.Update {
		return d.Receipt, s.destination.Update(ctx, d.Receipt, m)
	}
	return s.destination.Post(ctx, m)
}

// putBack returns a delivery that failed to the outbox, with the wait that
// its failure asks for.
func (s *Sender) putBack(ctx context.Context, d *sla.Delivery, f *Failure) error {
	now := time.Now()
	var wait time.Duration
	switch f.Kind {
	case Limited:
		wait = f.RetryAfter
		s.pausedUntil = now.Add(wait)
	case Broken:
		wait = brokenPause
		s.pausedUntil = now.Add(wait) // the next attempt is the probe
	case Refused:
		wait = brokenPause // even as plain text; others may pass
	default:
		s.failures[d.ID]++
		wait = backoff(s.failures[d.ID])
	}
	return s.record(ctx, func(ctx context.Context) error {
		at := wallNow()
		if f.Kind == Unknown {
			// The same case as a crash, so it takes the same way back.
			_, err := s.outbox.Interrupted(ctx, s.name, at, at.Add(wait))
			return err
		}
		return s.outbox.Retry(ctx, d.ID, at.Add(wait), f.Error())
	})
}

// backoff is the wait after the nth attempt without an answer. It never gives
// up.
func backoff(n int) time.Duration {
	steps := [...]time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}
	if n <= len(steps) {
		return steps[n-1]
	}
	return 15 * time.Minute
}

// record writes an outcome to the outbox and does not give up easily: what
// has been sent and is not recorded is sent again. In the end, or on a stop,
// the row is treated like that of a crash.
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

// finishing derives a context that outlives ctx by the grace, and never lasts
// longer than limit.
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
