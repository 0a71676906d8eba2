package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
)

// versions tells when the database has changed, by a connection of its own: SQLite
// counts on each connection what others have committed, also other processes.
type versions struct {
	mu    sync.Mutex
	conn  *sql.Conn
	seen  int64 // what SQLite counted last on conn
	count int   // of changes; also counts the connections, whose counts can't be compared
}

// Version identifies the content of the database: while it stays the same, nothing
// has been committed but lines of the access log.
func (db *DB) Version(ctx context.Context) (string, error) {
	v := &db.versions
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.connect(ctx, db)
	if err == nil {
		err = v.look(ctx)
	}
	if err != nil {
		err = db.explain(ctx, fmt.Errorf("version of the data: %w", err))
		v.drop()
		return "", err
	}
	return strconv.Itoa(v.count), nil
}

func (v *versions) connect(ctx context.Context, db *DB) (err error) {
	if v.conn != nil {
		return nil
	}
	v.conn, err = db.reader.Conn(ctx)
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
