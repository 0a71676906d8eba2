package store

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"kigen/sla"
)

//go:embed query/divert.sql
var divertSQL string

// Divert queues for the fallback each post that waits for the destination, by
// itself or in a digest, unless that was done before or the fallback is told
// anyway. It returns how many. The posts themselves stay in line.
func (db *DB) Divert(ctx context.Context, destination, fallback string, now time.Time) (int, error) {
	var n int64
	err := db.update(ctx, func(t *tx) (err error) {
		n, err = t.exec(ctx, divertSQL, ">"+fallback, fallback, now.UnixMilli(), destination, destination, fallback)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("divert alerts for %s to %s: %w", destination, fallback, err)
	}
	return int(n), nil
}

// undivert takes back what the fallback has not begun to tell of a post, or of
// the posts of a page, that went out after all.
func (t *tx) undivert(ctx context.Context, id sla.DeliveryID) error {
	const stmt = `UPDATE deliveries SET state = 'superseded'
		WHERE state = 'pending' AND attempts = 0
		AND instead_of IN (SELECT id FROM deliveries WHERE id = $1 UNION ALL SELECT id FROM deliveries WHERE teller_id = $2)`
	_, err := t.exec(ctx, stmt, id, id)
	return err
}
