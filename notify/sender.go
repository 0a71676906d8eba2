package notify

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

const (
	// longestSleep bounds every sleep, because timers stop in suspend and wall
	// clocks jump.
	longestSleep = 15 * time.Second
	// shortestSleep keeps the loop from spinning on a due delivery that cannot be
	// claimed yet, such as an update whose post is not sent.
	shortestSleep = time.Second
	// fallbackPatience is how long no message may arrive, from the start of the
	// first failed request, before alerts fail over.
	fallbackPatience = 5 * time.Minute
	outboxPause      = 5 * time.Second // after an error of the outbox
	sendTimeout      = 30 * time.Second
	recordTimeout    = 10 * time.Second
	recordFor        = 5 * time.Minute
)

// Options adjust a Sender. The zero value suits a single Sender.
type Options struct {
	Log   *slog.Logger  // nil: silent
	Grace time.Duration // for the request in flight when Run's context ends; 0: 5 s
	// Now is the wall clock, which may jump; nil: time.Now. Waits use the
	// monotonic clock.
	Now func() time.Time
	// Budgets are shared by the Senders of one process; nil: this Sender's own.
	Budgets *Budgets
	// DigestAbove is how many alerts may be due at once before they are merged
	// into a digest; 0: the destination's default, which is 50.
	DigestAbove int
	// Fallback is the destination that gets the alerts while this one is broken
	// or has accepted no message for five minutes, and each alert that it refuses;
	// empty: none.
	Fallback   string
	FailedOver func() // called after deliveries were queued at the fallback; may be nil
	// After is the previous Sender of the same, unchanged destination, whose
	// circuit breaker this one continues to use. Its Run must have ended. Nil: the
	// breaker starts closed.
	After *Sender
	// Class is what the table of destinations says of this one; nil: what its methods show.
	Class *wire.Class
	// Replicas: until Run begins, another process may send to the destination.
	Replicas bool
}

func (o *Options) form(d Destination) outbox.DigestForm {
	form := digestForm(d)
	if o.DigestAbove > 0 {
		form.Above = o.DigestAbove
	}
	return form
}

// class is what the destination can do about a message that it may have already.
func (o *Options) class(d Destination) wire.Class {
	if o.Class != nil {
		return *o.Class
	}
	return Shown(d)
}

// Sender sends the deliveries of one destination, one by one, and resolves the
// unconfirmed ones. Only one Sender may run per destination.
type Sender struct {
	name        string
	destination Destination
	outbox      Outbox
	writer      Writer
	log         *slog.Logger
	grace       time.Duration
	now         func() time.Time

	limiters
	form     outbox.DigestForm
	class    wire.Class
	patience time.Duration // of the destination; 0: no request takes longer than sendTimeout
	breaker  *breaker

	fallback   string
	failedOver func()

	wake        chan struct{} // deliveries were added
	unconfirmed chan struct{} // a delivery became unconfirmed
	standby     chan struct{} // alerts may have to fail over

	// The following fields belong to the goroutine of Run. They may be lost: the
	// outbox has all that is still to be sent.
	orphans  bool                      // a row may be in sending without an attempt in progress
	failures map[outbox.DeliveryID]int // attempts that did not arrive, for the backoff
	reopened time.Time                 // when reopen last ran; zero: never

	replicas bool
	began    time.Time // Run

	back     atomic.Pointer[time.Time] // wall time of the last success after a failure; nil: none
	searched time.Time                 // wall time of the last search; belongs to reconcile

	requests sync.WaitGroup // goroutines of attempts, which may outlast a step
	slow     slowAttempts
}

// NewSender makes the Sender of the destination with the given name in the
// configuration.
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
	var pace wire.Pace
	if p, ok := d.(paced); ok {
		pace = p.Pace()
	}
	var patience time.Duration
	if p, ok := d.(patient); ok {
		patience = p.Patience()
	}
	return &Sender{
		name: name, patience: patience, destination: d, outbox: o, writer: w.forDestination(d, opts.class(d)),
		log: opts.Log.With("destination", name), grace: opts.Grace, now: opts.Now,
		limiters: opts.Budgets.of(pace), form: opts.form(d), class: opts.class(d), breaker: opts.breaker(),
		replicas: opts.Replicas, fallback: opts.Fallback, failedOver: opts.FailedOver,
		wake: make(chan struct{}, 1), unconfirmed: make(chan struct{}, 1), standby: make(chan struct{}, 1),
		failures: map[outbox.DeliveryID]int{},
	}
}

