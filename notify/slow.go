package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// patient is a Destination whose requests may take longer than sendTimeout: RFC
// 5321 gives a mail server ten minutes for its confirmation alone.
type patient interface {
	// Patience is how long a request may take.
	Patience() time.Duration
}

const (
	// slowAfter is how long a request may block its Sender. After that, the
	// Sender makes the next request on another connection, so that alerts do not
	// wait for a slow confirmation.
	slowAfter = sendTimeout
	// mostSlow bounds how many slow requests stay open beside the newest. A
	// server that answers none of them opens the breaker earlier.
	mostSlow = 8
	// copyRetryFor is how long a copy is retried for a recipient that the server
	// defers. After that the alert is out of date, and a person has to check the
	// mailbox.
	copyRetryFor = 48 * time.Hour
)

// attempt is one attempt to send a delivery, with its result.
type attempt struct {
	delivery     *outbox.Delivery
	begun        time.Time
	unsearchable *bool // set once the use of an unsearchable path is recorded
	done         chan struct{}
	receipt      outbox.Receipt
	err          error
}

// await makes the attempt in a goroutine and reports whether it ended within
// slowAfter.
func (s *Sender) await(ctx context.Context, a *attempt, m *wire.Message) bool {
	a.done = make(chan struct{})
	s.requests.Go(func() {
		defer close(a.done)
		s.make(ctx, a, m)
	})
	timer := time.NewTimer(slowAfter)
	defer timer.Stop()
	select {
	case <-a.done:
		return true
	case <-timer.C:
		return false
	}
}

// leaveRunning lets a slow attempt continue in its goroutine. Its row stays in
// sending, is a possible repeat if a crash interrupts it, and no longer delays
// other posts of its incident. The breaker counts it as unanswered.
func (s *Sender) leaveRunning(ctx context.Context, a *attempt) error {
	s.slow.add(a)
	s.requests.Go(func() { <-a.done; s.Wake() })
	s.log.Warn("destination takes long to answer", "delivery", a.delivery.Key)
	if s.breaker.unanswered(a.begun, time.Now()) {
		s.log.Error("destination does not answer, only probes go out")
	}
	if a.delivery.PossibleRepeat {
		return nil
	}
	return s.record(ctx, func(ctx context.Context) error {
		return s.outbox.MarkUnsearchable(ctx, a.delivery.Attempt(), true)
	})
}

// concludeLate records the outcomes of slow attempts that have ended.
func (s *Sender) concludeLate(ctx context.Context) error {
	for a := s.slow.ended(); a != nil; a = s.slow.ended() {
		if !a.delivery.PossibleRepeat {
			*a.unsearchable = true // as leaveRunning recorded it
		}
		if err := s.conclude(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// slowAttempts are the attempts that leaveRunning left in their goroutines.
type slowAttempts struct {
	mu   sync.Mutex
	open []*attempt
}

func (l *slowAttempts) add(a *attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, a)
}

func (l *slowAttempts) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// ended removes and returns an attempt that has ended; nil when there is none.
func (l *slowAttempts) ended() *attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, a := range l.open {
		select {
		case <-a.done:
			l.open = slices.Delete(l.open, i, i+1)
			return a
		default:
		}
	}
	return nil
}

// has reports whether a request for the delivery is still open.
func (l *slowAttempts) has(id outbox.DeliveryID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.open, func(a *attempt) bool { return a.delivery.ID == id })
}

// partly records that a message arrived for some of its recipients only.
func (s *Sender) partly(ctx context.Context, a *attempt, p *Partial) error {
	now := s.wallNow()
	left := make([]outbox.Undelivered, len(p.Left))
	for i, l := range p.Left {
		s.log.Warn("recipient not reached", "delivery", a.delivery.Key, "recipient", l.Recipient, "error", l.Failure)
		left[i] = s.undelivered(a.delivery, l, now)
	}
	return s.record(ctx, func(ctx context.Context) error {
		return s.outbox.Partly(ctx, a.delivery.ID, a.receipt, now, left)
	})
}

// undelivered decides whether and when a recipient is tried again.
func (s *Sender) undelivered(d *outbox.Delivery, l Left, now time.Time) outbox.Undelivered {
	attempts := 1
	if d.Recipient != "" {
		attempts = d.Attempts
	}
	u := outbox.Undelivered{Recipient: l.Recipient, Reason: l.Failure.Reason}
	switch l.Failure.Kind {
	case wire.Refused, wire.Broken:
		u.Refused = true
	case wire.Unknown:
		u.PossibleRepeat = true
	}
	if d.Recipient != "" && now.Sub(d.SentAt) > copyRetryFor {
		u.Refused = true
		u.Reason = "put off for two days: " + u.Reason
	}
	u.Next = now.Add(max(backoff(attempts), l.Failure.RetryAfter))
	return u
}
