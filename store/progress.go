package store

import (
	"context"
	"fmt"
	"time"

	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// Progress is the state of an alert at one destination. Times are in UTC, zero
// for steps that have not happened.
type Progress struct {
	State     outbox.DeliveryState
	NextAt    time.Time // no attempt before
	AttemptAt time.Time // when the last attempt began
	SentAt    time.Time
	LastError string
	Receipt   outbox.Receipt
	Left      []outbox.Undelivered // recipients that did not get it
}

// Progress looks up an alert by its key; tracker.ErrNotFound when there is none
// for the destination.
func (db *DB) Progress(ctx context.Context, key, destination string) (p Progress, err error) {
	err = db.view(ctx, func(r *reader) error {
		var next, attempt, sent nullInt
		absent := fmt.Errorf("alert %s at %s: %w", key, destination, tracker.ErrNotFound)
		err := r.one(ctx, []any{&p.State, &next, &attempt, &sent, &p.LastError, &p.Receipt.Channel, &p.Receipt.TS}, absent,
			`SELECT state, next_at, attempt_at, sent_at, last_error, channel, ts FROM deliveries WHERE key = $1`, key+"@"+destination)
		if err != nil {
			return err
		}
		p.NextAt, p.AttemptAt, p.SentAt = utc(next), utc(attempt), utc(sent)
		p.Left, err = r.unreached(ctx, key+"@"+destination)
		return err
	})
	return p, err
}

// Withdraw supersedes the pending and refused deliveries of an alert.
func (db *DB) Withdraw(ctx context.Context, key string) error {
	err := db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded'
			WHERE state IN ('pending', 'refused') AND alert_id = (SELECT id FROM alerts WHERE key = $1)`, key)
		return err
	})
	if err != nil {
		return fmt.Errorf("withdraw alert %s: %w", key, err)
	}
	return nil
}
