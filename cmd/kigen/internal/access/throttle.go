package access

import (
	"sync"
	"time"
)

const (
	freeTries   = 5 // guesses before any delay
	firstDelay  = time.Second
	forgetAfter = time.Hour // without another try
	mostTracked = 10_000    // users or addresses
)

// throttle slows guessing down: after a few tries in vain, each further one
// doubles the wait for the next. It lives in memory on purpose: written to the
// database, every guess of a stranger would cost a write, and a restart, which
// forgets it, is nothing that a stranger can bring about.
type throttle struct {
	longest time.Duration

	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	count int
	last  time.Time
	until time.Time // no try before
}

func newThrottle(longest time.Duration) *throttle {
	return &throttle{longest: longest, tries: map[string]*tries{}}
}

// try takes one try for the key, or returns how long it must wait. It is taken
// before the guess is checked, so that many at once count one by one.
func (t *throttle) try(key string, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.tries[key]
	if s == nil || now.Sub(s.last) > forgetAfter {
		t.makeRoom(now)
		s = &tries{}
		t.tries[key] = s
	}
	if wait := s.until.Sub(now); wait > 0 {
		return wait
	}
	s.count++
	s.last = now
	if over := s.count - freeTries; over >= 0 {
		s.until = now.Add(min(firstDelay<<min(over, 20), t.longest))
	}
	return 0
}

// succeed forgets the key's tries.
func (t *throttle) succeed(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, key)
}

// forgive takes one try back. An address keeps the others: whoever has one
// password must not get free guesses at the rest by signing in now and then.
func (t *throttle) forgive(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.tries[key]; s != nil {
		s.count--
		s.until = time.Time{}
		if s.count <= 0 {
			delete(t.tries, key)
		}
	}
}

// makeRoom keeps the map bounded. Where all are fresh, the one with the fewest
// tries goes: a flood of made-up names must not wash out the one that is
// attacked.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.tries) < mostTracked {
		return
	}
	least := ""
	for key, s := range t.tries {
		if now.Sub(s.last) > forgetAfter {
			delete(t.tries, key)
		} else if least == "" || s.count < t.tries[least].count {
			least = key
		}
	}
	if len(t.tries) >= mostTracked {
		delete(t.tries, least)
	}
}
