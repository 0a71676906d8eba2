package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"kigen/sla/tracker"
)

// AccessKey returns the key with this name. If there is none, it stores and returns
// fresh. Every process on the database gets the same key.
func (db *DB) AccessKey(ctx context.Context, name string, fresh []byte, at time.Time) (key []byte, err error) {
	absent := fmt.Errorf("access key %s: %w", name, tracker.ErrNotFound)
	const read = `SELECT key FROM access_keys WHERE name = $1`
	err = db.view(ctx, func(r *reader) error { return r.one(ctx, []any{&key}, absent, read, name) })
	if !errors.Is(err, tracker.ErrNotFound) {
		return key, err
	}
	err = db.update(ctx, func(t *tx) error {
		const add = `INSERT INTO access_keys (name, key, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`
		if _, err := t.exec(ctx, add, name, fresh, at.UnixMilli()); err != nil {
			return err
		}
		return t.one(ctx, []any{&key}, sql.ErrNoRows, read, name)
	})
	return key, err
}
