package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// AccessRefused is the kind of line of an attempt to sign in that failed.
const AccessRefused = "refused"

// mostRefused is how many failed attempts the access log holds: all else in it
// is kept for good, but these anybody can cause.
const mostRefused = 10_000

// AccessLine is one line of the access log.
type AccessLine struct {
	ID      int64
	At      time.Time
	Actor   string // such as user:yamada
	Kind    string // such as signed_in
	Subject string // whom or what it was about; empty: the actor
	Origin  string // address that it came from
}

// logged runs f in a transaction that also logs what it did: one is never
// without the other.
func (db *DB) logged(ctx context.Context, line AccessLine, f func(*tx) error) error {
	return db.update(ctx, func(t *tx) error {
		if err := f(t); err != nil {
			return err
		}
		return t.logAccess(ctx, line)
	})
}

// LogAccess logs what was done otherwise than by a change of this database's
// users, tokens and incidents, such as a report that was sent.
func (db *DB) LogAccess(ctx context.Context, line AccessLine) error {
	return db.logged(ctx, line, func(*tx) error { return nil })
}

func (t *tx) logAccess(ctx context.Context, line AccessLine) error {
	const stmt = `INSERT INTO access_log (at, actor, kind, subject, origin) VALUES ($1, $2, $3, $4, $5)`
	if _, err := t.exec(ctx, stmt, line.At.UnixMilli(), line.Actor, line.Kind, line.Subject, line.Origin); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	return nil
}

// LogRefused logs an attempt that failed, and forgets the oldest of them where
// there are too many.
func (db *DB) LogRefused(ctx context.Context, line AccessLine) error {
	line.Kind = AccessRefused
	return db.logged(ctx, line, func(t *tx) error {
		const stmt = `DELETE FROM access_log WHERE kind = 'refused' AND id <= (
			SELECT id FROM access_log WHERE kind = 'refused' ORDER BY id DESC LIMIT 1 OFFSET $1)`
		_, err := t.exec(ctx, stmt, mostRefused-1)
		return err
	})
}

// AccessLog returns the newest lines, oldest first; all with a limit of 0.
func (db *DB) AccessLog(ctx context.Context, limit int) (lines []AccessLine, err error) {
	if limit <= 0 {
		limit = -1
	}
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var line AccessLine
			var at nullInt
			err := rows.Scan(&line.ID, &at, &line.Actor, &line.Kind, &line.Subject, &line.Origin)
			line.At = utc(at)
			lines = append(lines, line)
			return err
		}, `SELECT id, at, actor, kind, subject, origin FROM access_log ORDER BY id DESC LIMIT $1`, limit)
	})
	slices.Reverse(lines)
	return lines, err
}
