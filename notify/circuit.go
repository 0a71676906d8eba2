package notify

import (
	"sync"
	"time"
)

const (
	// So many failures without an answer in a row open the circuit.
	circuitLimit = 5
	brokenPause  = 5 * time.Minute
)

// circuit keeps requests away from a destination that does not answer or is
// broken. While it is open, the next attempt is a probe.
type circuit struct {
	mu       sync.Mutex
	failures int       // without an answer, in a row
	since    time.Time // when it opened; zero: closed
	broken   bool      // it is open because a person has to repair something
	until    time.Time // no attempt before
}

// delay returns how long no attempt is to be made.
func (c *circuit) delay(now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.until.Sub(now)
}

// worked closes the circuit. It reports whether it was open.
func (c *circuit) worked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := !c.since.IsZero()
	c.failures, c.since, c.broken, c.until = 0, time.Time{}, false, time.Time{}
	return open
}

// unanswered notes a message without an answer. It reports whether that opens
// the circuit.
func (c *circuit) unanswered(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures++
	if c.failures < circuitLimit {
		return false
	}
	c.until = now.Add(backoff(c.failures - circuitLimit + 1))
	return c.open(now)
}

// unheard notes a search without an answer. It counts like a message, but does
// not put off the next probe: only a probe can tell that the destination is
// back.
func (c *circuit) unheard(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures++
	return c.failures >= circuitLimit && c.open(now)
}

// breaks notes that no message will pass until somebody repairs something.
func (c *circuit) breaks(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
	c.until = now.Add(brokenPause)
	return c.open(now)
}

func (c *circuit) open(now time.Time) bool {
	if !c.since.IsZero() {
		return false
	}
	c.since = now
	return true
}

// down reports whether the destination has been out of reach so long, or is so
// broken, that its alerts are told elsewhere.
func (c *circuit) down(now time.Time, patience time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken || !c.since.IsZero() && now.Sub(c.since) >= patience
}

// backoff is the wait after the nth attempt without an answer. It never gives
// up.
func backoff(n int) time.Duration {
	steps := [...]time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}
	if n <= len(steps) {
		return steps[max(n, 1)-1]
	}
	return 15 * time.Minute
}
