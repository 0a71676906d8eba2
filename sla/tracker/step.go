package tracker

import (
	"context"
	"time"

	"kigen/sla"
)

const (
	// stepBatch is the number of incidents that one transaction of a step updates:
	// large enough for speed, small enough to let others write.
	stepBatch = 500
	// adoptPause is the pause between two batches of clocks that new policies plan
	// again. Due alerts go out in between.
	adoptPause = 500 * time.Millisecond
)

// Adopt plans every open clock again if the policies have changed since, so that an
// escalation that was added while a clock is overdue takes effect. Alerts that were
// raised before are not raised again. If the wall clock can't be trusted, the first
// Step after its correction does this instead.
func (t *Tracker) Adopt(ctx context.Context) error {
	err := t.update(ctx, func(tx Tx) error {
		return tx.AdoptPolicies(ctx, t.Policies.Fingerprint(), t.now(), stepBatch, adoptPause)
	})
	t.waiting.Store(isClockError(err))
	if isClockError(err) {
		return nil
	}
	return err
}

// Step updates every incident with a planned instant at or before now, and returns
// the next planned instant; zero if nothing is planned. An incident that fails is
// put aside and does not stop the others; an error means that the store failed,
// or, a ClockError, that the wall clock can't be trusted. If the wall clock was set
// back, decisions that lie after now are taken back first.
func (t *Tracker) Step(ctx context.Context) (next time.Time, err error) {
	for more := true; more && err == nil; {
		more, err = t.stepSome(ctx)
	}
	for err == nil {
		var waiting []Aside
		err = t.Store.View(ctx, func(r Reader) error {
			if waiting, err = r.Asides(ctx); err == nil {
				next, _, err = r.NextStep(ctx)
			}
			return err
		})
		if waiting = t.dueAgain(waiting); err != nil || len(waiting) == 0 {
			return next, err
		}
		err = t.retryAll(ctx, waiting)
	}
	return time.Time{}, err
}

// stepSome updates up to stepBatch incidents and reports whether there may be more.
func (t *Tracker) stepSome(ctx context.Context) (more bool, err error) {
	now := t.now()
	var (
		due  []sla.IncidentID
		back bool
	)
	// Most ticks find nothing, so the look needs no write lock.
	err = t.Store.View(ctx, func(r Reader) error {
		if back, err = t.wall(ctx, r, now); err != nil || back {
			return err
		}
		due, err = r.DueIncidents(ctx, now, stepBatch)
		return err
	})
	switch {
	case err != nil:
		return false, err
	case back:
		return true, t.lookAgain(ctx, now)
	case t.waiting.Load():
		return true, t.Adopt(ctx)
	case len(due) == 0:
		return false, nil
	}
	if err = t.stepAll(ctx, due, now); ownFault(ctx, err) {
		err = t.stepEach(ctx, due, now)
	}
	return len(due) == stepBatch, err
}

// stepAll updates incidents in one transaction.
func (t *Tracker) stepAll(ctx context.Context, ids []sla.IncidentID, now time.Time) error {
	return safely(func() error {
		return t.Store.Update(ctx, func(tx Tx) error {
			for _, id := range ids {
				if err := t.step(ctx, tx, id, now); err != nil {
					return err
				}
			}
			return tx.Reach(ctx, now)
		})
	})
}

// step updates one incident.
func (t *Tracker) step(ctx context.Context, tx Tx, id sla.IncidentID, now time.Time) error {
	inc, err := tx.Incident(ctx, id)
	if err != nil {
		return err
	}
	c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: now, by: byKigen()}
	return c.step()
}
