package notify

import (
	"context"
	"slices"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

const (
	// settledAfter is how long after the start of a request a search result
	// without the message is final. A request times out after 15 s, gateways
	// after 60 s at the latest, and a message appears in the history within
	// seconds.
	settledAfter = time.Minute
	// historyPatience is how long reconcile waits for an unreadable history.
	historyPatience = 5 * time.Minute
	// clockMargin is how long before the request a search begins: the clock may
	// have been wrong at that time, by as much as a day.
	clockMargin    = 26 * time.Hour
	searchBudget   = time.Minute
	reconcilePause = 10 * time.Minute // while no delivery is unconfirmed
)

// reconcile resolves unconfirmed deliveries until ctx ends. It runs
// concurrently with step, so that they do not delay other messages.
func (s *Sender) reconcile(ctx context.Context) {
	for ctx.Err() == nil {
		idle, err := s.reconcileDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("outbox failed", "error", err)
		}
		if err != nil {
			idle = outboxPause
		}
		sleep(ctx, s.unconfirmed, idle)
	}
}

// reconcileDue resolves the unconfirmed deliveries once one of them is due for a
// search, and returns how long none is due.
func (s *Sender) reconcileDue(ctx context.Context) (idle time.Duration, err error) {
	unconfirmed, err := s.outbox.Unconfirmed(ctx, s.name)
	if err != nil || len(unconfirmed) == 0 {
		return reconcilePause, err // a new unconfirmed delivery ends the pause
	}
	now := s.wallNow()
	next := s.searchAt(&unconfirmed[0])
	for i := range unconfirmed {
		if at := s.searchAt(&unconfirmed[i]); at.Before(next) {
			next = at
		}
	}
	if next.After(now) {
		return min(next.Sub(now), longestSleep), nil
	}
	if wait := s.searches.delay(time.Now()); wait > 0 {
		return min(wait, longestSleep), nil
	}
	return 0, s.reconcileAll(ctx, unconfirmed, now)
}

// searchAt is when an unconfirmed delivery is due for a search: as planned, or as soon as
// the destination has answered another message since and a search is final. The plan
// counts on a destination that stays away, and puts a search off for up to 15 minutes.
func (s *Sender) searchAt(d *outbox.Unconfirmed) time.Time {
	back := s.back.Load()
	if back == nil || !back.After(d.AttemptAt) || !s.isSearchedFor(d) {
		return d.SearchAt
	}
	early := d.AttemptAt.Add(divided(settledAfter))
	if early.Before(*back) {
		early = *back
	}
	if early.Before(d.SearchAt) && s.searched.Before(early) {
		return early
	}
	return d.SearchAt
}

// isSearchedFor reports whether a search decides about the delivery. Any other is made
// again.
func (s *Sender) isSearchedFor(d *outbox.Unconfirmed) bool {
	return d.Kind != outbox.Update && s.class.Has(wire.Askable) && !s.class.Has(wire.Idempotent)
}

// reconcileAll resolves the unconfirmed deliveries that can be resolved now, by
// one search for each thread.
func (s *Sender) reconcileAll(ctx context.Context, unconfirmed []outbox.Unconfirmed, now time.Time) error {
	searchable, _ := s.destination.(Searchable)
	threads := map[outbox.Receipt][]outbox.Unconfirmed{}
	var order []outbox.Receipt
	for _, d := range unconfirmed {
		due := !d.SearchAt.After(now)
		switch {
		case s.slow.has(d.ID): // its request is still running
		case !s.isSearchedFor(&d):
			// A repeated message carries its key. Where that is no promise, a receiver can
			// still drop it by the key: a mail by the Message-ID, a webhook by the
			// Idempotency-Key.
			if !due {
				continue
			}
			if err := s.resend(ctx, d, now, s.mayHaveArrived(d.Kind)); err != nil {
				return err
			}
		default:
			if threads[d.Thread] == nil {
				order = append(order, d.Thread)
			}
			// One search covers all, including those that are not due yet.
			threads[d.Thread] = append(threads[d.Thread], d)
		}
	}
	for _, thread := range order {
		if err := s.searchThread(ctx, searchable, thread, threads[thread], now); err != nil {
			return err
		}
	}
	s.searched = now
	return nil
}

