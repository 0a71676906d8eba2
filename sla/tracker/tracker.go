package tracker

import (
	"context"
	"slices"
	"sync"
	"time"

	"kigen/sla"
)

// Tracker runs the use cases over a Store. It is safe for any number of
// goroutines, and must not be copied once it is used.
type Tracker struct {
	Store     Store
	Catalogue sla.Catalogue
	Policies  sla.Policies
	Now       func() time.Time // the wall clock
	Changed   func()           // called after each commit, to wake the watch loop; may be nil

	versions sync.Map // *sla.Promise -> *version
}

// kigen is the actor of what nobody did: time passed.
const kigen = "kigen"

// now is the wall clock to the milliseconds that storage keeps.
func (t *Tracker) now() time.Time { return t.Now().Round(0).Truncate(time.Millisecond) }

// update runs one use case in one transaction and wakes the watch loop.
func (t *Tracker) update(ctx context.Context, f func(tx Tx) error) error {
	if err := t.Store.Update(ctx, f); err != nil {
		return err
	}
	if t.Changed != nil {
		t.Changed()
	}
	return nil
}

// change is one use case at work on one incident, inside a transaction.
type change struct {
	*Tracker
	ctx   context.Context //nolint:containedctx // lives as long as one transaction
	tx    Tx
	inc   *sla.Incident
	now   time.Time
	actor string

	told []string // the destinations that something was raised for

	moved bool // the facts changed that deadlines follow from
	idle  bool // nothing changed, nothing is stored
}

// changeIncident reads an incident, lets f change it, stores it and brings
// its clocks and its posted messages up to date: all or nothing.
func (t *Tracker) changeIncident(ctx context.Context, actor string, id sla.IncidentID, f func(c *change) error) (*sla.Incident, error) {
	var inc *sla.Incident
	err := t.update(ctx, func(tx Tx) (err error) {
		if inc, err = tx.Incident(ctx, id); err != nil {
			return err
		}
		c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: t.now(), actor: actor}
		if done, err := c.doneBefore(); done || err != nil {
			return err
		}
		if err := f(c); err != nil || c.idle {
			return err
		}
		if err := c.rememberKey(); err != nil {
			return err
		}
		if err := tx.UpdateIncident(ctx, inc); err != nil {
			return err
		}
		return tx.QueueUpdates(ctx, id, c.now)
	})
	if err != nil {
		return nil, err
	}
	return inc, nil
}

// Log records a new incident, starts its clocks and returns it. With an
// idempotencyKey, the same request again returns the incident that the first
// one made, and another request under the same key is an Invalid error.
func (t *Tracker) Log(ctx context.Context, actor, idempotencyKey string, e Entry) (*sla.Incident, error) {
	now := t.now()
	inc := e.incident(now)
	if problems := t.checkNew(inc, now); len(problems) > 0 {
		return nil, problems
	}
	request := e.hash()
	err := t.update(ctx, func(tx Tx) error {
		earlier, err := replayed(ctx, tx, idempotencyKey, request)
		if err != nil || earlier != nil {
			inc = earlier
			return err
		}
		c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: now, actor: actor, moved: true}
		return c.log(idempotencyKey, request)
	})
	if err != nil {
		return nil, err
	}
	return inc, nil
}

func (c *change) log(idempotencyKey, request string) error {
	if err := c.tx.InsertIncident(c.ctx, c.inc); err != nil {
		return err
	}
	if idempotencyKey != "" {
		if err := c.tx.Remember(c.ctx, idempotencyKey, request, c.inc.ID, c.now); err != nil {
			return err
		}
	}
	if err := c.record(c.actor, sla.EventLogged, describe(c.inc)); err != nil {
		return err
	}
	if err := c.reckon(); err != nil {
		return err
	}
	return c.announce()
}

