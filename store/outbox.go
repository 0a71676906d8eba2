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
// its alert and the incident as it stands; nil when none is due. Posts of one
// incident go in order, and an update waits until its post is sent.
func (db *DB) NextDelivery(ctx context.Context, destination string, now time.Time) (*sla.Delivery, error) {
	var next *sla.Delivery
	err := db.update(ctx, func(t *tx) error {
		id, at, err := t.firstPending(ctx, destination)
		if err != nil || id == 0 || at.After(now) {
			return err
		}
		const claim = `UPDATE deliveries SET state = 'sending', attempts = attempts + 1, attempt_at = $1 WHERE id = $2`
		if _, err := t.exec(ctx, claim, now.UnixMilli(), id); err != nil {
			return err
		}
		next, err = t.delivery(ctx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("next delivery to %s: %w", destination, err)
	}
	return next, nil
}

// firstPending finds the delivery that may go first, id 0 when there is none.
func (r *reader) firstPending(ctx context.Context, destination string) (id sla.DeliveryID, at time.Time, err error) {
	var ms nullInt
	err = r.one(ctx, []any{&id, &ms}, nil, nextSendSQL, destination)
	return id, utc(ms), err
}

func (r *reader) delivery(ctx context.Context, id sla.DeliveryID) (*sla.Delivery, error) {
	var (
		d                            sla.Delivery
		next, sent, due, dueEast, at nullInt
		incident, clock              nullInt
		destinations                 string
		body                         sql.Null[string]
	)
	absent := fmt.Errorf("delivery %d: %w", id, tracker.ErrNotFound)
	err := r.one(ctx, []any{
		&d.ID, &d.Key, &d.Destination, &d.Kind, &d.State, &d.Attempts, &next, &d.LastError,
		&d.Receipt.Channel, &d.Receipt.TS, &sent, &d.PossibleRepeat,
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
	if !incident.Valid {
		return &d, nil
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
// ErrConflict.
func (db *DB) Sent(ctx context.Context, id sla.DeliveryID, r sla.Receipt, at time.Time) error {
	const stmt = `UPDATE deliveries SET state = 'sent', channel = $1, ts = $2, sent_at = $3, last_error = ''
		WHERE id = $4 AND attempts > 0 AND (state IN ('pending', 'sending') OR channel = $5 AND ts = $6)`
	return db.settle(ctx, id, "sent", stmt, r.Channel, r.TS, at.UnixMilli(), id, r.Channel, r.TS)
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
	return db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, stmt, args...)
		if err == nil && n == 0 {
			err = tracker.ErrConflict
		}
		if err != nil {
			return fmt.Errorf("record delivery %d as %s: %w", id, as, err)
		}
		return nil
	})
}

// Interrupted puts back what a crash left in the middle of being sent, to go
// again at resendAt as a possible repeat, and returns how many there were.
// When each attempt began stays on record for a search at the destination.
func (db *DB) Interrupted(ctx context.Context, destination string, _, resendAt time.Time) (int, error) {
	var n int64
	err := db.update(ctx, func(t *tx) (err error) {
		const stmt = `UPDATE deliveries SET state = 'pending', next_at = $1, possible_repeat = 1
			WHERE destination = $2 AND state = 'sending'`
		n, err = t.exec(ctx, stmt, resendAt.UnixMilli(), destination)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("interrupted deliveries to %s: %w", destination, err)
	}
	return int(n), nil
}

// NextSend returns the earliest instant at which something may be sent to the
// destination, false when nothing is pending. What waits for another delivery
// does not count until that one is settled.
func (db *DB) NextSend(ctx context.Context, destination string) (at time.Time, pending bool, err error) {
	err = db.view(ctx, func(r *reader) error {
		var id sla.DeliveryID
		id, at, err = r.firstPending(ctx, destination)
		pending = id != 0
		return err
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next send to %s: %w", destination, err)
	}
	return at, pending, nil
}

const oldestUnsentSQL = `SELECT MIN(queued_at) FROM deliveries WHERE state IN ('pending', 'sending')`

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