// searchThread searches one thread for the deliveries and resolves them.
func (s *Sender) searchThread(ctx context.Context, d Searchable, thread outbox.Receipt, unconfirmed []outbox.Unconfirmed, now time.Time) error {
	isDue := func(d outbox.Unconfirmed) bool { return !s.searchAt(&d).After(now) }
	if !slices.ContainsFunc(unconfirmed, isDue) {
		return nil
	}
	search := Search{Thread: thread, Since: now, Turn: s.searches.wait}
	for _, u := range unconfirmed {
		search.Keys = append(search.Keys, u.Key)
		if u.AttemptAt.Before(search.Since) {
			search.Since = u.AttemptAt
		}
	}
	search.Since = search.Since.Add(-clockMargin)
	searching, cancel := context.WithTimeout(ctx, searchBudget)
	found, err := d.Find(searching, search)
	cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.noteSearch(err)
	for _, u := range unconfirmed {
		receipt, here := found[u.Key]
		if err := s.resolve(ctx, u, receipt, here, err, now); err != nil {
			return err
		}
	}
	return nil
}

// noteSearch applies the result of a search to the breaker and the limiter: an
// unanswered search counts like an unanswered message.
func (s *Sender) noteSearch(err error) {
	if err == nil {
		return
	}
	f := wire.AsFailure(err)
	s.log.Warn("cannot read the channel's history", "error", f)
	if f.RetryAfter > 0 {
		s.searches.close(time.Now().Add(f.RetryAfter))
	}
	switch f.Kind {
	case wire.Unknown, wire.Unreached:
		if s.breaker.searchUnanswered(time.Now()) {
			s.log.Error("destination does not answer, only probes go out", "error", f)
		}
	default:
		// Messages may still pass: perhaps only the scope for reading is missing.
	}
}

// resolve settles one delivery by the result of a search.
func (s *Sender) resolve(ctx context.Context, d outbox.Unconfirmed, r outbox.Receipt, found bool, failed error, now time.Time) error {
	elapsed := s.elapsed(&d, now)
	setBack := elapsed < 0 // the clock was set back since: count searches instead of time
	switch {
	case found:
		s.log.Info("delivery found", "delivery", d.Key)
		return s.outbox.Sent(ctx, d.ID, r, now)
	case failed == nil && !d.SearchAt.After(now) && s.settling() > 0:
		return s.outbox.MarkUnconfirmed(ctx, d.Attempt(), now.Add(s.settling()), "not in the history yet")
	case failed == nil && s.settling() > 0:
		return nil
	case failed == nil && (elapsed >= divided(settledAfter) || setBack && d.Lookups > 1):
		return s.resend(ctx, d, now, false)
	case d.SearchAt.After(now): // not due: it was only included in the search of others
		return nil
	case failed == nil:
		settled := divided(settledAfter)
		wait := min(settled, settled-elapsed)
		return s.outbox.MarkUnconfirmed(ctx, d.Attempt(), now.Add(wait), "not in the history yet")
	case elapsed >= historyPatience || setBack && d.Lookups > 3:
		return s.resend(ctx, d, now, true)
	}
	f := wire.AsFailure(failed)
	wait := backoff(d.Lookups + 1)
	if f.RetryAfter > 0 {
		wait = f.RetryAfter // the destination gave the time of the next search
	}
	if !setBack {
		wait = min(wait, historyPatience-elapsed)
	}
	return s.outbox.MarkUnconfirmed(ctx, d.Attempt(), now.Add(wait), f.Error())
}

// elapsed returns how long ago an attempt began. The process before may have dated it by
// another clock, so that only the time since the takeover is certain.
func (s *Sender) elapsed(d *outbox.Unconfirmed, now time.Time) time.Duration {
	elapsed := now.Sub(d.AttemptAt)
	if s.replicas {
		elapsed = min(elapsed, time.Since(s.began))
	}
	return elapsed
}

// settling returns for how long no search result is final yet after this process has
// taken over: a request of the process before may still be on its way, and the clock that
// dated its attempt may have been wrong.
func (s *Sender) settling() time.Duration {
	if !s.replicas {
		return 0
	}
	return divided(settledAfter) - time.Since(s.began)
}

// mayHaveArrived reports whether it matters that an unconfirmed attempt was not searched
// for. A change of a message in place is simply made again.
func (s *Sender) mayHaveArrived(kind outbox.DeliveryKind) bool {
	return kind != outbox.Update || !s.class.Has(wire.Editable)
}

// resend makes an unconfirmed delivery pending again.
func (s *Sender) resend(ctx context.Context, d outbox.Unconfirmed, now time.Time, possibleRepeat bool) error {
	s.log.Warn("delivery is sent again", "delivery", d.Key, "possible_repeat", possibleRepeat)
	if err := s.outbox.Resend(ctx, d.Attempt(), now, possibleRepeat); err != nil {
		return err
	}
	s.Wake()
	return nil
}
