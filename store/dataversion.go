package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
)

// Version identifies the content of the database: while it stays the same, nothing
// has been committed but lines of the access log.
func (db *DB) Version(ctx context.Context) (string, error) {
	version, err := db.work.version(ctx, db.reader)
	if err != nil {
		return "", db.explain(ctx, fmt.Errorf("version of the data: %w", err))
	}
	return version, nil
}

// versions are the transactions of SQLite. It tells when the database has changed by a
// connection of its own: SQLite counts on each connection what others have committed, also
// other processes.
type versions struct {
	mu    sync.Mutex
	conn  *sql.Conn
	seen  int64 // what SQLite counted last on conn
	count int   // of changes; also counts the connections, whose counts can't be compared
}

func (v *versions) open(ctx context.Context, writer *sql.DB) (session, error) {
	return beginFile(ctx, writer, "BEGIN IMMEDIATE")
}

// begin does nothing: a transaction of open is immediate.
func (v *versions) begin(context.Context, session) error { return nil }

func (v *versions) commit(ctx context.Context, stx session, accessOnly bool) error {
	if accessOnly {
		return v.keep(ctx, stx.Commit)
	}
	return stx.Commit()
}

func (v *versions) snapshot() *sql.TxOptions { return nil }

func (v *versions) version(ctx context.Context, reader *sql.DB) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.connect(ctx, reader)
	if err == nil {
		err = v.look(ctx)
	}
	if err != nil {
		v.drop()
		return "", err
	}
	return strconv.Itoa(v.count), nil
}

func (v *versions) connect(ctx context.Context, reader *sql.DB) (err error) {
	if v.conn != nil {
		return nil
	}
	v.conn, err = reader.Conn(ctx)
	v.count++
	return err
}

// look counts a change if there was one.
func (v *versions) look(ctx context.Context) error {
	now, err := v.read(ctx)
	if err == nil && now != v.seen {
		v.seen = now
		v.count++
	}
	return err
}

func (v *versions) read(ctx context.Context) (now int64, err error) {
	err = v.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&now)
	return now, err
}

// keep commits a transaction that the version does not count. The caller is the only
// writer of this process, and another process writes no data that a version is asked for.
func (v *versions) keep(ctx context.Context, commit func() error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn == nil {
		return commit()
	}
	ctx = context.WithoutCancel(ctx)
	before := v.look(ctx)
	err := commit()
	now, after := v.read(ctx)
	if before != nil || after != nil {
		v.drop() // the next connection is another version
		return err
	}
	v.seen = now
	return err
}

// drop gives the connection back to the pool.
func (v *versions) drop() {
	if v.conn != nil {
		_ = v.conn.Close() // the next call takes another one
		v.conn = nil
	}
}

func (v *versions) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drop()
}
