package notify

import (
	"context"
	"log/slog"
	"slices"
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
	// How long a destination may not answer before its fallback is told.
	fallbackPatience = 5 * time.Minute
	outboxPause      = 5 * time.Second // after an error of the outbox
	sendTimeout      = 30 * time.Second
	recordTimeout    = 10 * time.Second
	recordFor        = 5 * time.Minute
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
	// DigestAbove is how many alerts may be due at once before they are told in
	// a digest; 0: as the destination says, which is 50.
	DigestAbove int
	// Fallback is the destination that is told instead while this one is broken,
	// or has not answered for five minutes; empty: none.
	Fallback string
	Diverted func() // called when the fallback has more to tell; may be nil
}

func (o *Options) form(d Destination) sla.DigestForm {
	form := digestForm(d)
	if o.DigestAbove > 0 {
		form.Above = o.DigestAbove
	}
	return form
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
	form    sla.DigestForm
	circuit circuit

	fallback string
	diverted func()

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
		lanes: opts.Budgets.of(pace), form: opts.form(d),
		fallback: opts.Fallback, diverted: opts.Diverted,
		wake: make(chan struct{}, 1), doubted: make(chan struct{}, 1),
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
	if err := s.divert(ctx); err != nil {
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
	idle, err = s.untilNext(ctx, now, kinds)
	if err != nil {
		return 0, err
	}
	if idle > 0 {
		if wait > 0 {
			idle = min(idle, wait) // until there is room for the other kinds
		}
		return idle, nil
	}
	return s.next(ctx, now, kinds)
}

// next claims the delivery that may go first and sends it.
func (s *Sender) next(ctx context.Context, now time.Time, kinds []sla.DeliveryKind) (idle time.Duration, err error) {
	claim, cancel := s.finishing(ctx, recordTimeout) // a stop must not leave a claim half made
	defer cancel()
	if err := s.merge(claim, now, kinds); err != nil {
		return 0, err
	}
	d, err := s.outbox.NextDelivery(claim, s.name, now, kinds...)
	switch {
	case err != nil:
		s.orphans = true // the claim may have been committed all the same
		return 0, err
	case d == nil:
		return shortestSleep, nil
	case s.form.File && d.Kind == sla.Post && len(d.Files) > 0:
		// It was queued between the merging and the claim, and its files were not.
		// Sent now, it would leave them behind for good.
		return 0, s.record(ctx, func(ctx context.Context) error {
			return s.outbox.Retry(ctx, d.ID, now, "waits for its files to be queued")
		})
	}
	return 0, s.deliver(ctx, d)
}

// divert has the fallback tell what waits here, once it is plain that it can't
// go out soon. It stays in line here, too: the channel is where the case is
// followed, and what has piled up by then comes as one digest.
func (s *Sender) divert(ctx context.Context) error {
	if s.fallback == "" || !s.circuit.down(time.Now(), fallbackPatience) {
		return nil
	}
	n, err := s.outbox.Divert(ctx, s.name, s.fallback, s.wallNow())
	if n > 0 {
		s.log.Error("alerts are told at the fallback", "fallback", s.fallback, "count", n)
		if s.diverted != nil {
			s.diverted()
		}
	}
	return err
}

// merge makes a digest of what is due, where that is too much to be read one
// by one. It comes right before a post is claimed, so that whatever falls due
// while the destination is away is merged, too.
func (s *Sender) merge(ctx context.Context, now time.Time, kinds []sla.DeliveryKind) error {
	if !slices.Contains(kinds, sla.Post) {
		return nil
	}
	n, err := s.outbox.Merge(ctx, s.name, now, s.form)
	if n > 0 {
		s.log.Info("alerts are told in a digest", "count", n)
	}
	return err
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

// untilNext returns how long nothing is due. It only reads: most steps find
// nothing, and must not take the write lock for that.
func (s *Sender) untilNext(ctx context.Context, now time.Time, kinds []sla.DeliveryKind) (time.Duration, error) {
	next, ok, err := s.outbox.NextSend(ctx, s.name, kinds...)
	if err != nil || !ok {
		return longestSleep, err
	}
	return min(max(next.Sub(now), 0), longestSleep), nil
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
