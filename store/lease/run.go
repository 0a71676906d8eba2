package lease

import (
	"context"
	"time"
)

const (
	// mostSkew is how wrong a clock may be, by the database's, to lead before others.
	mostSkew = time.Second
	// skewPatience is how long a replica with a wrong clock leaves a free row to others.
	// After that an alert at a wrong instant is better than none.
	skewPatience = 5 * time.Second
)

// Run takes part in the election until ctx ends, and then gives the row up. Whatever may
// happen only under the lease must have ended before.
func (l *Lease) Run(ctx context.Context) {
	if l.row == nil {
		<-ctx.Done()
		return
	}
	defer l.row.close()
	for ctx.Err() == nil {
		begun := l.now()
		l.turn(ctx)
		pause, cancel := context.WithTimeout(ctx, period-l.now().Sub(begun))
		if l.Valid() {
			<-pause.Done()
		} else {
			l.row.wait(pause)
		}
		cancel()
	}
	l.end(context.WithoutCancel(ctx))
}

// turn makes one request.
func (l *Lease) turn(ctx context.Context) {
	request, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	begun, wall := l.now(), l.wall()
	held := l.trust.Load()
	var s sight
	var err error
	if held != nil {
		s, err = l.row.renew(request, held.term)
	} else {
		s, err = l.row.take(request, l.me, l.patience())
	}
	if err != nil && ctx.Err() != nil {
		return // the request was ended by the stop
	}
	l.look(s, err, wall)
	switch {
	case err != nil:
		if held != nil && l.left(held) <= 0 {
			l.lose("the lease could not be renewed")
		}
	case !s.led || s.leader.Holder != l.me.Holder:
		if held != nil {
			l.lose("the lease was not renewed in time")
		}
	default:
		l.hold(&trust{term: s.leader.Term, begun: begun, wall: wall}, held)
	}
}

// patience is how long this replica leaves a free row to others.
func (l *Lease) patience() time.Duration {
	if skew := l.Skew(); skew > mostSkew || skew < -mostSkew {
		return skewPatience
	}
	return 0
}

// look keeps what a request has found, for people.
func (l *Lease) look(s sight, err error, asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if l.failed == nil {
			l.log.Error("the lease of the leader can't be read", "error", err)
		}
		l.failed = err
		return
	}
	if l.failed != nil {
		l.log.Info("the lease of the leader can be read again")
		l.failed = nil
	}
	if !s.now.IsZero() {
		l.skew = skew(asked, s.now, l.wall())
	}
	if !s.led {
		l.leader = Leader{}
		return
	}
	if l.leader.Term != s.leader.Term {
		l.log.Info("a replica leads", "leader", s.leader.Name, "address", s.leader.Address, "term", s.leader.Number)
	}
	l.leader, l.led = s.leader, l.now()
}

// skew is how far the wall clock is ahead of the database's, which read its own at some
// instant between the request and the answer.
func skew(asked, database, answered time.Time) time.Duration {
	switch {
	case database.Before(asked):
		return asked.Sub(database)
	case database.After(answered):
		return answered.Sub(database)
	}
	return 0
}

// hold begins or prolongs the trust.
func (l *Lease) hold(t, before *trust) {
	l.trust.Store(t)
	l.mu.Lock()
	if l.ending != nil {
		l.ending.Stop()
	}
	l.ending = time.AfterFunc(max(0, l.left(t)), l.signal)
	l.mu.Unlock()
	if before == nil {
		l.log.Info("this replica leads", "term", t.term.Number)
	}
	l.signal() // also of the same term: the receiver may have seen that the trust before had ended
}

// lose ends the trust.
func (l *Lease) lose(why string) {
	l.trust.Store(nil)
	l.log.Warn("this replica no longer leads", "reason", why)
	l.signal()
}

// end gives the row up.
func (l *Lease) end(ctx context.Context) {
	held := l.trust.Swap(nil)
	l.mu.Lock()
	if l.ending != nil {
		l.ending.Stop()
	}
	l.mu.Unlock()
	if held == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	if err := l.row.giveUp(ctx, held.term); err != nil {
		l.log.Error("the lease was not given up: the next replica leads after its end", "error", err)
		return
	}
	l.log.Info("the lease is given up", "term", held.term.Number)
}
