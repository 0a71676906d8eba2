package notify

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"kigen/sla"
)

const (
	// Timers stop in suspend and wall clocks jump: never sleep longer.
	longestSleep = 15 * time.Second
	// A due delivery that can't be claimed yet (an update whose post is not
	// out) must not make the loop spin.
	shortestSleep = time.Second
	outboxPause   = 5 * time.Second // after an error of the outbox
	brokenPause   = 5 * time.Minute
	sendTimeout   = 30 * time.Second
	recordTimeout = 10 * time.Second
	recordFor     = 5 * time.Minute
)

// Options adjust a Sender. The zero value is right for the daemon.
type Options struct {
	Log   *slog.Logger  // nil: silent
	Grace time.Duration // for the request in flight when Run is told to stop; 0: 5 s
}

// Sender takes the deliveries of one destination out of the outbox, one by
// one. Only one Sender may run per destination.
type Sender struct {
	name        string
	destination Destination
	outbox      Outbox
	writer      Writer
	log         *slog.Logger
	grace       time.Duration

	posts, updates *rate.Limiter
	wake           chan struct{}

	// What follows belongs to the goroutine of Run. It may all be forgotten:
	// the outbox knows what is still to be sent.
	pausedUntil time.Time              // the destination asked to wait, or is broken
	orphans     bool                   // a row may stand in sending that nobody is sending
	failures    map[sla.DeliveryID]int // attempts without an answer, for the length of the wait
}

// NewSender makes the Sender of the destination that the configuration calls
// name.
func NewSender(name string, d Destination, o Outbox, w Writer, opts Options) *Sender {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Grace == 0 {
		opts.Grace = 5 * time.Second
	}
	var pace Pace
	if p, ok := d.(paced); ok {
		pace = p.Pace()
	}
	return &Sender{
		name: name, destination: d, outbox: o, writer: w,
		log: opts.Log.With("destination", name), grace: opts.Grace,
		posts: limiter(pace.Post), updates: limiter(pace.Update),
		wake: make(chan struct{}, 1), failures: map[sla.DeliveryID]int{},
		orphans: true, // whatever a crash left behind
	}
}

func limiter(every time.Duration) *rate.Limiter {
	if every == 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Every(every), 1)
}

// Wake tells the Sender that deliveries were added. It never blocks.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run sends until ctx ends, then finishes the request in flight within the
// grace and returns nil. Errors of the outbox and of the destination are
// logged and outlived.
func (s *Sender) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		idle, err := s.step(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("outbox failed", "error", err)
		}
		if err != nil {
			idle = outboxPause
		}
		s.sleep(ctx, idle)
	}
	return nil
}

// step sends at most one delivery and returns how long there is nothing to do.
func (s *Sender) step(ctx context.Context) (idle time.Duration, err error) {
	if err := s.adoptOrphans(ctx); err != nil {
		return 0, err
	}
	// Waiting comes before the claim: a row that is claimed but not yet on its
	// way would look, after a crash, as if it might have arrived.
	if wait := s.mustWait(time.Now()); wait > 0 {
		return min(wait, longestSleep), nil
	}
	now := wallNow()
	claim, cancel := s.finishing(ctx, recordTimeout) // a stop must not leave a claim half made
	defer cancel()
	d, err := s.outbox.NextDelivery(claim, s.name, now)
	switch {
	case err != nil:
		s.orphans = true // the claim may have been committed all the same
		return 0, err
	case d == nil:
		return s.untilNext(ctx, now)
	}
	return 0, s.deliver(ctx, d)
}

// adoptOrphans puts rows back that stand in sending although this Sender, the
// destination's only one, is not sending them.
func (s *Sender) adoptOrphans(ctx context.Context) error {
	if !s.orphans {
		return nil
	}
	now := wallNow()
	n, err := s.outbox.Interrupted(ctx, s.name, now, now)
	if err != nil {
		return err
	}
	s.orphans = false
	if n > 0 {
		s.log.Warn("deliveries of unknown outcome are sent again", "count", n)
	}
	return nil
}

// mustWait returns how long the destination wants no request. Which kind of
// delivery comes next is not known before the claim, so both budgets must
// have room.
func (s *Sender) mustWait(now time.Time) time.Duration {
	return max(s.pausedUntil.Sub(now), delay(s.posts, now), delay(s.updates, now))
}

// delay returns how long l has no room, without using any.
func delay(l *rate.Limiter, now time.Time) time.Duration {
	r := l.ReserveN(now, 1)
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}

func (s *Sender) untilNext(ctx context.Context, now time.Time) (time.Duration, error) {
	next, ok, err := s.outbox.NextSend(ctx, s.name)
	if err != nil || !ok {
		return longestSleep, err
	}
	if !next.After(now) {
		return shortestSleep, nil
	}
	return min(next.Sub(now), longestSleep), nil
}

func (s *Sender) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.wake:
	case <-timer.C:
	}
}

// wallNow is the time of day without the monotonic reading: stored times can
// only be compared with that.
func wallNow() time.Time { return time.Now().Round(0) }
