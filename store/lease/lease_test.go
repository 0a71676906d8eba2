package lease

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeRow is free at first, and then ours.
type fakeRow struct {
	mu sync.Mutex
	behaviour
	given func()
}

// behaviour is how a fakeRow answers, and what it was asked for.
type behaviour struct {
	term     int64
	delay    time.Duration // of each answer
	fails    error
	lost     bool
	skew     time.Duration // of the database's clock
	patience time.Duration // of the last take
	renewals int
}

// set changes the behaviour.
func (r *fakeRow) set(f func(*behaviour)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.behaviour)
}

func (r *fakeRow) present() behaviour {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.behaviour
}

func (r *fakeRow) answer(ctx context.Context) (behaviour, error) {
	select {
	case <-ctx.Done():
		return behaviour{}, ctx.Err()
	case <-time.After(r.present().delay):
		b := r.present()
		return b, b.fails
	}
}

func (r *fakeRow) take(ctx context.Context, me Leader, patience time.Duration) (sight, error) {
	r.set(func(b *behaviour) { b.patience = patience })
	b, err := r.answer(ctx)
	if err != nil {
		return sight{}, err
	}
	s := sight{leader: Leader{Term: Term{99, "another"}, Name: "b"}, led: true, now: time.Now().Add(b.skew)}
	if !b.lost {
		r.set(func(b *behaviour) { b.term++ })
		s.leader = me
		s.leader.Number = b.term + 1
	}
	return s, nil
}

func (r *fakeRow) renew(ctx context.Context, term Term) (sight, error) {
	r.set(func(b *behaviour) { b.renewals++ })
	b, err := r.answer(ctx)
	if err != nil || b.lost {
		return sight{}, err
	}
	return sight{leader: Leader{Term: term}, led: true, now: time.Now().Add(b.skew)}, nil
}

func (r *fakeRow) giveUp(context.Context, Term) error {
	if r.given != nil {
		r.given()
	}
	return nil
}

func (r *fakeRow) wait(ctx context.Context) { <-ctx.Done() }
func (r *fakeRow) close()                   {}

// fakeLease runs a lease on r in a bubble of synctest.
func fakeLease(t *testing.T, r *fakeRow) *Lease {
	t.Helper()
	l, _ := clockedLease(t, r)
	return l
}

// clocks are the clocks of a lease: real ones, shifted, or stopped.
type clocks struct {
	mu                  sync.Mutex
	monotonic, wall     time.Duration // ahead
	stopMono, stopWalls time.Time     // zero: it runs
}

func (c *clocks) set(f func(*clocks)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

func (c *clocks) read(stopped *time.Time, ahead *time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !stopped.IsZero() {
		return *stopped
	}
	return time.Now().Add(*ahead)
}

func clockedLease(t *testing.T, r *fakeRow) (*Lease, *clocks) {
	t.Helper()
	l, c := newLease(r, Options{Name: "a", Log: slog.New(slog.DiscardHandler)}), new(clocks)
	l.now = func() time.Time { return c.read(&c.stopMono, &c.monotonic) }
	l.wall = func() time.Time { return c.read(&c.stopWalls, &c.wall).Round(0) }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
	return l, c
}

// drain takes the pending signal, if there is one.
func drain(l *Lease) bool {
	select {
	case <-l.Changed():
		return true
	default:
		return false
	}
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRow{}
		l := fakeLease(t, r)
		term, ok := l.Term()
		if !ok || term.Number != 1 || term.Holder == "" || !drain(l) {
			t.Fatalf("Term = %+v, %v", term, ok)
		}
		pass(time.Minute)
		if again, ok := l.Term(); !ok || again != term {
			t.Errorf("after a minute: %+v, %v", again, ok)
		}
		if n := r.present().renewals; n < 59 || n > 61 {
			t.Errorf("%d renewals in a minute", n)
		}
		if who, ok := l.Leader(); !ok || who.Number != 1 {
			t.Errorf("Leader = %+v, %v", who, ok)
		}
	})
}

