package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"kigen/sla"
)

const (
	// Timers stop in suspend and wall clocks jump: never sleep longer.
	longestSleep = 15 * time.Second
	// A due delivery that can't be claimed yet (an update whose post is not
	// out) must not make the loop spin.
	shortestSleep = time.Second
	outboxPause   = 5 * time.Second // after an error of the outbox
	sendTimeout   = 30 * time.Second
	recordTimeout = 10 * time.Second
	recordFor     = 5 * time.Minute
)

// Options adjust a Sender. The zero value is right for one Sender alone.
type Options struct {
	Log   *slog.Logger  // nil: silent
	Grace time.Duration // for the request in flight when Run is told to stop; 0: 5 s
	// Now is the wall clock, which may jump; nil: time.Now. Waits are measured
	// on the monotonic clock all the same.
	Now func() time.Time
	// Budgets are shared by the Senders of one process; nil: this Sender's own.
	Budgets *Budgets
}

// Sender takes the deliveries of one destination out of the outbox, one by
// one, and looks for those of which nobody knows whether they arrived. Only
// one Sender may run per destination.
type Sender struct {
	name        string
	destination Destination
	outbox      Outbox
	writer      Writer
	log         *slog.Logger
	grace       time.Duration
	now         func() time.Time

	lanes
	circuit circuit
	wake    chan struct{} // deliveries were added
	doubted chan struct{} // a delivery is in doubt

	// What follows belongs to the goroutine of Run. It may all be forgotten:
	// the outbox knows what is still to be sent.
	orphans  bool                   // a row may stand in sending that nobody is sending
	failures map[sla.DeliveryID]int // attempts that did not get through, for the length of the wait
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
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Budgets == nil {
		opts.Budgets = NewBudgets()
	}
	var pace Pace
	if p, ok := d.(paced); ok {
		pace = p.Pace()
	}
	return &Sender{
		name: name, destination: d, outbox: o, writer: w,
		log: opts.Log.With("destination", name), grace: opts.Grace, now: opts.Now,
		lanes: opts.Budgets.of(pace),
		wake:  make(chan struct{}, 1), doubted: make(chan struct{}, 1),
		failures: map[sla.DeliveryID]int{},
		orphans:  true, // whatever a crash left behind
	}
}

// Wake tells the Sender that deliveries were added. It never blocks.
func (s *Sender) Wake() { signal(s.wake) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is awake already
	}
}

// Run sends until ctx ends, then finishes the request in flight within the
// grace and returns nil. Errors of the outbox and of the destination are
// logged and outlived.
func (s *Sender) Run(ctx context.Context) error {
	var looking sync.WaitGroup
	looking.Go(func() { s.reconcile(ctx) })
	defer looking.Wait()
	for ctx.Err() == nil {
		idle, err := s.step(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("outbox failed", "error", err)
		}
		if err != nil {
			idle = outboxPause
		}
		sleep(ctx, s.wake, idle)
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
	if wait := s.circuit.delay(time.Now()); wait > 0 {
		return min(wait, longestSleep), nil
	}
	kinds, wait := s.open(time.Now())
	if len(kinds) == 0 {
		return min(wait, longestSleep), nil
	}
	now := s.wallNow()
	claim, cancel := s.finishing(ctx, recordTimeout) // a stop must not leave a claim half made
	defer cancel()
	d, err := s.outbox.NextDelivery(claim, s.name, now, kinds...)
	switch {
	case err != nil:
		s.orphans = true // the claim may have been committed all the same
		return 0, err
	case d == nil:
		idle, err := s.untilNext(ctx, now, kinds)
		if wait > 0 {
			idle = min(idle, wait) // until there is room for the other kinds
		}
		return idle, err
	}
	return 0, s.deliver(ctx, d)
}

// adoptOrphans puts rows in doubt that stand in sending although this Sender,
// the destination's only one, is not sending them.
func (s *Sender) adoptOrphans(ctx context.Context) error {
	if !s.orphans {
		return nil
	}
	n, err := s.outbox.Interrupted(ctx, s.name, s.wallNow())
	if err != nil {
		return err
	}
	s.orphans = false
	if n > 0 {
		s.log.Warn("deliveries were interrupted", "count", n)
		signal(s.doubted)
	}
	return nil
}

func (s *Sender) untilNext(ctx context.Context, now time.Time, kinds []sla.DeliveryKind) (time.Duration, error) {
	next, ok, err := s.outbox.NextSend(ctx, s.name, kinds...)
	if err != nil || !ok {
		return longestSleep, err
	}
	if !next.After(now) {
		return shortestSleep, nil
	}
	return min(next.Sub(now), longestSleep), nil
}

// sleep returns when d is over, ctx ends, or wake is signalled.
func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}

// wallNow is the time of day without the monotonic reading: stored times can
// only be compared with that.
func (s *Sender) wallNow() time.Time { return s.now().Round(0) }
