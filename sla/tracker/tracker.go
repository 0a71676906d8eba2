package tracker

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/policy"
	"kigen/sla/regime"
)

// Tracker runs the use cases over a Store. It is safe for any number of
// goroutines, and must not be copied once it is used.
type Tracker struct {
	Store     Store
	Catalogue sla.Catalogue
	Duties    regime.Regimes // our own, under the regimes that are switched on
	Policies  policy.Policies
	Now       func() time.Time // the wall clock
	Failed    func(Aside)      // called after an incident was put aside; may be nil
	// Vouched reports whether the system vouches for a wall clock that went back
	// further than LongestStepBack; nil: any wall clock is trusted.
	Vouched func(now time.Time) bool

	versions sync.Map    // *sla.Promise -> *version
	waiting  atomic.Bool // the policies are adopted once the wall clock is right
}

// kigen is the actor of changes that no person made.
const kigen = "kigen"

// now is the wall clock, truncated to the milliseconds of storage.
func (t *Tracker) now() time.Time { return t.Now().Round(0).Truncate(time.Millisecond) }

// update runs one use case in one transaction. It returns a ClockError if the wall
// clock can't be trusted.
func (t *Tracker) update(ctx context.Context, f func(tx Tx) error) error {
	return t.Store.Update(ctx, func(tx Tx) error {
		if _, err := t.wall(ctx, tx, t.now()); err != nil {
			return err
		}
		return f(tx)
	})
}

// change is one use case on one incident, inside a transaction.
type change struct {
	*Tracker
	ctx context.Context //nolint:containedctx // lives as long as one transaction
	tx  Tx
	inc *sla.Incident
	now time.Time
	by  Request

	alerted []string // destinations for which an alert of a clock was raised

	batch *Batch // that the incident is logged with; nil: by itself

	opens     bool // the clocks of promises without one start
	moved     bool // facts changed that deadlines follow from
	corrected bool // a correction made deadlines count that did not before
	idle      bool // nothing changed, nothing is stored

	decided string // the regime about which a person decided

	submitted bool // our submissions changed
	shut      bool // the regime of these clocks does not apply
}

// changeIncident reads an incident, lets f change it, stores it, and updates its
// clocks and its posted messages, all in one transaction. A replay of the request
// is answered with the incident as it stands.
func (t *Tracker) changeIncident(ctx context.Context, by Request, useCase UseCase, id sla.IncidentID, f func(c *change) error) (*sla.Incident, error) {
	use := by.use(useCase, id, "")
	inc, err := t.answered(ctx, use)
	if inc != nil || err != nil {
		return inc, err
	}
	err = t.update(ctx, func(tx Tx) (err error) {
		if inc, err = replayed(ctx, tx, use); inc != nil || err != nil {
			return err
		}
		if inc, err = tx.Incident(ctx, id); err != nil {
			return err
		}
		if problems := by.check(); len(problems) > 0 {
			return problems
		}
		c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: t.now(), by: by}
		if err := f(c); err != nil {
			return err
		}
		return c.store(use)
	})
	if err != nil {
		return nil, err
	}
	return inc, nil
}

// store stores the changed incident and queues updates of its posted messages. A
// request that changes nothing uses its key all the same: its replay, after other
// changes, changes nothing either.
func (c *change) store(use KeyUse) error {
	if err := c.bindKey(use); err != nil || c.idle {
		return err
	}
	if err := c.tx.UpdateIncident(c.ctx, c.inc); err != nil {
		return err
	}
	if err := c.tx.Reach(c.ctx, c.now); err != nil {
		return err
	}
	return c.tx.QueueUpdates(c.ctx, c.inc.ID, c.now)
}

// Log records a new incident, starts its clocks and returns it. A replay returns the
// incident of the first request as it stands; another request under the same key is
// an Invalid error.
func (t *Tracker) Log(ctx context.Context, by Request, e Entry) (*sla.Incident, error) {
	use := by.use(UseLog, 0, e.hash())
	earlier, err := t.answered(ctx, use)
	if earlier != nil || err != nil {
		return earlier, err
	}
	now := t.now()
	inc := e.incident(now)
	if problems := append(by.check(), t.checkNew(inc, now)...); len(problems) > 0 {
		return nil, problems
	}
	if len(e.Notices) > 0 {
		if _, err := t.previewEntry(ctx, e, nil); err != nil { // the notices need the clocks
			return nil, err
		}
	}
	err = t.update(ctx, func(tx Tx) error {
		earlier, err := replayed(ctx, tx, use)
		if err != nil || earlier != nil {
			inc = earlier
			return err
		}
		c := &change{Tracker: t, ctx: ctx, tx: tx, inc: inc, now: now, by: by, moved: true}
		return c.log(use, e.Notices)
	})
	if err != nil {
		return nil, err
	}
	return inc, nil
}

