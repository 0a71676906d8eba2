package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"time"

	"kigen/sla"
)

//go:embed query/in_doubt.sql
var inDoubtSQL string

// mostDoubts bounds how many deliveries are looked for at once.
const mostDoubts = 500

// Interrupted finds what a crash left in the middle of being sent: its outcome
// is unknown, and may be looked for from lookAt on. It returns how many there
// were. When each attempt began stays on record for the search.
func (db *DB) Interrupted(ctx context.Context, destination string, lookAt time.Time) (int, error) {
	var n int64
	err := db.update(ctx, func(t *tx) (err error) {
		const stmt = `UPDATE deliveries SET state = 'unknown', next_at = $1, last_error = 'interrupted'
			WHERE destination = $2 AND state = 'sending'`
		n, err = t.exec(ctx, stmt, lookAt.UnixMilli(), destination)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("interrupted deliveries to %s: %w", destination, err)
	}
	return int(n), nil
}

// Doubt records that nobody knows whether the destination has the delivery,
// and when to look for it (again). A delivery that is pending or sent is an
// ErrConflict.
func (db *DB) Doubt(ctx context.Context, id sla.DeliveryID, lookAt time.Time, reason string) error {
	const stmt = `UPDATE deliveries SET state = 'unknown', looks = looks + 1, next_at = $1, last_error = $2
		WHERE id = $3 AND state IN ('sending', 'unknown')`
	return db.settle(ctx, id, "in doubt", stmt, lookAt.UnixMilli(), reason, id)
}

// Blind records that the attempt that is being made can't be looked for, or that
// it can after all: interrupted, the delivery is sent again as a possible
// repeat. It may be said again, also after a Retry. A delivery that was sent or
// is in doubt is an ErrConflict.
func (db *DB) Blind(ctx context.Context, id sla.DeliveryID, blind bool) error {
	mark := 0
	if blind {
		mark = 1
	}
	const stmt = `UPDATE deliveries SET possible_repeat = $1 WHERE id = $2 AND attempts > 0 AND state IN ('pending', 'sending')`
	return db.settle(ctx, id, "sent blindly", stmt, mark, id)
}

// Resend puts a delivery in doubt back, to be sent again at next. It is marked
// as a possible repeat when told, and stays so.
func (db *DB) Resend(ctx context.Context, id sla.DeliveryID, next time.Time, possibleRepeat bool) error {
	const stmt = `UPDATE deliveries SET state = 'pending', next_at = $1, possible_repeat = possible_repeat | $2
		WHERE id = $3 AND state IN ('pending', 'unknown')`
	mark := 0
	if possibleRepeat {
		mark = 1
	}
	return db.settle(ctx, id, "to be sent again", stmt, next.UnixMilli(), mark, id)
}

// InDoubt lists the deliveries whose outcome at the destination is unknown,
// those attempted first coming first.
func (db *DB) InDoubt(ctx context.Context, destination string) ([]sla.Doubt, error) {
	var doubts []sla.Doubt
	err := db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var d sla.Doubt
			var attempt, look nullInt
			err := rows.Scan(&d.ID, &d.Key, &d.Kind, &attempt, &look, &d.Looks, &d.Thread.Channel, &d.Thread.TS)
			d.AttemptAt, d.LookAt = utc(attempt), utc(look)
			doubts = append(doubts, d)
			return err
		}, inDoubtSQL, destination, mostDoubts)
	})
	if err != nil {
		return nil, fmt.Errorf("deliveries in doubt at %s: %w", destination, err)
	}
	return doubts, nil
}