// announce tells those who want to know that the incident was logged, but
// nobody who is told more than that of one of its clocks at the same time.
func (c *change) announce() error {
	for _, planned := range c.Policies.Logged(c.inc, c.now) {
		to := slices.DeleteFunc(planned.To, func(to string) bool { return slices.Contains(c.told, to) })
		if len(to) == 0 {
			continue
		}
		_, err := c.tx.Raise(c.ctx, &sla.Alert{
			Key: planned.LoggedKey(c.inc.ID), Reason: planned.Reason, Incident: c.inc.ID, At: planned.At, To: to,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Amend changes an incident and recomputes its deadlines; the old ones stay
// in the history.
func (t *Tracker) Amend(ctx context.Context, actor string, id sla.IncidentID, a Amendment) (*sla.Incident, error) {
	return t.changeIncident(ctx, actor, id, func(c *change) error {
		if a.Version != 0 && a.Version != c.inc.Version {
			return ErrConflict
		}
		facts := c.inc.Facts
		changes := a.apply(c.inc)
		if c.idle = len(changes) == 0; c.idle {
			return nil
		}
		c.moved = facts != c.inc.Facts
		if problems := c.checkAmended(changes); len(problems) > 0 {
			return problems
		}
		if err := c.record(c.actor, sla.EventAmended, changes); err != nil {
			return err
		}
		return c.reckon()
	})
}

// Notice records a vendor's message and stops the clocks that it answers.
func (t *Tracker) Notice(ctx context.Context, actor string, id sla.IncidentID, n NoticeEntry) (*sla.Incident, error) {
	return t.changeIncident(ctx, actor, id, func(c *change) error {
		notice := n.notice(c)
		problems := append(c.checkNotice(notice), checkFiles(n.Files)...)
		if len(problems) > 0 {
			return problems
		}
		notice.Stage, _ = sla.RoundOf(notice.Stage) // whichever round it names, it answers the open one
		if err := c.keepFiles(notice, n.Files); err != nil {
			return err
		}
		if err := c.tx.InsertNotice(c.ctx, notice); err != nil {
			return err
		}
		c.inc.Notices = append(c.inc.Notices, *notice)
		slices.SortStableFunc(c.inc.Notices, func(a, b sla.Notice) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
		if err := c.record(c.actor, sla.EventNotice, describeNotice(notice)); err != nil {
			return err
		}
		return c.reckon()
	})
}

// Acknowledge records that a person has the incident. Repeats stay silent
// until the given instant, or for good when it is zero.
func (t *Tracker) Acknowledge(ctx context.Context, actor string, id sla.IncidentID, until time.Time) (*sla.Incident, error) {
	return t.changeIncident(ctx, actor, id, func(c *change) error {
		until = until.Truncate(time.Millisecond) // as storage keeps it
		if problems := c.checkAcknowledgement(until); len(problems) > 0 {
			return problems
		}
		// What was due to be told before anybody had it is told first.
		if err := c.settleAll(); err != nil {
			return err
		}
		c.inc.Acknowledged = sla.Acknowledgement{By: Person(c.actor), At: c.now, Until: until}
		body := map[string]any{"by": c.inc.Acknowledged.By}
		if !until.IsZero() {
			body["until"] = until.UTC()
		}
		if err := c.record(c.actor, sla.EventAcknowledged, body); err != nil {
			return err
		}
		return c.settleAll()
	})
}

// Cancel withdraws an incident that was none.
func (t *Tracker) Cancel(ctx context.Context, actor string, id sla.IncidentID, reason string) (*sla.Incident, error) {
	return t.changeIncident(ctx, actor, id, func(c *change) error {
		if problems := c.checkStands("state"); len(problems) > 0 {
			return problems
		}
		c.inc.CancelledAt, c.inc.CancelReason = c.now, reason
		if err := c.record(c.actor, sla.EventCancelled, map[string]any{"reason": reason}); err != nil {
			return err
		}
		for i := range c.inc.Clocks {
			if err := c.cancelClock(&c.inc.Clocks[i]); err != nil {
				return err
			}
		}
		return c.tx.SupersedeLogged(c.ctx, c.inc.ID, nil)
	})
}

const (
	// stepBatch is how many incidents one transaction of a step brings up to
	// date: enough to be quick, and short enough to let others write.
	stepBatch = 500
	// adoptPause lies between two batches of clocks that new policies plan again:
	// deadlines that pass meanwhile are told of in between.
	adoptPause = 500 * time.Millisecond
)

// Adopt has every open clock planned anew if the policies are not those that
// its next step was planned under: an escalation that is added while a clock is
// overdue has to find it. What was told before is not told again.
func (t *Tracker) Adopt(ctx context.Context) error {
	return t.update(ctx, func(tx Tx) error {
		return tx.AdoptPolicies(ctx, t.Policies.Fingerprint(), t.now(), stepBatch, adoptPause)
	})
}

// Step does what time alone asks for up to now, for every incident that has a
// planned instant behind it, and returns the next planned instant; zero when
// nothing is planned.
func (t *Tracker) Step(ctx context.Context) (next time.Time, err error) {
	for more := true; more && err == nil; {
		more, err = t.stepSome(ctx)
	}
	if err != nil {
		return time.Time{}, err
	}
	err = t.Store.View(ctx, func(r Reader) error {
		next, _, err = r.NextStep(ctx)
		return err
	})
	return next, err
}

// stepSome brings up to stepBatch incidents up to date and reports whether
// there may be more.
func (t *Tracker) stepSome(ctx context.Context) (more bool, err error) {
	now := t.now()
	var due []sla.IncidentID
	// Most ticks find nothing: look first, without the write lock.
	err = t.Store.View(ctx, func(r Reader) error {
		due, err = r.DueIncidents(ctx, now, stepBatch)
		return err
	})
	if err != nil || len(due) == 0 {
		return false, err
	}
	err = t.Store.Update(ctx, func(tx Tx) error {
		for _, id := range due {
			inc, err := tx.Incident(ctx, id)
			if err != nil {
				return err
			}
			c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: now, actor: kigen}
			if err := c.settleAll(); err != nil {
				return err
			}
		}
		return nil
	})
	return len(due) == stepBatch, err
}
