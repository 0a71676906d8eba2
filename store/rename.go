package store

import (
	"context"
	"fmt"
	"time"
)

// renameSpan is the number of outbox ids that one transaction covers.
const renameSpan = 20_000

// Rename moves all deliveries of a destination, newest first, to its successor, which
// writes to the same target: waiting messages are sent by the successor, and sent
// ones are updated by it. A post that was never attempted is superseded if the
// successor has a post of the same alert. Rename returns the number of moved
// messages. If it is interrupted, it can be called again.
func (db *DB) Rename(ctx context.Context, from, to string, now time.Time) (renamed int, err error) {
	var last int64
	err = db.view(ctx, func(r *reader) error {
		const newest = `SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM deliveries UNION ALL SELECT MAX(id) FROM alerts) newest`
		return r.one(ctx, []any{&last}, nil, newest)
	})
	for ; err == nil && last > 0; last -= renameSpan {
		err = db.update(ctx, func(t *tx) error {
			n, err := t.rename(ctx, from, to, last-renameSpan, last, now)
			renamed += n
			return err
		})
	}
	if err == nil {
		err = db.update(ctx, func(t *tx) error {
			_, err := t.exec(ctx, `UPDATE destinations SET successor = $1 WHERE name = $2`, to, from)
			return err
		})
	}
	if err != nil {
		return renamed, fmt.Errorf("move the messages of %s to %s: %w", from, to, err)
	}
	return renamed, nil
}

// rename moves the deliveries and alerts with an id above after, up to last.
func (t *tx) rename(ctx context.Context, from, to string, after, last int64, now time.Time) (int, error) {
	const twice = `UPDATE deliveries SET state = 'superseded'
		WHERE destination = $1 AND id > $2 AND id <= $3 AND kind = 'post' AND state = 'pending' AND attempts = 0
		AND EXISTS (SELECT 1 FROM deliveries o WHERE o.alert_id = deliveries.alert_id AND o.destination = $4 AND o.kind = 'post')`
	// An update that was retired before the successor was configured is sent after
	// all. It shows the state at sending, so the newest one of each message is enough.
	const revive = `UPDATE deliveries SET state = 'pending', next_at = $1
		WHERE destination = $2 AND id > $3 AND id <= $4 AND kind = 'update' AND state = 'retired'
		AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.post_id = deliveries.post_id AND o.id > deliveries.id)
		AND EXISTS (SELECT 1 FROM deliveries p WHERE p.id = deliveries.post_id AND (p.state IN ('sent', 'merged') OR p.possible_repeat = 1))`
	const deliveries = `UPDATE deliveries SET destination = $1 WHERE destination = $2 AND id > $3 AND id <= $4`
	const alerts = `UPDATE alerts SET destinations = REPLACE(destinations, $1, $2)
		WHERE id > $3 AND id <= $4 AND destinations LIKE $5`
	if _, err := t.exec(ctx, twice, from, after, last, to); err != nil {
		return 0, err
	}
	if _, err := t.exec(ctx, revive, now.UnixMilli(), from, after, last); err != nil {
		return 0, err
	}
	n, err := t.exec(ctx, deliveries, to, from, after, last)
	if err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, alerts, quoted(from), quoted(to), after, last, "%"+quoted(from)+"%")
	return int(n), err
}

// quoted is a name as it appears in a JSON list. A name holds no character that is
// special in JSON or LIKE, except _, which REPLACE compares literally.
func quoted(name string) string { return `"` + name + `"` }
