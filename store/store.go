package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// DB is an open database. It is safe for any number of goroutines.
type DB struct {
	path   string
	writer *sql.DB // one connection: writers queue in Go, not in the database's locks
	reader *sql.DB

	full atomic.Bool // a transaction found the disk full, and the ballast was freed

	zones sync.Map // tz database name -> *time.Location
}

var _ tracker.Store = (*DB)(nil)

// Open opens the database file at path, which it creates or migrates as
// needed; now is kept as the instant at which a new one was made. A file that
// is no kigen database, or one of a newer kigen, is refused and left as it is.
func Open(ctx context.Context, path string, now time.Time) (*DB, error) {
	path, err := filePath(path)
	if err != nil {
		return nil, err
	}
	db := &DB{path: path}
	if err := db.open(ctx, now); err != nil {
		return nil, errors.Join(db.explain(ctx, err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, now time.Time) error {
	if err := prepareFile(ctx, db.path); err != nil {
		return err
	}
	db.writer = openPool(db.path, writing())
	if err := migrate(ctx, db.writer); err != nil {
		return err
	}
	const once = `INSERT INTO meta (only, created_at) VALUES (1, $1) ON CONFLICT (only) DO NOTHING`
	if _, err := db.writer.ExecContext(ctx, once, now.UnixMilli()); err != nil {
		return err
	}
	db.reader = openPool(db.path, reading())
	if err := db.reader.PingContext(ctx); err != nil {
		return err
	}
	return db.indexBacklog(ctx)
}

// Close closes all connections. Transactions still running fail.
func (db *DB) Close() error {
	var errs []error
	// The writer goes last: it then writes the log back into the file.
	for _, pool := range []*sql.DB{db.reader, db.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// Path is the absolute path of the database file.
func (db *DB) Path() string { return db.path }

// Update runs f in one immediate transaction: all that f wrote is kept, or
// nothing when f or the commit fails. f must not call Update.
func (db *DB) Update(ctx context.Context, f func(tracker.Tx) error) error {
	return db.update(ctx, func(t *tx) error { return f(t) })
}

func (db *DB) update(ctx context.Context, f func(*tx) error) error {
	return db.noteFull(db.transact(ctx, f))
}

func (db *DB) transact(ctx context.Context, f func(*tx) error) error {
	if db.writer == nil {
		return db.explain(ctx, errReadOnly)
	}
	stx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return db.explain(ctx, fmt.Errorf("begin to write: %w", err))
	}
	defer func() { _ = stx.Rollback() }() // does nothing after a commit

	t := &tx{reader: reader{db: db, tx: stx}, touched: make(map[sla.IncidentID]bool)}
	if err := f(t); err != nil {
		return err
	}
	if err := t.placeTouched(ctx); err != nil {
		return err
	}
	if err := stx.Commit(); err != nil {
		return db.explain(ctx, fmt.Errorf("commit: %w", err))
	}
	return nil
}

// View runs f over one consistent snapshot, which never waits for a writer.
func (db *DB) View(ctx context.Context, f func(tracker.Reader) error) error {
	return db.view(ctx, func(r *reader) error { return f(r) })
}

func (db *DB) view(ctx context.Context, f func(*reader) error) error {
	stx, err := db.reader.BeginTx(ctx, nil)
	if err != nil {
		return db.explain(ctx, fmt.Errorf("begin to read: %w", err))
	}
	defer func() { _ = stx.Rollback() }() // nothing was written
	return f(&reader{db: db, tx: stx})
}

// reader reads inside one transaction.
type reader struct {
	db *DB
	tx *sql.Tx
}

// tx reads and writes inside one transaction.
type tx struct {
	reader
	touched map[sla.IncidentID]bool // whose place in the lists may have changed
}

// query runs a statement and hands each row to scan.
func (r *reader) query(ctx context.Context, scan func(*sql.Rows) error, stmt string, args ...any) error {
	rows, err := r.tx.QueryContext(ctx, stmt, args...)
	if err != nil {
		return r.db.explain(ctx, err)
	}
	defer func() { _ = rows.Close() }() // Err, below, has told what went wrong
	for rows.Next() {
		if err := scan(rows); err != nil {
			return r.db.explain(ctx, err)
		}
	}
	return r.db.explain(ctx, rows.Err())
}

// one runs a statement for its single row. Without a row the error is absent,
// as a sentence on what was looked for.
func (r *reader) one(ctx context.Context, dest []any, absent error, stmt string, args ...any) error {
	err := r.tx.QueryRowContext(ctx, stmt, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return absent
	}
	return r.db.explain(ctx, err)
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, stmt string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, stmt, args...)
	if err != nil {
		return 0, t.db.explain(ctx, err)
	}
	n, err := res.RowsAffected()
	return n, t.db.explain(ctx, err)
}
