package access

import (
	"sync"
	"time"
)

const (
	freeTries   = 5 // guesses before any delay
	firstDelay  = time.Second
	forgetAfter = time.Hour // without another attempt
	mostTracked = 10_000    // users or addresses
)

// throttle delays password guessing: after a few failures each further one doubles
// the wait. It is kept in memory on purpose: in the database each guess of a
// stranger would cost a write, and a stranger cannot cause a restart, which clears it.
type throttle struct {
	longest time.Duration

	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	count int
	last  time.Time
	until time.Time // no attempt before
}

func newThrottle(longest time.Duration) *throttle {
	return &throttle{longest: longest, tries: map[string]*tries{}}
}

// try counts an attempt for the key, or returns how long it must wait. It counts
// before the password is checked, so that concurrent guesses all count.
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

// succeed clears the key's attempts.
func (t *throttle) succeed(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, key)
}

// forgive takes one attempt back. The others stay, so that a stranger with one
// valid password gets no free guesses at others by signing in now and then.
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

// makeRoom bounds the map. If no entry is old, it drops the one with the fewest
// attempts: a flood of invented names must not displace the one under attack.
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
