package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"kigen/sla/record"
)

// Kinds of line that need no rights, so that anyone can cause any number of them. The
// newest mostBounded of each are kept, and the record does not seal them.
const (
	AccessRefused = "refused"        // a failed sign-in
	AccessDenied  = "denied"         // a request beyond the rights of a user or token
	AccessUnknown = "unknown_caller" // a request without a valid session or token
)

// boundedKinds lists them as in the index access_log_bounded.
const boundedKinds = `('` + AccessRefused + `', '` + AccessDenied + `', '` + AccessUnknown + `')`

// mostBounded bounds the lines of each bounded kind: many of one kind displace no other.
const mostBounded = 10_000

// AccessLine is one line of the access log.
type AccessLine struct {
	ID      int64
	At      time.Time
	Actor   string // such as user:yamada
	Kind    string // such as signed_in
	Subject string // the user, token or incident concerned; empty: the actor
	Origin  string // the client's address
}

// logged runs f and writes the line in one transaction.
func (db *DB) logged(ctx context.Context, line AccessLine, f func(*tx) error) error {
	return db.update(ctx, func(t *tx) error {
		if err := f(t); err != nil {
			return err
		}
		return t.logAccess(ctx, line)
	})
}

// LogAccess writes a line for an action that does not change users, tokens or
// incidents, such as reading a report.
func (db *DB) LogAccess(ctx context.Context, line AccessLine) error {
	return db.update(ctx, func(t *tx) error {
		t.accessOnly = true
		return t.logAccess(ctx, line)
	})
}

func (t *tx) logAccess(ctx context.Context, line AccessLine) error {
	const stmt = `INSERT INTO access_log (at, actor, kind, subject, origin) VALUES ($1, $2, $3, $4, $5) RETURNING id`
	var id int64
	if err := t.one(ctx, []any{&id}, nil, stmt, line.At.UnixMilli(), foreign(line.Actor), line.Kind, foreign(line.Subject), foreign(line.Origin)); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	t.sealRow(record.Access, id)
	return nil
}

// LogBounded writes a line of one of the bounded kinds and deletes the oldest of its
// kind beyond mostBounded.
func (db *DB) LogBounded(ctx context.Context, line AccessLine) error {
	if !strings.Contains(boundedKinds, "'"+line.Kind+"'") {
		return fmt.Errorf("access log: %q is not a bounded kind", line.Kind)
	}
	return db.update(ctx, func(t *tx) error {
		t.accessOnly = true
		if err := t.logAccess(ctx, line); err != nil {
			return err
		}
		const stmt = `DELETE FROM access_log WHERE kind = $1 AND kind IN ` + boundedKinds + ` AND id <= (
			SELECT id FROM access_log WHERE kind = $2 AND kind IN ` + boundedKinds + ` ORDER BY id DESC LIMIT 1 OFFSET $3)`
		_, err := t.exec(ctx, stmt, line.Kind, line.Kind, mostBounded)
		return err
	})
}

// AccessLog returns the newest lines, oldest first; a limit of 0 returns all.
func (db *DB) AccessLog(ctx context.Context, limit int) (lines []AccessLine, err error) {
	if limit <= 0 {
		limit = math.MaxInt64
	}
	lines, err = db.accessLines(ctx, `ORDER BY id DESC LIMIT $1`, limit)
	slices.Reverse(lines)
	return lines, err
}

// AccessLogAfter returns at most limit lines that follow the one with this id.
func (db *DB) AccessLogAfter(ctx context.Context, id int64, limit int) ([]AccessLine, error) {
	return db.accessLines(ctx, `WHERE id > $1 ORDER BY id LIMIT $2`, id, limit)
}

func (db *DB) accessLines(ctx context.Context, which string, args ...any) (lines []AccessLine, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var line AccessLine
			var at nullInt
			err := rows.Scan(&line.ID, &at, &line.Actor, &line.Kind, &line.Subject, &line.Origin)
			line.At = utc(at)
			lines = append(lines, line)
			return err
		}, `SELECT id, at, actor, kind, subject, origin FROM access_log `+which, args...)
	})
	return lines, err
}

// AccessSent is how far the access log was sent on.
type AccessSent struct {
	UpTo int64     // id of the last line that the receiver has
	At   time.Time // when it accepted that; zero: nothing was sent yet
}

// AccessSent returns how far the access log was sent on.
func (db *DB) AccessSent(ctx context.Context) (sent AccessSent, err error) {
	err = db.view(ctx, func(r *reader) error {
		var at nullInt
		err := r.one(ctx, []any{&sent.UpTo, &at}, nil, `SELECT up_to, at FROM access_sent`)
		sent.At = utc(at)
		return err
	})
	return sent, err
}

// MarkAccessSent records that the receiver has the lines up to an id.
func (db *DB) MarkAccessSent(ctx context.Context, upTo int64, now time.Time) error {
	return db.update(ctx, func(t *tx) error {
		t.accessOnly = true
		_, err := t.exec(ctx, `UPDATE access_sent SET up_to = $1, at = $2`, upTo, now.UnixMilli())
		return err
	})
}

// Kinds of the lines of restore drills.
const (
	DrillPassed = "restore_drill"
	DrillFailed = "restore_drill_failed"
)

// LastDrill returns the line of the newest restore drill; false: there is none.
func (db *DB) LastDrill(ctx context.Context) (line AccessLine, known bool, err error) {
	lines, err := db.accessLines(ctx, `WHERE kind IN ('`+DrillPassed+`', '`+DrillFailed+`') ORDER BY id DESC LIMIT 1`)
	if err != nil || len(lines) == 0 {
		return line, false, err
	}
	return lines[0], true, nil
}

// Continues returns an ErrOtherHistory if the database does not hold the history that
// had this head. It does not verify the record.
func (db *DB) Continues(ctx context.Context, head record.Head) error {
	return db.view(ctx, func(r *reader) error { return r.checkHead(ctx, head) })
}
