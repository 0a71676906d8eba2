package store

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"kigen/sla/outbox"
)

//go:embed query/fail_over.sql
var failOverSQL string

// unansweredFor is how long a request may be without an answer before its
// delivery fails over.
const unansweredFor = 40 * time.Second

// FailOver queues at the fallback each post that waits for the destination or is
// unconfirmed there, alone or in a digest, unless that was done before or the
// alert has a post of its own at the fallback. It returns how many it queued. The
// original posts stay queued.
func (db *DB) FailOver(ctx context.Context, destination, fallback string, now time.Time) (int, error) {
	var n int64
	err := db.updateLeading(ctx, func(t *tx) (err error) {
		long := now.Add(-unansweredFor).UnixMilli()
		n, err = t.queue(ctx, failOverSQL, ">"+fallback, fallback, now.UnixMilli(), destination, destination, destination, long,
			destination, destination, destination, long, fallback, fallback)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("fail alerts over from %s to %s: %w", destination, fallback, err)
	}
	return int(n), nil
}

// undoFailOver supersedes fallback posts that have not arrived, after the
// original post, or the digest page with it, was sent.
func (t *tx) undoFailOver(ctx context.Context, id outbox.DeliveryID) error {
	const stmt = supersedePostSQL + `
		SELECT d.id FROM deliveries d
		WHERE d.instead_of IN (SELECT id FROM deliveries WHERE id = $1 UNION ALL SELECT id FROM deliveries WHERE digest_page_id = $2)
		AND ` + unsettledPostSQL + `)`
	_, err := t.exec(ctx, stmt, id, id)
	return err
}