// Name is the destination's name in the configuration.
func (s *Sender) Name() string { return s.name }

// Wake makes the Sender look for new deliveries. It never blocks.
func (s *Sender) Wake() {
	signal(s.wake)
	signal(s.standby)
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // a signal is pending already
	}
}

// Run sends until ctx ends, then finishes the request in flight within the
// grace and returns nil. It logs errors of the outbox and of the destination,
// and continues. Run may be called again after it has returned.
func (s *Sender) Run(ctx context.Context) error {
	s.orphans, s.began = true, time.Now() // a crash, or the process that sent before, may have left some
	var background sync.WaitGroup
	background.Go(func() { s.reconcile(ctx) })
	background.Go(func() { s.standBy(ctx) })
	defer background.Wait()
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
	s.requests.Wait() // each ends within the grace
	if err := s.concludeLate(ctx); err != nil {
		s.log.Error("outbox failed", "error", err)
	}
	return nil
}

// step sends at most one delivery and returns how long nothing is due.
func (s *Sender) step(ctx context.Context) (idle time.Duration, err error) {
	if err := s.concludeLate(ctx); err != nil {
		return 0, err
	}
	if err := s.adoptOrphans(ctx); err != nil {
		return 0, err
	}
	if err := s.reopen(ctx); err != nil {
		return 0, err
	}
	// Waits come before the claim: after a crash, a claimed row counts as
	// possibly arrived.
	if wait := s.breaker.delay(time.Now()); wait > 0 {
		return min(wait, longestSleep), nil
	}
	if s.slow.count() >= mostSlow {
		return longestSleep, nil // the end of one calls Wake
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
			idle = min(idle, wait) // until the limiters allow the other kinds
		}
		return idle, nil
	}
	return s.next(ctx, now, kinds)
}

// next claims the first delivery that may be sent, and sends it.
func (s *Sender) next(ctx context.Context, now time.Time, kinds []outbox.DeliveryKind) (idle time.Duration, err error) {
	claim, cancel := s.finishing(ctx, recordTimeout) // a stop must not interrupt a claim
	defer cancel()
	if err := s.merge(claim, now, kinds); err != nil {
		return 0, err
	}
	d, err := s.outbox.NextDelivery(claim, s.name, now, kinds...)
	switch {
	case err != nil:
		s.orphans = true // the claim may have been committed despite the error
		return 0, err
	case d == nil:
		return shortestSleep, nil
	case s.form.File && d.Kind == outbox.Post && len(d.Files) > 0:
		// The post was queued between Merge and the claim, so its files are not
		// queued yet. Sent now, it would lose them.
		return 0, s.record(ctx, func(ctx context.Context) error {
			return s.outbox.Retry(ctx, d.Attempt(), now, "waits for its files to be queued")
		})
	}
	return 0, s.deliver(ctx, d)
}

// merge puts the due alerts into a digest if there are too many to read one by
// one. It runs right before a post or an update is claimed, so that it includes
// alerts that fell due while the destination was down.
func (s *Sender) merge(ctx context.Context, now time.Time, kinds []outbox.DeliveryKind) error {
	if !slices.Contains(kinds, outbox.Post) && !slices.Contains(kinds, outbox.Update) {
		return nil
	}
	n, err := s.outbox.Merge(ctx, s.name, now, s.form)
	if n > 0 {
		s.log.Info("alerts merged into a digest", "count", n)
	}
	return err
}

// adoptOrphans makes rows unconfirmed that are in sending although this Sender,
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
		signal(s.unconfirmed)
	}
	return nil
}

// untilNext returns how long nothing is due. It only reads, because most steps
// find no delivery and need no write lock.
func (s *Sender) untilNext(ctx context.Context, now time.Time, kinds []outbox.DeliveryKind) (time.Duration, error) {
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

// wallNow is the wall time without the monotonic reading, as stored times are.
func (s *Sender) wallNow() time.Time { return s.now().Round(0) }
