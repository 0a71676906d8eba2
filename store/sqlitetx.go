package store

import (
	"context"
	"database/sql"
	"errors"
)

// fileTx is a transaction of a database in a file, on a connection of its own. A
// [sql.Tx] does the same, but watches its context by a goroutine, and by one more for
// each statement with rows, which wakes another thread: half a dozen for each new
// incident. All rows of a fileTx must be closed before its end.
type fileTx struct {
	*sql.Conn
	done bool
}

var _ session = (*fileTx)(nil)

// beginFile waits for a connection of the pool until ctx ends, and begins a transaction
// by the given statement.
func beginFile(ctx context.Context, pool *sql.DB, begin string) (session, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), begin); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &fileTx{Conn: conn}, nil
}

// Commit leaves a transaction that it cannot commit to Rollback.
func (t *fileTx) Commit() error {
	if t.done {
		return sql.ErrTxDone
	}
	if _, err := t.ExecContext(context.Background(), "COMMIT"); err != nil {
		return err
	}
	t.done = true
	_ = t.Close() // the changes are stored, whatever becomes of the connection
	return nil
}

// Rollback returns an error where SQLite has rolled back by itself, such as on a full
// disk; there is nothing left to do.
func (t *fileTx) Rollback() error {
	if t.done {
		return sql.ErrTxDone
	}
	t.done = true
	_, err := t.ExecContext(context.Background(), "ROLLBACK")
	return errors.Join(err, t.Close())
}
