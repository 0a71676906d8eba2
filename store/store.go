package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store/lease"
)

// DB is an open database. It is safe for any number of goroutines.
type DB struct {
	engine engine
	sql    *dialect
	work   transactions
	writer *sql.DB // writers queue in Go, not on the database's locks
	reader *sql.DB

	full    atomic.Bool           // a transaction found the disk full, and the disk reserve was freed
	failing atomic.Pointer[error] // the disk error of the last failed transaction; nil: none since a commit

	zones sync.Map // tz database name -> *time.Location
	forms sync.Map // destination -> outbox.DigestForm of the last Merge

	turns *semaphore.Weighted // of writers, in the order in which they came
	known known

	reindexing atomic.Bool // the search index was emptied and is to be filled

	subscribers subscribers

	bulletin *bulletin                   // nil: no other process can have the database
	lead     atomic.Pointer[lease.Lease] // nil: no other process can have the database
}

var _ tracker.Store = (*DB)(nil)

// Open opens a database, the path of a file or the URL of a PostgreSQL server, and
// creates or migrates it as needed; now is stored as the creation instant of a new one.
// What is no kigen database is an ErrForeign, one of a newer kigen an ErrNewer; neither
// is changed.
func Open(ctx context.Context, database string, now time.Time) (*DB, error) {
	return OpenAndReport(ctx, database, now, func(int64) {})
}

// OpenAndReport is Open for a database of any age: while it seals what an older
// version stored, and shortens its explanations, it reports how many rows of the
// present work are done.
func OpenAndReport(ctx context.Context, database string, now time.Time, progress func(done int64)) (*DB, error) {
	db, err := named(database)
	if err != nil {
		return nil, err
	}
	if err := db.open(ctx, now, progress); err != nil {
		return nil, errors.Join(db.explain(ctx, err), db.Close())
	}
	return db, nil
}

// named returns the database of a name, not opened yet.
func named(database string) (*DB, error) {
	if IsServer(database) {
		return openServer(database)
	}
	path, err := databasePath(database)
	if err != nil {
		return nil, err
	}
	return openFile(path), nil
}

// existing is named for a database that will not be written.
func existing(database string) (*DB, error) {
	if IsServer(database) {
		return openServer(database)
	}
	path, err := filePath(database)
	if err != nil {
		return nil, err
	}
	return openFile(path), nil
}

func newDB(e engine, d *dialect) *DB {
	return &DB{engine: e, sql: d, work: e.transactions(), turns: semaphore.NewWeighted(1)}
}

func (db *DB) open(ctx context.Context, now time.Time, progress func(done int64)) (err error) {
	if db.writer, db.reader, err = db.engine.open(ctx); err != nil {
		return err
	}
	const once = `INSERT INTO meta ("only", created_at) VALUES (1, $1) ON CONFLICT ("only") DO NOTHING`
	if _, err := db.writer.ExecContext(ctx, once, now.UnixMilli()); err != nil {
		return err
	}
	if err := db.reader.PingContext(ctx); err != nil {
		return err
	}
	if s, ok := db.engine.(*server); ok {
		if db.bulletin, err = s.bulletin(ctx, db.reader); err != nil {
			return err
		}
	}
	if err := db.sealBacklog(ctx, progress); err != nil {
		return err
	}
	if err := db.shortenBacklog(ctx, progress); err != nil {
		return err
	}
	return db.indexBacklog(ctx)
}

