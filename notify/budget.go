package notify

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kigen/sla"
)

// searchBurst is how many pages of a history may be read without a wait.
const searchBurst = 10

// Budgets holds the budgets of requests that several Senders share, because
// their destinations write to one channel or by one account.
type Budgets struct {
	mu    sync.Mutex
	lanes map[string]*lane
}

// NewBudgets makes budgets that nobody has used yet.
func NewBudgets() *Budgets { return &Budgets{lanes: map[string]*lane{}} }

// lane returns the budget of one kind of request. Without an owner it is the
// caller's alone.
func (b *Budgets) lane(kind, owner string, every time.Duration, burst int) *lane {
	if owner == "" {
		return newLane(every, burst)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name := kind + " " + owner
	if b.lanes[name] == nil {
		b.lanes[name] = newLane(every, burst)
	}
	return b.lanes[name]
}

// lane is the budget of one kind of request: a pace, and the wait that the
// destination asked for.
type lane struct {
	limiter *rate.Limiter

	mu     sync.Mutex
	closed time.Time // until then
}

func newLane(every time.Duration, burst int) *lane {
	if every == 0 {
		return &lane{limiter: rate.NewLimiter(rate.Inf, 1)}
	}
	return &lane{limiter: rate.NewLimiter(rate.Every(every), burst)}
}

// delay returns how long the lane has no room. It takes none, not even for a
// moment: another Sender that looked meanwhile would wait twice as long.
func (l *lane) delay(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.untilRoom(now), l.closed.Sub(now))
}

func (l *lane) untilRoom(now time.Time) time.Duration {
	if l.limiter.Limit() == rate.Inf {
		return 0
	}
	missing := 1 - l.limiter.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	seconds := missing / float64(l.limiter.Limit())
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

// wait takes room as soon as there is some.
func (l *lane) wait(ctx context.Context) error { return l.limiter.Wait(ctx) }

// close leaves no room until the given instant.
func (l *lane) close(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.closed) {
		l.closed = until
	}
}

// lanes are the budgets of one Sender.
type lanes struct{ posts, updates, files, searches *lane }

func (b *Budgets) of(p Pace) lanes {
	channel := p.Channel
	if channel != "" {
		channel = p.Account + " " + channel
	}
	l := lanes{
		posts:    b.lane("post", channel, p.Post, 1),
		updates:  b.lane("update", p.Account, p.Update, 1),
		files:    b.lane("file", p.Account, p.File, 1),
		searches: b.lane("search", p.Account, p.Search, searchBurst),
	}
	if p.UpdatesPost {
		l.updates = l.posts
	}
	return l
}

// of returns the lanes that a delivery of this kind goes through. A file shows
// in the channel as a message does.
func (l lanes) of(k sla.DeliveryKind) []*lane {
	switch k {
	case sla.Update:
		return []*lane{l.updates}
	case sla.File:
		return []*lane{l.posts, l.files}
	default:
		return []*lane{l.posts}
	}
}

// open lists the kinds of delivery for which there is room now, in the order
// in which they matter; wait is how long all the others have none.
func (l lanes) open(now time.Time) (kinds []sla.DeliveryKind, wait time.Duration) {
	for _, kind := range []sla.DeliveryKind{sla.Post, sla.Update, sla.File, sla.Page} {
		var delay time.Duration
		for _, lane := range l.of(kind) {
			delay = max(delay, lane.delay(now))
		}
		switch {
		case delay <= 0:
			kinds = append(kinds, kind)
		case wait == 0 || delay < wait:
			wait = delay
		}
	}
	return kinds, wait
}