// log stores a new incident with the notices that were entered with it.
func (c *change) log(use KeyUse, entered []NoticeEntry) error {
	if err := c.tx.InsertIncident(c.ctx, c.inc); err != nil {
		return err
	}
	if err := c.bindKey(use); err != nil {
		return err
	}
	if err := c.record(c.by.Actor, sla.EventLogged, history.DescribeIncident(c.inc)); err != nil {
		return err
	}
	if err := c.tx.Reach(c.ctx, c.now); err != nil {
		return err
	}
	// Before any clock starts: a deadline that was kept never counts as breached.
	if err := c.addNotices(entered); err != nil {
		return err
	}
	if err := c.reckon(); err != nil {
		return err
	}
	if err := c.raiseLogged(); err != nil {
		return err
	}
	return c.raisePast()
}

// Amend changes an incident and recomputes its deadlines; the old ones stay
// in the history.
func (t *Tracker) Amend(ctx context.Context, by Request, id sla.IncidentID, a Amendment) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseAmend, id, func(c *change) error {
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
		if err := c.record(c.by.Actor, sla.EventAmended, changes); err != nil {
			return err
		}
		return c.reckon()
	})
}

// Notice records a vendor's message and stops the clocks that it answers.
func (t *Tracker) Notice(ctx context.Context, by Request, id sla.IncidentID, n NoticeEntry) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseNotice, id, func(c *change) error {
		notice := n.notice(c)
		problems := append(c.checkNotice(notice), checkFiles(n.Files)...)
		if len(problems) > 0 {
			return problems
		}
		if err := c.addNotice(notice, n.Files); err != nil {
			return err
		}
		return c.reckon()
	})
}

// addNotice stores a checked notice of the incident with its files.
func (c *change) addNotice(notice *sla.Notice, files []Attachment) error {
	notice.Stage, _ = sla.RoundOf(notice.Stage) // a notice for any round answers the open one
	var err error
	if notice.Files, err = c.keepFiles(files); err != nil {
		return err
	}
	if err := c.tx.InsertNotice(c.ctx, notice); err != nil {
		return err
	}
	notice.Number = len(c.inc.Notices) + 1
	c.inc.Notices = append(c.inc.Notices, *notice)
	slices.SortStableFunc(c.inc.Notices, func(a, b sla.Notice) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return c.record(c.by.Actor, sla.EventNotice, history.DescribeNotice(notice))
}

// Acknowledge records that a person took the incident, and makes the person its owner,
// also in the place of another one. Repeats are suppressed until the given instant, or for good if it is
// zero.
func (t *Tracker) Acknowledge(ctx context.Context, by Request, id sla.IncidentID, until time.Time) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseAcknowledge, id, func(c *change) error {
		until = until.Truncate(time.Millisecond) // as stored
		if problems := c.checkAcknowledgement(until); len(problems) > 0 {
			return problems
		}
		// Alerts that were due before the acknowledgement are raised first.
		if err := c.updateClocks(); err != nil {
			return err
		}
		c.inc.Acknowledged = sla.Acknowledgement{By: Person(c.by.Actor), At: c.now, Until: until}
		c.inc.Owner = c.inc.Acknowledged.By
		body := map[string]any{"by": c.inc.Acknowledged.By, "owner": c.inc.Owner}
		if !until.IsZero() {
			body["until"] = until.UTC()
		}
		if err := c.record(c.by.Actor, sla.EventAcknowledged, body); err != nil {
			return err
		}
		return c.updateClocks()
	})
}

// Cancel cancels an incident that was logged by mistake.
func (t *Tracker) Cancel(ctx context.Context, by Request, id sla.IncidentID, reason string) (*sla.Incident, error) {
	return t.changeIncident(ctx, by, UseCancel, id, func(c *change) error {
		problems := c.checkStands("state")
		problems.checkLines(line{"reason", reason})
		if len(problems) > 0 {
			return problems
		}
		c.inc.CancelledAt, c.inc.CancelReason = c.now, reason
		if err := c.record(c.by.Actor, sla.EventCancelled, map[string]any{"reason": reason}); err != nil {
			return err
		}
		for _, clock := range c.inc.AllClocks() {
			if err := c.cancelClock(clock); err != nil {
				return err
			}
		}
		return c.tx.SupersedeLogged(c.ctx, c.inc.ID, nil)
	})
}
