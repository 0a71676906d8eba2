package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"time"

	"kigen/sla/outbox"
)

//go:embed query/unconfirmed.sql
var unconfirmedSQL string

// mostUnconfirmed bounds how many deliveries one search looks for.
const mostUnconfirmed = 500

// Interrupted makes the deliveries unconfirmed that a crash left in state
// sending, to be searched for from searchAt on. It returns how many there were.
// Each keeps the start of its attempt for the search.
func (db *DB) Interrupted(ctx context.Context, destination string, searchAt time.Time) (int, error) {
	var n int64
	err := db.updateLeading(ctx, func(t *tx) (err error) {
		const stmt = `UPDATE deliveries SET state = 'unknown', next_at = $1, last_error = 'interrupted'
			WHERE destination = $2 AND state = 'sending'`
		n, err = t.exec(ctx, stmt, searchAt.UnixMilli(), destination)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("interrupted deliveries to %s: %w", destination, err)
	}
	return int(n), nil
}

// MarkUnconfirmed records that the outcome of a delivery's last attempt is
// unknown, and when to search for it (again). A delivery that is pending or sent
// is an ErrConflict. An attempt that a later one has followed changes nothing.
func (db *DB) MarkUnconfirmed(ctx context.Context, a outbox.Attempt, searchAt time.Time, reason string) error {
	const stmt = `UPDATE deliveries SET state = 'unknown', lookups = lookups + 1, next_at = $1, last_error = $2
		WHERE id = $3 AND attempts = $4 AND state IN ('sending', 'unknown')`
	return db.update(ctx, func(t *tx) error {
		_, err := t.recordAttempt(ctx, a, "unconfirmed", stmt, searchAt.UnixMilli(), foreign(reason), a.Delivery, a.Number)
		return err
	})
}

// MarkUnsearchable records whether the attempt in progress uses a path that
// cannot be searched, or has arrived in part. Interrupted or put back, such a
// delivery is sent again as a possible repeat. It is idempotent, also after a Retry. A delivery that was sent or is
// unconfirmed is an ErrConflict, and so is an attempt that a later one has followed:
// it must not go on.
func (db *DB) MarkUnsearchable(ctx context.Context, a outbox.Attempt, unsearchable bool) error {
	mark := 0
	if unsearchable {
		mark = 1
	}
	const stmt = `UPDATE deliveries SET possible_repeat = $1 WHERE id = $2 AND attempts = $3 AND attempts > 0 AND state IN ('pending', 'sending')`
	return db.recordOutcome(ctx, a.Delivery, "unsearchable", stmt, mark, a.Delivery, a.Number)
}

// Resend makes an unconfirmed delivery pending again, due at next; a moot one is
// superseded. possibleRepeat marks it as a possible repeat, which is permanent. An
// attempt that a later one has followed changes nothing.
func (db *DB) Resend(ctx context.Context, a outbox.Attempt, next time.Time, possibleRepeat bool) error {
	const stmt = `UPDATE deliveries SET ` + backInLineSQL + `, next_at = $1, possible_repeat = possible_repeat | $2
		WHERE id = $3 AND attempts = $4 AND (state IN ('pending', 'unknown') OR state = 'superseded' AND moot = 1)`
	mark := 0
	if possibleRepeat {
		mark = 1
	}
	return db.updateLeading(ctx, func(t *tx) error {
		return t.putBack(ctx, a, "to be sent again", stmt, next.UnixMilli(), mark, a.Delivery, a.Number)
	})
}

// Unconfirmed lists the destination's unconfirmed deliveries, the earliest attempt
// first.
func (db *DB) Unconfirmed(ctx context.Context, destination string) ([]outbox.Unconfirmed, error) {
	var found []outbox.Unconfirmed
	err := db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var d outbox.Unconfirmed
			var attempt, look nullInt
			err := rows.Scan(&d.ID, &d.Key, &d.Kind, &d.Attempts, &attempt, &look, &d.Lookups, &d.Thread.Channel, &d.Thread.TS)
			d.AttemptAt, d.SearchAt = utc(attempt), utc(look)
			found = append(found, d)
			return err
		}, unconfirmedSQL, destination, mostUnconfirmed)
	})
	if err != nil {
		return nil, fmt.Errorf("unconfirmed deliveries at %s: %w", destination, err)
	}
	return found, nil
}
