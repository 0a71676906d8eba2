package notify

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// searchBurst is how many search requests may be made without a wait.
const searchBurst = 10

// Budgets holds rate limiters that several Senders share, because their
// destinations write to one channel or use one account.
type Budgets struct {
	mu       sync.Mutex
	limiters map[string]*limiter
}

// NewBudgets returns unused budgets.
func NewBudgets() *Budgets { return &Budgets{limiters: map[string]*limiter{}} }

// limiter returns the rate limiter of one kind of request for an owner, an
// account or a channel. An empty owner gets a limiter that is not shared.
func (b *Budgets) limiter(kind, owner string, every time.Duration, burst int) *limiter {
	if owner == "" {
		return newLimiter(every, burst)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name := kind + " " + owner
	if b.limiters[name] == nil {
		b.limiters[name] = newLimiter(every, burst)
	}
	return b.limiters[name]
}

// limiter limits one kind of request by a token bucket, and by the wait that
// the destination asked for (Retry-After).
type limiter struct {
	bucket *rate.Limiter

	mu     sync.Mutex
	closed time.Time // no request before
}

func newLimiter(every time.Duration, burst int) *limiter {
	if every == 0 {
		return &limiter{bucket: rate.NewLimiter(rate.Inf, 1)}
	}
	return &limiter{bucket: rate.NewLimiter(rate.Every(every), burst)}
}

// delay returns how long the limiter allows no request. It reserves no token,
// not even briefly: a reservation would double the delay that another Sender
// computes at the same time.
func (l *limiter) delay(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.untilRoom(now), l.closed.Sub(now))
}

func (l *limiter) untilRoom(now time.Time) time.Duration {
	if l.bucket.Limit() == rate.Inf {
		return 0
	}
	missing := 1 - l.bucket.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	seconds := missing / float64(l.bucket.Limit())
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

// wait blocks until it has taken a token.
func (l *limiter) wait(ctx context.Context) error { return l.bucket.Wait(ctx) }

// close allows no request before the given instant.
func (l *limiter) close(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.closed) {
		l.closed = until
	}
}

// limiters are the rate limiters of one Sender.
type limiters struct{ posts, updates, files, searches *limiter }

func (b *Budgets) of(p wire.Pace) limiters {
	channel := p.Channel
	if channel != "" {
		channel = p.Account + " " + channel
	}
	l := limiters{
		posts:    b.limiter("post", channel, p.Post, 1),
		updates:  b.limiter("update", p.Account, p.Update, 1),
		files:    b.limiter("file", p.Account, p.File, 1),
		searches: b.limiter("search", p.Account, p.Search, searchBurst),
	}
	if p.UpdatesPost {
		l.updates = l.posts
	}
	return l
}

// of returns the limiters of a kind of delivery. A file counts as a post too,
// because it appears in the channel as a message.
func (l limiters) of(k outbox.DeliveryKind) []*limiter {
	switch k {
	case outbox.Update:
		return []*limiter{l.updates}
	case outbox.File:
		return []*limiter{l.posts, l.files}
	default:
		return []*limiter{l.posts}
	}
}

// open lists the kinds of delivery that may be sent now, the most important
// first; wait is the shortest delay among the other kinds, 0 when there are none.
func (l limiters) open(now time.Time) (kinds []outbox.DeliveryKind, wait time.Duration) {
	for _, kind := range []outbox.DeliveryKind{outbox.Post, outbox.Update, outbox.Copy, outbox.File, outbox.Page} {
		var delay time.Duration
		for _, limit := range l.of(kind) {
			delay = max(delay, limit.delay(now))
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
