package store

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

//go:embed query/next_send.sql
var nextSendSQL string

//go:embed query/delivery.sql
var deliverySQL string

// NextDelivery takes the oldest delivery of the destination that is due at
// now, marks it as sending in a transaction of its own, and returns it with
// its alert and the incident as it stands; nil when none is due. Only the given
// kinds are taken, the first ones first; none given: all. Posts of one incident
// go in order, and an update waits until its post is sent.
func (db *DB) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...sla.DeliveryKind) (*sla.Delivery, error) {
	var next *sla.Delivery
	err := db.update(ctx, func(t *tx) error {
		for _, kind := range orAll(kinds) {
			var err error
			if next, err = t.claim(ctx, destination, kind, now); err != nil || next != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("next delivery to %s: %w", destination, err)
	}
	return next, nil
}

// claim takes the delivery of a kind that may go first, nil when none is due.
// A part of a digest of which nothing is left to tell is passed over.
func (t *tx) claim(ctx context.Context, destination string, kind sla.DeliveryKind, now time.Time) (*sla.Delivery, error) {
	for {
		id, at, err := t.firstPending(ctx, destination, kind)
		if err != nil || id == 0 || at.After(now) {
			return nil, err
		}
		const claim = `UPDATE deliveries SET state = 'sending', attempts = attempts + 1, attempt_at = $1 WHERE id = $2`
		if _, err := t.exec(ctx, claim, now.UnixMilli(), id); err != nil {
			return nil, err
		}
		d, err := t.delivery(ctx, id)
		if err != nil {
			return nil, err
		}
		if idle, err := t.idle(ctx, d); err != nil || !idle {
			return d, err
		}
		if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded' WHERE id = $1`, id); err != nil {
			return nil, err
		}
	}
}

// idle reports whether a part of a digest has nothing left to tell, or a file
// has no message that it belongs to.
func (t *tx) idle(ctx context.Context, d *sla.Delivery) (bool, error) {
	if d.Digest == nil && d.Kind == sla.File {
		return t.headless(ctx, d.ID)
	}
	return d.Digest != nil && len(d.Digest.Lines) == 0, nil
}

// orAll gives all kinds for none, in the order in which they matter: a page
// of a long list must not hold up a new alert.
func orAll(kinds []sla.DeliveryKind) []sla.DeliveryKind {
	if len(kinds) == 0 {
		return []sla.DeliveryKind{sla.Post, sla.Update, sla.File, sla.Page}
	}
	return kinds
}

// firstPending finds the delivery of a kind that may go first, id 0 when there
// is none.
func (r *reader) firstPending(ctx context.Context, destination string, kind sla.DeliveryKind) (id sla.DeliveryID, at time.Time, err error) {
	var ms nullInt
	err = r.one(ctx, []any{&id, &ms}, nil, nextSendSQL, destination, kind)
	return id, utc(ms), err
}

func (r *reader) delivery(ctx context.Context, id sla.DeliveryID) (*sla.Delivery, error) {
	var (
		d                            sla.Delivery
		next, sent, due, dueEast, at nullInt
		incident, clock, head        nullInt
		message                      int64
		part                         int
		destinations                 string
		body                         sql.Null[string]
	)
	absent := fmt.Errorf("delivery %d: %w", id, tracker.ErrNotFound)
	err := r.one(ctx, []any{
		&d.ID, &d.Key, &d.Destination, &d.Kind, &d.State, &d.Attempts, &next, &d.LastError,
		&d.Receipt.Channel, &d.Receipt.TS, &sent, &d.PossibleRepeat, &d.Looks,
		&d.Thread.Channel, &d.Thread.TS, &d.InsteadOf, &message, &part, &head,
		&d.Alert.ID, &d.Alert.Key, &d.Alert.Reason, &incident, &clock, &due, &dueEast, &at, &destinations, &body,
	}, absent, deliverySQL, id)
	if err != nil {
		return nil, err
	}
	d.NextAt, d.SentAt = utc(next), utc(sent)
	d.Alert.Incident, d.Alert.Clock = sla.IncidentID(incident.V), sla.ClockID(clock.V)
	d.Alert.DueAt, d.Alert.At = entered(due, dueEast), utc(at)
	if body.Valid {
		d.Alert.Body = json.RawMessage(body.V)
	}
	if d.Alert.To, err = parseList(destinations); err != nil {
		return nil, fmt.Errorf("destinations of alert %s: %w", d.Alert.Key, err)
	}
	if d.Alert.Reason == sla.ReasonDigest {
		d.Digest, err = r.digest(ctx, message, part, head)
		return &d, err
	}
	if !incident.Valid {
		d.Files, err = r.files(ctx, &d, part)
		return &d, err
	}
	if d.Incident, err = r.Incident(ctx, d.Alert.Incident); err != nil {
		return nil, err
	}
	for i := range d.Incident.Clocks {
		if d.Incident.Clocks[i].ID == d.Alert.Clock {
			d.Clock = &d.Incident.Clocks[i]
		}
	}
	return &d, nil
}

// Sent records that the destination took the delivery, under this receipt. It
// may be said again, and later than a Retry: a late answer is an answer. A
// delivery that was never attempted, or was sent under another receipt, is an
// ErrConflict. A fallback that has not begun to tell it no longer needs to.
func (db *DB) Sent(ctx context.Context, id sla.DeliveryID, r sla.Receipt, at time.Time) error {
	const stmt = `UPDATE deliveries SET state = 'sent', channel = $1, ts = $2, sent_at = $3, last_error = ''
		WHERE id = $4 AND attempts > 0 AND (state IN ('pending', 'sending', 'unknown') OR channel = $5 AND ts = $6)`
	return db.update(ctx, func(t *tx) error {
		if err := t.settle(ctx, id, "sent", stmt, r.Channel, r.TS, at.UnixMilli(), id, r.Channel, r.TS); err != nil {
			return err
		}
		return t.undivert(ctx, id)
	})
}

// Retry puts a delivery that is being sent back, to be tried again at next,
// with the reason of the failure. It may be said again. A delivery that was
// sent is an ErrConflict.
func (db *DB) Retry(ctx context.Context, id sla.DeliveryID, next time.Time, reason string) error {
	const stmt = `UPDATE deliveries SET state = 'pending', next_at = $1, last_error = $2
		WHERE id = $3 AND attempts > 0 AND state IN ('pending', 'sending')`
	return db.settle(ctx, id, "to be retried", stmt, next.UnixMilli(), reason, id)
}

func (db *DB) settle(ctx context.Context, id sla.DeliveryID, as, stmt string, args ...any) error {
	return db.update(ctx, func(t *tx) error { return t.settle(ctx, id, as, stmt, args...) })
}

func (t *tx) settle(ctx context.Context, id sla.DeliveryID, as, stmt string, args ...any) error {
	n, err := t.exec(ctx, stmt, args...)
	if err == nil && n == 0 {
		err = tracker.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("record delivery %d as %s: %w", id, as, err)
	}
	return nil
}

// NextSend returns the earliest instant at which something of the given kinds
// (none given: of any) may be sent to the destination, false when nothing is
// pending. What waits for another delivery does not count until that one is
// settled.
func (db *DB) NextSend(ctx context.Context, destination string, kinds ...sla.DeliveryKind) (at time.Time, pending bool, err error) {
	err = db.view(ctx, func(r *reader) error {
		for _, kind := range orAll(kinds) {
			id, first, err := r.firstPending(ctx, destination, kind)
			if err != nil {
				return err
			}
			if id != 0 && (!pending || first.Before(at)) {
				at, pending = first, true
			}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next send to %s: %w", destination, err)
	}
	return at, pending, nil
}

const oldestUnsentSQL = `SELECT MIN(queued_at) FROM deliveries WHERE state IN ('pending', 'sending', 'unknown')`

// OldestUnsent returns since when the oldest delivery that is not sent has
// been waiting, false when everything is out.
func (db *DB) OldestUnsent(ctx context.Context) (at time.Time, waiting bool, err error) {
	err = db.view(ctx, func(r *reader) error {
		at, waiting, err = r.earliest(ctx, oldestUnsentSQL)
		return err
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("oldest unsent delivery: %w", err)
	}
	return at, waiting, nil
}
