package notify

import (
	"context"
	"time"

	"kigen/sla"
)

// deliver makes the attempt for a claimed delivery and records its outcome.
// Once claimed, neither is cut short by ctx: only by the grace.
func (s *Sender) deliver(ctx context.Context, d *sla.Delivery) error {
	message := s.writer.Write(d, s.wallNow())
	blind := s.watchBlind(d, message)
	receipt, err := s.request(ctx, d, message)
	if err != nil && asFailure(err).Kind == Refused && !message.Plain {
		s.log.Warn("message refused, sending plain text", "delivery", d.Key, "error", err)
		message.Plain = true
		receipt, err = s.request(ctx, d, message)
	}
	if err == nil {
		delete(s.failures, d.ID)
		if s.circuit.worked() {
			s.log.Info("destination is back")
		}
		return s.record(ctx, func(ctx context.Context) error {
			return s.outbox.Sent(ctx, d.ID, receipt, s.wallNow())
		})
	}
	failure := asFailure(err)
	s.log.Warn("delivery failed", "delivery", d.Key, "attempt", d.Attempts, "error", failure)
	return s.putBack(ctx, d, failure, *blind)
}

// watchBlind has it put on record when the message goes a way on which it can't
// be looked for. It returns where it stands that this was so.
func (s *Sender) watchBlind(d *sla.Delivery, m *Message) *bool {
	blind := new(bool)
	m.Blindly = func(ctx context.Context) error {
		if d.PossibleRepeat || *blind {
			return nil // it is on record
		}
		err := s.outbox.Blind(ctx, d.ID, true)
		*blind = err == nil
		return err
	}
	return blind
}

// request makes one attempt within its budget of requests.
func (s *Sender) request(ctx context.Context, d *sla.Delivery, m *Message) (sla.Receipt, error) {
	ctx, cancel := s.finishing(ctx, sendTimeout)
	defer cancel()
	// There is room: step has seen to it. Only what somebody else took
	// meanwhile, or plain text sent at once after a refusal, waits here.
	for _, lane := range s.of(d.Kind) {
		if err := lane.wait(ctx); err != nil {
			return sla.Receipt{}, &Failure{Kind: Unreached, Reason: "stopped before sending", Err: err}
		}
	}
	switch d.Kind {
	case sla.Update:
		return d.Receipt, s.destination.Update(ctx, d.Receipt, m)
	case sla.File:
		if up, ok := s.destination.(uploading); ok {
			return up.Upload(ctx, m)
		}
		// The configuration has changed since: what takes no files has a digest's
		// list in its pages. A report's file goes with a message of its own.
		if d.Digest != nil {
			return sla.Receipt{}, nil
		}
		return s.destination.Post(ctx, m)
	default:
		return s.destination.Post(ctx, m)
	}
}

// putBack returns a delivery that failed to the outbox, with the wait that
// its failure asks for.
func (s *Sender) putBack(ctx context.Context, d *sla.Delivery, f *Failure, blind bool) error {
	wait := s.penalty(d, f)
	return s.record(ctx, func(ctx context.Context) error {
		at := s.wallNow().Add(wait)
		if f.Kind != Unknown && blind { // it is certain that it did not arrive
			if err := s.outbox.Blind(ctx, d.ID, false); err != nil {
				return err
			}
		}
		if f.Kind != Unknown {
			return s.outbox.Retry(ctx, d.ID, at, f.Error())
		}
		if err := s.outbox.Doubt(ctx, d.ID, at, f.Error()); err != nil {
			return err
		}
		if f.Blind {
			return s.outbox.Resend(ctx, d.ID, at, d.Kind != sla.Update)
		}
		signal(s.doubted)
		return nil
	})
}

// penalty tells the circuit and the budgets what the failure means for other
// deliveries, and returns how long this one has to wait.
func (s *Sender) penalty(d *sla.Delivery, f *Failure) time.Duration {
	now := time.Now()
	switch f.Kind {
	case Limited:
		for _, lane := range s.of(d.Kind) {
			lane.close(now.Add(f.RetryAfter))
		}
		return f.RetryAfter
	case Broken:
		if s.circuit.breaks(now) {
			s.log.Error("destination is broken", "error", f)
		}
		return brokenPause
	case Refused:
		return brokenPause // even as plain text; others may pass
	}
	if s.circuit.unanswered(now) {
		s.log.Error("destination does not answer, only probes go out", "error", f)
	}
	if f.Kind == Unknown {
		return backoff(d.Looks + 1)
	}
	s.failures[d.ID]++
	return backoff(s.failures[d.ID])
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
