package notify

import (
	"context"
	"time"

	"kigen/sla"
)

const (
	// An answer "not there" counts from this long after the request was begun.
	// We give up on a request after 15 s; the gateways on the way do so after
	// 60 s at the latest, and what they still let through shows in the history
	// within seconds.
	settledAfter = time.Minute
	// How long a history that can't be read is waited for.
	historyPatience = 5 * time.Minute
	// A search begins this long before the request, by our clock: at that time
	// it may have been wrong, by as much as a day.
	clockMargin  = 26 * time.Hour
	searchBudget = time.Minute
	undoubted    = 10 * time.Minute // between looks at an outbox without doubts
)

// reconcile settles what may have arrived or not, until ctx ends. It runs
// beside the sending, so that one message in doubt does not hold up others.
func (s *Sender) reconcile(ctx context.Context) {
	for ctx.Err() == nil {
		idle, err := s.look(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("outbox failed", "error", err)
		}
		if err != nil {
			idle = outboxPause
		}
		sleep(ctx, s.doubted, idle)
	}
}

// look settles the deliveries in doubt once one of them is to be looked for,
// and returns how long there is nothing to do.
func (s *Sender) look(ctx context.Context) (idle time.Duration, err error) {
	doubts, err := s.outbox.InDoubt(ctx, s.name)
	if err != nil || len(doubts) == 0 {
		return undoubted, err // a new doubt wakes us
	}
	now := s.wallNow()
	next := doubts[0].LookAt
	for _, d := range doubts {
		if d.LookAt.Before(next) {
			next = d.LookAt
		}
	}
	if next.After(now) {
		return min(next.Sub(now), longestSleep), nil
	}
	if wait := s.searches.delay(time.Now()); wait > 0 {
		return min(wait, longestSleep), nil
	}
	return 0, s.settle(ctx, doubts, now)
}

// settle decides about every delivery in doubt for which that can be done now.
func (s *Sender) settle(ctx context.Context, doubts []sla.Doubt, now time.Time) error {
	searchable, canAsk := s.destination.(Searchable)
	threads := map[sla.Receipt][]sla.Doubt{}
	var order []sla.Receipt
	for _, d := range doubts {
		due := !d.LookAt.After(now)
		switch {
		case d.Kind == sla.Update || !canAsk:
			// A change that is made twice is one change. A message is one too
			// many, but carries its key: a mail its Message-ID, a webhook its
			// Idempotency-Key.
			if !due {
				continue
			}
			if err := s.resend(ctx, d, now, d.Kind != sla.Update); err != nil {
				return err
			}
		default:
			if threads[d.Thread] == nil {
				order = append(order, d.Thread)
			}
			// One search serves all, also those that could wait.
			threads[d.Thread] = append(threads[d.Thread], d)
		}
	}
	for _, thread := range order {
		if err := s.searchThread(ctx, searchable, thread, threads[thread], now); err != nil {
			return err
		}
	}
	return nil
}

// searchThread asks the destination which of the deliveries it has.
func (s *Sender) searchThread(ctx context.Context, d Searchable, thread sla.Receipt, doubts []sla.Doubt, now time.Time) error {
	if !anyDue(doubts, now) {
		return nil
	}
	search := Search{Thread: thread, Since: now, Turn: s.searches.wait}
	for _, doubt := range doubts {
		search.Keys = append(search.Keys, doubt.Key)
		if doubt.AttemptAt.Before(search.Since) {
			search.Since = doubt.AttemptAt
		}
	}
	search.Since = search.Since.Add(-clockMargin)
	asking, cancel := context.WithTimeout(ctx, searchBudget)
	found, err := d.Find(asking, search)
	cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.asked(err)
	for _, doubt := range doubts {
		receipt, here := found[doubt.Key]
		if err := s.verdict(ctx, doubt, receipt, here, err, now); err != nil {
			return err
		}
	}
	return nil
}

func anyDue(doubts []sla.Doubt, now time.Time) bool {
	for _, d := range doubts {
		if !d.LookAt.After(now) {
			return true
		}
	}
	return false
}

// asked notes how a search went: an unanswered one counts like an unanswered
// message, and a limit is kept to.
func (s *Sender) asked(err error) {
	if err == nil {
		return
	}
	f := asFailure(err)
	s.log.Warn("history not to be had", "error", f)
	switch f.Kind {
	case Limited:
		s.searches.close(time.Now().Add(f.RetryAfter))
	case Unknown, Unreached:
		if s.circuit.unheard(time.Now()) {
			s.log.Error("destination does not answer, only probes go out", "error", f)
		}
	case Refused, Broken:
		// Says nothing about messages: the scope to read may be missing.
	}
}

// verdict settles one delivery by what the search gave.
func (s *Sender) verdict(ctx context.Context, d sla.Doubt, r sla.Receipt, found bool, failed error, now time.Time) error {
	elapsed := now.Sub(d.AttemptAt)
	setBack := elapsed < 0 // the clock was, since: then the waits that were made have to do
	switch {
	case found:
		s.log.Info("delivery found", "delivery", d.Key)
		return s.outbox.Sent(ctx, d.ID, r, now)
	case failed == nil && (elapsed >= settledAfter || setBack && d.Looks > 1):
		return s.resend(ctx, d, now, false)
	case d.LookAt.After(now): // it was only asked for along with others
		return nil
	case failed == nil:
		wait := min(settledAfter, settledAfter-elapsed)
		return s.outbox.Doubt(ctx, d.ID, now.Add(wait), "not in the history yet")
	case elapsed >= historyPatience || setBack && d.Looks > 3:
		return s.resend(ctx, d, now, true)
	}
	f := asFailure(failed)
	wait := backoff(d.Looks + 1)
	if f.Kind == Limited {
		wait = f.RetryAfter // Slack says itself when it may be asked
	}
	if !setBack {
		wait = min(wait, historyPatience-elapsed)
	}
	return s.outbox.Doubt(ctx, d.ID, now.Add(wait), f.Error())
}

// resend hands a delivery back to the sending.
func (s *Sender) resend(ctx context.Context, d sla.Doubt, now time.Time, possibleRepeat bool) error {
	s.log.Warn("delivery is sent again", "delivery", d.Key, "possible_repeat", possibleRepeat)
	if err := s.outbox.Resend(ctx, d.ID, now, possibleRepeat); err != nil {
		return err
	}
	s.Wake()
	return nil
}
