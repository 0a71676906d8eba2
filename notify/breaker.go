package notify

import (
	"slices"
	"sync"
	"time"

	"kigen/sla/outbox"
)

const (
	// breakerLimit is how many requests without an answer in a row open the breaker.
	breakerLimit = 5
	// refusalLimit is how many different messages refused in a row, with none
	// accepted between them, make the destination broken.
	refusalLimit = 3
	// BrokenPause is how long a broken destination is left alone.
	BrokenPause = 5 * time.Minute
	// failureFresh is how long a failure counts without a later attempt. It is
	// longer than the longest wait between two attempts.
	failureFresh = 20 * time.Minute
)

// breaker is the circuit breaker of a destination that does not answer or is
// broken. While it is open, the next attempt is a probe. It also records since
// when requests fail, which decides when alerts fail over.
type breaker struct {
	mu       sync.Mutex
	failures int       // without an answer, in a row
	since    time.Time // when it opened; zero: closed
	broken   bool      // it is open because a person has to repair something
	until    time.Time // no attempt before
	probes   int       // messages refused since the last pause

	inFlight []time.Time // start of each request in progress
	failing  time.Time   // start of the first failed request since the last success; zero: none failed
	fresh    time.Time   // failing is ignored after this instant

	// The deliveries refused since the last accepted one, each with its subject:
	// all alerts of one incident share a title and count as one message.
	refused map[outbox.DeliveryID]string
}

// delay returns how long the breaker allows no attempt.
func (b *breaker) delay(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until.Sub(now)
}

// begin records the start of a request; the returned func records its end.
func (b *breaker) begin(now time.Time) (end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inFlight = append(b.inFlight, now)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		i := slices.Index(b.inFlight, now)
		b.inFlight = slices.Delete(b.inFlight, i, i+1)
	}
}

// succeeded records a success and closes the breaker. It reports whether the
// breaker was open, and whether requests had failed since the success before.
func (b *breaker) succeeded() (open, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	open, failed = !b.since.IsZero(), !b.failing.IsZero()
	b.failures, b.since, b.broken, b.until, b.probes = 0, time.Time{}, false, time.Time{}, 0
	b.failing, b.fresh, b.refused = time.Time{}, time.Time{}, nil
	return open, failed
}

// recordFailure records a failed request and when it began; wait is the wait that the
// destination asked for.
func (b *breaker) recordFailure(begun, now time.Time, wait time.Duration) {
	if b.failing.IsZero() || now.After(b.fresh) {
		b.failing = begun
	}
	b.fresh = now.Add(wait + failureFresh)
}

// unanswered records a message without an answer. It reports whether that opens
// the breaker.
func (b *breaker) unanswered(begun, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recordFailure(begun, now, 0)
	b.failures++
	if b.failures < breakerLimit {
		return false
	}
	b.until = now.Add(backoff(b.failures - breakerLimit + 1))
	return b.open(now)
}

// searchUnanswered records a search without an answer. It counts like a message, but
// does not delay the next probe: only a successful probe closes the breaker.
func (b *breaker) searchUnanswered(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recordFailure(now, now, 0)
	b.failures++
	return b.failures >= breakerLimit && b.open(now)
}

// limited records that the destination asked to wait. It does not open the
// breaker, but counts as failing: no alert arrives during the wait.
func (b *breaker) limited(begun, now time.Time, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recordFailure(begun, now, wait)
}

// breaks records that the destination accepts no message until a person repairs
// it. It reports whether that opens the breaker.
func (b *breaker) breaks(begun, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recordFailure(begun, now, 0)
	return b.breakOpen(now)
}

func (b *breaker) breakOpen(now time.Time) bool {
	b.broken, b.probes = true, 0
	b.until = now.Add(BrokenPause)
	return b.open(now)
}

// ruling is the consequence of a refused message.
type ruling uint8

const (
	putAside  ruling = iota // the destination refuses this message alone
	stillDown               // the message was a probe of a broken destination; it stays pending
	breaksNow               // refusalLimit is reached: the destination refuses all messages
)

// refuses decides the consequence of a refused message. With breaksNow it
// returns the deliveries that were put aside since the last success, because
// the destination was at fault and not they. A delivery that was put aside
// before does not count again.
func (b *breaker) refuses(begun, now time.Time, d *outbox.Delivery) (ruling, []outbox.DeliveryID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		// The destination may refuse the probe itself, so others are tried at once.
		probes := b.probes + 1
		b.breakOpen(now)
		b.recordFailure(begun, now, 0)
		if probes < refusalLimit {
			b.probes, b.until = probes, time.Time{}
		}
		return stillDown, nil
	}
	b.until = time.Time{} // the destination answered: the next message may be sent
	if d.Refusals > 0 {
		return putAside, nil
	}
	if b.refused == nil {
		b.refused = map[outbox.DeliveryID]string{}
	}
	b.refused[d.ID] = subjectOf(d)
	if distinct(b.refused) < refusalLimit {
		return putAside, nil
	}
	rows := make([]outbox.DeliveryID, 0, len(b.refused))
	for id := range b.refused {
		rows = append(rows, id)
	}
	b.refused = nil
	b.recordFailure(begun, now, 0)
	b.breakOpen(now)
	return breaksNow, rows
}

// subjectOf returns the incident's id, or the alert's key where there is none.
func subjectOf(d *outbox.Delivery) string {
	if d.Alert.Incident != 0 {
		return d.Alert.Incident.String()
	}
	return d.Alert.Key
}

func distinct(subjects map[outbox.DeliveryID]string) int {
	different := map[string]bool{}
	for _, s := range subjects {
		different[s] = true
	}
	return len(different)
}

func (b *breaker) open(now time.Time) bool {
	if !b.since.IsZero() {
		return false
	}
	b.since = now
	return true
}

// untilDown returns the time left until the destination counts as down and its
// alerts fail over: 0 when it is broken, else the rest of the patience counted
// from the start of the first request that failed or has no answer yet. It
// returns false when no request fails.
func (b *breaker) untilDown(now time.Time, patience time.Duration) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return 0, true
	}
	var from time.Time
	if !b.failing.IsZero() && !now.After(b.fresh) {
		from = b.failing
	}
	for _, begun := range b.inFlight {
		if from.IsZero() || begun.Before(from) {
			from = begun
		}
	}
	if from.IsZero() {
		return 0, false
	}
	return max(0, from.Add(patience).Sub(now)), true
}

// backoff is the wait after the nth attempt without an answer. There is no last
// attempt.
func backoff(n int) time.Duration {
	steps := [...]time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}
	if n <= len(steps) {
		return divided(steps[max(n, 1)-1])
	}
	return divided(15 * time.Minute)
}

// asideFor is how long a delivery is put aside the nth time. The cause may pass
// without a repair (a receiver that is being reinstalled answers 404), so there
// is no last attempt.
func asideFor(n int) time.Duration {
	steps := [...]time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour}
	if n <= len(steps) {
		return steps[max(n, 1)-1]
	}
	return 24 * time.Hour
}