// Close closes all connections. Transactions still running fail.
func (db *DB) Close() error {
	var errs []error
	db.work.close()
	// The writer is closed last: it then writes the log back into the file.
	for _, pool := range []*sql.DB{db.reader, db.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// Path is the absolute path of the database file, or the URL of the server without its
// password.
func (db *DB) Path() string { return db.engine.name() }

// Update runs f in one immediate transaction, which is rolled back when f or the
// commit fails. f must not call Update.
func (db *DB) Update(ctx context.Context, f func(tracker.Tx) error) error {
	return db.update(ctx, func(t *tx) error { return f(t) })
}

func (db *DB) update(ctx context.Context, f func(*tx) error) error {
	err := db.noteDisk(db.transact(ctx, f))
	if err == nil && db.reindexing.Swap(false) {
		// The change is committed; a restart goes on where this fails.
		_ = db.indexBacklog(context.WithoutCancel(ctx))
	}
	return err
}

func (db *DB) transact(ctx context.Context, f func(*tx) error) error {
	if db.writer == nil {
		return db.explain(ctx, errReadOnly)
	}
	// The pool hands its connection to a random one of those who wait.
	if err := db.turns.Acquire(ctx, 1); err != nil {
		return db.explain(ctx, fmt.Errorf("begin to write: %w", err))
	}
	defer db.turns.Release(1)
	stx, err := db.begin(context.WithoutCancel(ctx), func(ctx context.Context) (session, error) { return db.work.open(ctx, db.writer) })
	if err != nil {
		return db.explain(ctx, fmt.Errorf("begin to write: %w", err))
	}
	defer func() { _ = stx.Rollback() }() // a no-op after a commit
	if err := db.work.begin(ctx, stx); err != nil {
		return db.explain(ctx, fmt.Errorf("begin to write: %w", err))
	}

	t := &tx{reader: reader{db: db, tx: stx, unwatched: !db.sql.watched}, touched: make(map[sla.IncidentID]bool), counted: make(map[listEntry]int), learnt: newLearnt()}
	if err := f(t); err != nil {
		return err
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // the request is gone: nothing of it is stored
		return db.explain(ctx, fmt.Errorf("commit: %w", err))
	}
	for id := range t.touched {
		t.committed.changed(id)
	}
	if err := db.bulletin.announce(ctx, stx, t.committed); err != nil {
		return db.explain(ctx, fmt.Errorf("tell other replicas: %w", err))
	}
	if err := db.work.commit(ctx, stx, t.accessOnly); err != nil {
		return db.explain(ctx, fmt.Errorf("commit: %w", err))
	}
	db.known.learn(&t.learnt)
	db.subscribers.publish(ctx, t.committed)
	db.reindexing.Store(db.reindexing.Load() || t.reindexes)
	return nil
}

// View runs f over one consistent snapshot, which never waits for a writer.
func (db *DB) View(ctx context.Context, f func(tracker.Reader) error) error {
	return db.view(ctx, func(r *reader) error { return f(r) })
}

func (db *DB) view(ctx context.Context, f func(*reader) error) error {
	stx, err := db.begin(ctx, func(ctx context.Context) (session, error) { return db.reader.BeginTx(ctx, db.work.snapshot()) })
	if err != nil {
		return db.explain(ctx, fmt.Errorf("begin to read: %w", err))
	}
	defer func() { _ = stx.Rollback() }() // nothing was written
	return f(&reader{db: db, tx: stx})
}

// glance is view for a few short statements, as each request and each commit causes
// them. In a file, they are not interrupted when ctx ends: to watch it costs goroutines.
func (db *DB) glance(ctx context.Context, f func(*reader) error) error {
	if db.sql.watched {
		return db.view(ctx, f)
	}
	stx, err := beginFile(ctx, db.reader, "BEGIN")
	if err != nil {
		return db.explain(ctx, fmt.Errorf("begin to read: %w", err))
	}
	defer func() { _ = stx.Rollback() }() // nothing was written
	return f(&reader{db: db, tx: stx, unwatched: true})
}

// mostBroken is how many connections of a pool may have broken at once.
const mostBroken = 32

// begin begins a transaction, on another connection where one broke while it was idle, as
// all do when a server restarts.
func (db *DB) begin(ctx context.Context, open func(context.Context) (session, error)) (session, error) {
	for tried := 0; ; tried++ {
		stx, err := open(ctx)
		if err == nil || tried == mostBroken || ctx.Err() != nil || !db.engine.explain(err).broken {
			return stx, err
		}
	}
}

// reader reads inside one transaction.
type reader struct {
	db *DB
	tx session
	// unwatched: the driver does not watch the context of each statement, which
	// costs it a goroutine. The context is asked before each one instead.
	unwatched bool
}

// statement returns the context to run a statement under, and its arguments as the
// driver wants them.
func (r *reader) statement(ctx context.Context, args []any) (context.Context, []any, error) {
	var err error
	if r.db.sql.bind != nil {
		if args, err = r.db.sql.bind(args); err != nil {
			return ctx, nil, err
		}
	}
	if !r.unwatched {
		return ctx, args, nil
	}
	return context.WithoutCancel(ctx), args, ctx.Err()
}

// tx reads and writes inside one transaction.
type tx struct {
	reader
	learnt    learnt
	touched   map[sla.IncidentID]bool // incidents whose list entries may have to change
	committed Committed               // published after the commit
	record    recordBuffer            // appended to the record before the commit
	events    []*sla.Event            // sealed, and stored before they are read
	entries   []addedEntry            // stored before the commit
	counted   map[listEntry]int       // changes of counters, stored before the commit
	latest    time.Time               // the newest instant given to Reach

	reindexes  bool // the search index was emptied
	accessOnly bool // writes the access log alone, so that Version stays
}

// finish writes what the transaction has collected, many rows in one statement.
func (t *tx) finish(ctx context.Context) error {
	if err := t.storeEvents(ctx); err != nil {
		return err
	}
	if err := t.updateListEntries(ctx); err != nil {
		return err
	}
	return t.appendRecord(ctx)
}

// query runs a statement and hands each row to scan.
func (r *reader) query(ctx context.Context, scan func(*sql.Rows) error, stmt string, args ...any) error {
	under, args, err := r.statement(ctx, args)
	if err != nil {
		return r.db.explain(ctx, err)
	}
	rows, err := r.tx.QueryContext(under, stmt, args...)
	if err != nil {
		return r.db.explain(ctx, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err reports the error
	for rows.Next() {
		if err := scan(rows); err != nil {
			return r.db.explainRow(ctx, err)
		}
	}
	return r.db.explain(ctx, rows.Err())
}

// one runs a statement and scans its single row into dest. Without a row it
// returns absent, which may be nil.
func (r *reader) one(ctx context.Context, dest []any, absent error, stmt string, args ...any) error {
	under, args, err := r.statement(ctx, args)
	if err != nil {
		return r.db.explain(ctx, err)
	}
	err = r.tx.QueryRowContext(under, stmt, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return absent
	}
	return r.db.explain(ctx, err)
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, stmt string, args ...any) (int64, error) {
	under, args, err := t.statement(ctx, args)
	if err != nil {
		return 0, t.db.explain(ctx, err)
	}
	res, err := t.tx.ExecContext(under, stmt, args...)
	if err != nil {
		return 0, t.db.explain(ctx, err)
	}
	n, err := res.RowsAffected()
	return n, t.db.explain(ctx, err)
}
