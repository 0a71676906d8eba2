package tracker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kigen/sla"
)

// ErrUnreadable means that the rows of one incident are damaged and can't be read.
// Other incidents are unaffected.
var ErrUnreadable = errors.New("cannot be read")

const (
	firstAside   = 15 * time.Second // wait before an incident that was put aside is retried
	longestAside = 15 * time.Minute // each further failure doubles the wait, up to this
)

// Aside is an incident for which a step of the watch loop failed. It is retried
// separately, so that it does not block the others.
type Aside struct {
	Incident sla.IncidentID
	Error    string    // of the last attempt
	Since    time.Time // of the first failure, in UTC
	Tries    int
	NextAt   time.Time // of the next attempt, in UTC
}

// NewAside is the record of a first failure at now.
func NewAside(id sla.IncidentID, failed error, now time.Time) Aside {
	return Aside{Incident: id}.again(failed, now)
}

// AsideReader reads which incidents are put aside.
type AsideReader interface {
	// Asides returns the incidents that are put aside, by NextAt.
	Asides(ctx context.Context) ([]Aside, error)
}

// AsideWriter puts incidents aside and takes them back.
type AsideWriter interface {
	// PutAside keeps an incident out of DueIncidents and NextStep until NextAt.
	PutAside(ctx context.Context, a Aside) error
	// TakeBack returns an incident that was put aside to both.
	TakeBack(ctx context.Context, id sla.IncidentID) error
}

// again returns the record after another failure at now.
func (a Aside) again(failed error, now time.Time) Aside {
	if a.Since.IsZero() {
		a.Since = now
	}
	wait := longestAside
	if a.Tries < 16 {
		wait = min(firstAside<<a.Tries, longestAside)
	}
	a.Tries++
	a.Error, a.NextAt = failed.Error(), now.Add(wait)
	return a
}

// ownFault reports whether one incident alone may have caused the error.
func ownFault(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable)
}

// safely turns a panic, which damaged data may cause, into an error.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// stepEach brings incidents up to date one by one, after an error in a
// transaction that held them all. It puts aside those that fail again.
func (t *Tracker) stepEach(ctx context.Context, ids []sla.IncidentID, now time.Time) error {
	for _, id := range ids {
		err := t.stepAll(ctx, []sla.IncidentID{id}, now)
		if err == nil {
			continue
		}
		if err := t.putAside(ctx, Aside{Incident: id}, err, now); err != nil {
			return err
		}
	}
	return nil
}

// putAside puts an incident aside, unless the failure has another cause.
func (t *Tracker) putAside(ctx context.Context, a Aside, failed error, now time.Time) error {
	if !ownFault(ctx, failed) {
		return failed
	}
	a = a.again(failed, now)
	if err := t.Store.Update(ctx, func(tx Tx) error { return tx.PutAside(ctx, a) }); err != nil {
		return errors.Join(failed, err)
	}
	if t.Failed != nil {
		t.Failed(a)
	}
	return nil
}

// dueAgain selects the incidents whose wait is over. A wait longer than the longest
// one counts as over, because the wall clock was set back.
func (t *Tracker) dueAgain(waiting []Aside) (due []Aside) {
	now := t.now()
	for _, a := range waiting {
		if !a.NextAt.After(now) || a.NextAt.Sub(now) > longestAside {
			due = append(due, a)
		}
	}
	return due
}

// retryAll tries incidents again, each in a transaction of its own.
func (t *Tracker) retryAll(ctx context.Context, due []Aside) error {
	for _, a := range due {
		if err := t.retry(ctx, a, t.now()); err != nil {
			return err
		}
	}
	return nil
}

// retry retries one incident. It updates the incident's messages, which may say that
// it could not be read.
func (t *Tracker) retry(ctx context.Context, a Aside, now time.Time) error {
	err := safely(func() error {
		return t.Store.Update(ctx, func(tx Tx) error {
			inc, err := tx.Incident(ctx, a.Incident)
			if err != nil {
				return err
			}
			// The wall clock may have been set back meanwhile.
			c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: now, by: byKigen()}
			if err := c.withdraw(); err != nil {
				return err
			}
			if err := tx.QueueUpdates(ctx, a.Incident, now); err != nil {
				return err
			}
			return tx.TakeBack(ctx, a.Incident)
		})
	})
	if err != nil {
		return t.putAside(ctx, a, err, now)
	}
	return nil
}