// An error says nothing about the row: the trust ends 4 s after the beginning of the last
// request that was answered, whatever the failing ones cost.
func TestErrorsNeverExtend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRow{behaviour: behaviour{delay: 300 * time.Millisecond}}
		l := fakeLease(t, r)
		pass(300 * time.Millisecond) // the first answer; its request began at 0
		drain(l)
		r.set(func(b *behaviour) { b.fails, b.delay = errors.New("down"), time.Hour })
		pass(3600 * time.Millisecond)
		if !l.Valid() || drain(l) {
			t.Errorf("3.9 s after the request: valid %v", l.Valid())
		}
		pass(100 * time.Millisecond)
		if l.Valid() || !drain(l) {
			t.Errorf("4 s after the request: valid %v", l.Valid())
		}
		pass(time.Minute)
		if l.Valid() {
			t.Error("valid without an answer")
		}
		if since, err := l.Leaderless(); since < time.Minute || err == nil {
			t.Errorf("Leaderless = %v, %v", since, err)
		}
		if _, ok := l.Leader(); ok {
			t.Error("a leader is known although the row can't be read")
		}
		r.set(func(b *behaviour) { b.fails, b.delay = nil, 0 })
		pass(3 * time.Second)
		if term, ok := l.Term(); !ok || term.Number != 2 || !drain(l) {
			t.Errorf("after the errors: %+v, %v", term, ok)
		}
		if since, err := l.Leaderless(); since > time.Second || err != nil {
			t.Errorf("Leaderless = %v, %v", since, err)
		}
	})
}

func TestLostAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRow{}
		l := fakeLease(t, r)
		drain(l)
		r.set(func(b *behaviour) { b.lost = true })
		pass(time.Second)
		if l.Valid() || !drain(l) {
			t.Errorf("valid %v after a renewal found no row", l.Valid())
		}
		pass(time.Second)
		if who, ok := l.Leader(); !ok || who.Name != "b" {
			t.Errorf("Leader = %+v, %v", who, ok)
		}
	})
}

// An answer that comes after the end of the trust begins it anew, and says so: the
// receiver of the signal at the end may have acted on it.
func TestRegainedInTheSameTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, c := clockedLease(t, &fakeRow{})
		pass(1500 * time.Millisecond)
		drain(l)
		c.set(func(c *clocks) { c.wall = time.Hour })
		if l.Valid() {
			t.Fatal("valid after the wall clock jumped over the end of the lease")
		}
		pass(time.Second)
		if !l.Valid() || !drain(l) {
			t.Errorf("valid %v after the next renewal", l.Valid())
		}
	})
}

// A machine that sleeps stops the monotonic clock, one whose time is set back the wall
// clock: the one that ends first counts.
func TestEitherClockEndsTheTrust(t *testing.T) {
	for name, stop := range map[string]func(*clocks){
		"the monotonic clock stands": func(c *clocks) { c.stopMono = time.Now() },
		"the wall clock stands":      func(c *clocks) { c.stopWalls = time.Now() },
		"the wall clock is set back": func(c *clocks) { c.wall = -time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &fakeRow{}
				l, c := clockedLease(t, r)
				r.set(func(b *behaviour) { b.fails = errors.New("down") })
				c.set(stop)
				pass(3900 * time.Millisecond)
				if !l.Valid() {
					t.Error("lost before either clock ended the lease")
				}
				pass(200 * time.Millisecond)
				if l.Valid() {
					t.Error("valid after one clock ended the lease")
				}
			})
		})
	}
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRow{}
		l := newLease(r, Options{Log: slog.New(slog.DiscardHandler)})
		given := false
		r.given = func() {
			given = true
			if l.Valid() {
				t.Error("the row is given up while this replica still counts on it")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		synctest.Wait()
		cancel()
		<-done
		if !given {
			t.Error("the row is not given up")
		}
	})
}

// A replica whose clock is wrong leaves a free row to the others for a while.
func TestSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRow{behaviour: behaviour{skew: -3 * time.Second, lost: true}}
		l := fakeLease(t, r)
		pass(2 * time.Second)
		if got := l.Skew(); got != 3*time.Second {
			t.Errorf("Skew = %v", got)
		}
		if got := r.present().patience; got != skewPatience {
			t.Errorf("patience = %v", got)
		}
		// The database reads its clock between the request and the answer.
		r.set(func(b *behaviour) { b.skew, b.delay = -20*time.Millisecond, 100*time.Millisecond })
		pass(3 * time.Second)
		if got := l.Skew(); got != 0 || r.present().patience != 0 {
			t.Errorf("Skew = %v, patience %v", got, r.present().patience)
		}
	})
}

func TestAlone(t *testing.T) {
	l := Alone()
	if term, ok := l.Term(); !ok || term != (Term{}) || !drain(l) || l.Contended() {
		t.Errorf("Term = %+v, %v", term, ok)
	}
	if d, err := l.Leaderless(); d != 0 || err != nil {
		t.Errorf("Leaderless = %v, %v", d, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx)
	if !l.Valid() {
		t.Error("not valid after Run")
	}
}
