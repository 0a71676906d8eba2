package store

import (
	"context"
	"database/sql"
	_ "embed"
	"math"
	"time"

	"kigen/sla/outbox"
)

//go:embed query/changes.sql
var changesSQL string

// Updates wait until no further one was queued for a pause, so that changes made at
// about the same time are sent together. The pause is longer where there are many.
const (
	changePause     = time.Second
	longestPause    = 10 * time.Second
	manyPause       = 5 * time.Second
	longestMany     = time.Minute
	changesRemember = 10 * time.Minute // updates sent in this time count towards many
)

// change is an update of an incident that waits at a destination where
// messages can't be changed.
type change struct {
	id, incident, queuedAt, nextAt int64
	attempts, lookups              int
	moot                           bool
	holdAt                         nullInt
}

// changePlan decides about the updates that wait at a destination.
type changePlan struct {
	drop  []int64         // superseded: another message holds the change
	hold  map[int64]int64 // delivery id -> not to be sent before, in ms
	merge []mergeablePost // to be merged into a digest
}

// formOf is the destination's form as its sender stated it last; zero: not yet.
func (db *DB) formOf(destination string) outbox.DigestForm {
	form, ok := db.forms.Load(destination)
	if !ok {
		return outbox.DigestForm{}
	}
	return form.(outbox.DigestForm)
}

// mergeChanges reduces the updates that wait at a destination whose messages can't
// be changed: one update of each incident stays, unless another message holds the
// change, and many incidents are merged into a digest of changes. It runs in the
// transaction that claims a delivery, so that no update queued meanwhile escapes.
func (t *tx) mergeChanges(ctx context.Context, destination string, now time.Time) error {
	form := t.db.formOf(destination)
	if !form.Once {
		return nil
	}
	plan, err := t.planChanges(ctx, destination, now, form)
	if err != nil {
		return err
	}
	return t.applyChanges(ctx, plan, destination, now, form)
}

func (t *tx) applyChanges(ctx context.Context, plan *changePlan, destination string, now time.Time, form outbox.DigestForm) error {
	for _, id := range plan.drop {
		if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded' WHERE id = $1`, id); err != nil {
			return err
		}
	}
	for id, at := range plan.hold {
		if _, err := t.exec(ctx, `UPDATE deliveries SET next_at = $1 WHERE id = $2`, at, id); err != nil {
			return err
		}
	}
	if len(plan.merge) == 0 {
		return nil
	}
	d, err := t.openDigest(ctx, destination, outbox.ReasonChanges, form)
	if err != nil {
		return err
	}
	if d == nil {
		if d, err = t.newDigest(ctx, destination, outbox.ReasonChanges, plan.merge, now, form); err != nil {
			return err
		}
	}
	return t.fill(ctx, d, plan.merge, now, form)
}

// planChanges plans the updates that wait at a destination.
func (r *reader) planChanges(ctx context.Context, destination string, now time.Time, form outbox.DigestForm) (*changePlan, error) {
	plan := &changePlan{hold: map[int64]int64{}}
	waiting, err := r.onePerIncident(ctx, destination, plan)
	if err != nil || len(waiting) == 0 {
		return plan, err
	}
	var recent int
	const recentlySent = `SELECT COUNT(*) FROM deliveries WHERE kind = 'update' AND state = 'sent' AND destination = $1 AND sent_at > $2`
	if err := r.one(ctx, []any{&recent}, nil, recentlySent, destination, now.Add(-changesRemember).UnixMilli()); err != nil {
		return nil, err
	}
	open, err := r.openDigest(ctx, destination, outbox.ReasonChanges, form)
	if err != nil {
		return nil, err
	}
	many := recent+len(waiting) > form.Above
	at := readyAt(waiting, now, many, recent > form.Above)
	ready := at <= now.UnixMilli()
	for _, c := range waiting {
		switch {
		case c.lookups > 0: // unconfirmed once: sent under its own key, the receiver can recognize a repeat
		case !ready && c.nextAt < at:
			plan.hold[c.id] = at
		case ready && (open != nil || many && len(waiting) > 1):
			plan.merge = append(plan.merge, mergeablePost{c.id, c.queuedAt})
		}
	}
	return plan, nil
}

// readyAt is the instant from which the waiting updates may be sent. After a flood
// of single updates the next are collected for the longest time.
func readyAt(waiting []change, now time.Time, many, flood bool) int64 {
	pause, longest := changePause, longestPause
	if many {
		pause, longest = manyPause, longestMany
	}
	oldest, newest := int64(math.MaxInt64), int64(0)
	for _, c := range waiting {
		if c.attempts == 0 { // an attempted update has waited before
			oldest, newest = min(oldest, c.queuedAt), max(newest, c.queuedAt)
		}
	}
	switch {
	case oldest > now.UnixMilli(): // no new update, or the wall clock was set back
		return now.UnixMilli()
	case flood:
		return oldest + longest.Milliseconds()
	}
	return min(newest+pause.Milliseconds(), oldest+longest.Milliseconds())
}

// onePerIncident returns one update of each incident that may be sent, and plans the
// others: an update whose change another message holds is dropped, and one whose
// change a waiting post may hold waits for that post.
func (r *reader) onePerIncident(ctx context.Context, destination string, plan *changePlan) (waiting []change, err error) {
	last := int64(0) // the incident of the last chosen update
	err = r.query(ctx, func(rows *sql.Rows) error {
		var c change
		if err := rows.Scan(&c.id, &c.incident, &c.queuedAt, &c.nextAt, &c.attempts, &c.lookups, &c.moot, &c.holdAt); err != nil {
			return err
		}
		switch {
		case c.moot || c.incident == last:
			plan.drop = append(plan.drop, c.id)
			return nil
		case c.holdAt.V > c.nextAt:
			plan.hold[c.id] = c.holdAt.V
		case !c.holdAt.Valid:
			waiting = append(waiting, c)
		}
		last = c.incident
		return nil
	}, changesSQL, destination)
	return waiting, err
}
