package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla/record"
)

// sealStep is the number of rows that one transaction of sealBacklog seals.
const sealStep = 5000

// sealBacklog seals what the database held before it had a record, in the order in
// which it was stored. It goes on where an earlier run was killed.
func (db *DB) sealBacklog(ctx context.Context, progress func(sealed int64)) error {
	if !db.hasBacklog(ctx) {
		return nil
	}
	for done, sealed := false, int64(0); !done; {
		err := db.update(ctx, func(t *tx) (err error) {
			done, err = t.sealSome(ctx)
			sealed += int64(len(t.record.lines))
			return err
		})
		if err != nil {
			return fmt.Errorf("seal older rows: %w", err)
		}
		progress(sealed)
	}
	return nil
}

// Unfinished reports whether a migration was stopped before it had sealed, shortened or
// indexed all older rows.
func (db *DB) Unfinished(ctx context.Context) bool {
	var unindexed bool
	err := db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&unindexed}, nil, `SELECT EXISTS (SELECT 1 FROM search_backlog WHERE below > 1) OR EXISTS (SELECT 1 FROM promised_backlog WHERE below > 1)`)
	})
	return err != nil || unindexed || db.hasBacklog(ctx)
}

// hasBacklog looks without the write lock, which another process may hold.
func (db *DB) hasBacklog(ctx context.Context) (has bool) {
	err := db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&has}, nil, `SELECT EXISTS (SELECT 1 FROM record_backlog)`)
	})
	return has || err != nil
}

// sealSome seals the next rows of the first kind in the backlog.
func (t *tx) sealSome(ctx context.Context) (done bool, err error) {
	var (
		turn, after int64
		kind        record.Kind
	)
	err = t.one(ctx, []any{&turn, &kind, &after}, nil, `SELECT turn, kind, after FROM record_backlog ORDER BY turn LIMIT 1`)
	if err != nil || turn == 0 {
		return true, err
	}
	from, cursor := "events", "rowid"
	if kind != record.Event {
		s := tableOf(kind)
		from, cursor = s.from, s.cursor
	}
	var last nullInt
	end := fmt.Sprintf(`SELECT MAX(c) FROM (SELECT %[1]s AS c FROM %[2]s WHERE %[1]s > $1 ORDER BY %[1]s LIMIT $2) next`, cursor, from)
	if err := t.one(ctx, []any{&last}, nil, end, after, sealStep); err != nil {
		return false, err
	}
	if !last.Valid {
		_, err = t.exec(ctx, `DELETE FROM record_backlog WHERE turn = $1`, turn)
		return false, err
	}
	if err := t.sealBetween(ctx, kind, after, last.V); err != nil {
		return false, err
	}
	_, err = t.exec(ctx, `UPDATE record_backlog SET after = $1 WHERE turn = $2`, last.V, turn)
	return false, err
}

// sealBetween appends the lines of the rows of a kind with a cursor above after and
// up to last.
func (t *tx) sealBetween(ctx context.Context, kind record.Kind, after, last int64) error {
	if kind == record.Event {
		return t.query(ctx, func(rows *sql.Rows) error {
			e, err := scanEvent(rows)
			if err != nil {
				return err
			}
			return t.sealEvent(&e)
		}, `SELECT `+eventColumns+` FROM events WHERE rowid > $1 AND rowid <= $2 ORDER BY rowid`, after, last)
	}
	s := tableOf(kind)
	var values []any
	return t.query(ctx, func(rows *sql.Rows) error {
		key, content, err := scanSealed(kind, rows, &values)
		if err == nil {
			t.record.lines = append(t.record.lines, key.line(content))
		}
		return err
	}, s.selectSQL()+s.condition(s.cursor+" > $1 AND "+s.cursor+" <= $2")+" ORDER BY "+s.cursor, after, last)
}
