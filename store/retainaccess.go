package store

import (
	"context"
	"fmt"
	"time"

	"kigen/sla/record"
)

// retainedKind is the Kind of the line that says up to which line the access log was
// deleted.
const retainedKind = "access_log_deleted"

// RetainAccess deletes the oldest lines of the access log, up to the first that is not
// older than before, and not beyond the line upTo. A checkpoint of the record covers
// them, and a new line says which were deleted. It returns how many.
func (db *DB) RetainAccess(ctx context.Context, before time.Time, upTo int64, now time.Time) (deleted int64, err error) {
	err = db.updateLeading(ctx, func(t *tx) error {
		t.accessOnly = true
		var last, first int64
		const oldest = `SELECT COALESCE((SELECT MIN(id) FROM access_log WHERE at >= $1), (SELECT MAX(id) + 1 FROM access_log), 0) - 1,
			(SELECT COALESCE(MIN(id), 0) FROM access_log)`
		if err := t.one(ctx, []any{&last, &first}, nil, oldest, before.UnixMilli()); err != nil {
			return err
		}
		last = min(last, upTo)
		if first == 0 || last < first {
			return nil
		}
		// The new line is the newest one: ids that were given are not given again.
		line := AccessLine{At: now, Actor: "kigen", Kind: retainedKind, Subject: fmt.Sprintf("%d to %d", first, last)}
		if err := t.logAccess(ctx, line); err != nil {
			return err
		}
		if err := t.checkpoint(ctx, record.Access, last, now); err != nil {
			return err
		}
		deleted, err = t.exec(ctx, `DELETE FROM access_log WHERE id <= $1`, last)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("retention of the access log: %w", err)
	}
	return deleted, nil
}
