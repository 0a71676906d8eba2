package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// keepStill refuses a database on which a kigen works, and keeps others from writing until
// release.
func (db *DB) keepStill(ctx context.Context, now time.Time) (release func() error, err error) {
	s, ok := db.engine.(*server)
	if !ok {
		path, err := db.file()
		if err != nil {
			return nil, err
		}
		lock, err := AcquireFileLock(ctx, path, now)
		if err != nil {
			return nil, err
		}
		return lock.Release, nil
	}
	pool := s.connections(1, map[string]string{"idle_session_timeout": "0", "lock_timeout": "10s"})
	release = pool.Close
	if err := unled(ctx, pool); err != nil {
		return nil, errors.Join(db.explain(ctx, err), release())
	}
	if _, err := pool.ExecContext(ctx, `SELECT pg_advisory_lock(`+lockKey+`)`, "writes"); err != nil {
		return nil, errors.Join(db.explain(ctx, err), release())
	}
	return release, nil
}

// unled refuses a database whose lease a replica holds.
func unled(ctx context.Context, q rowQuerier) error {
	var name, address string
	err := q.QueryRowContext(ctx, `SELECT name, address FROM leadership WHERE until > clock_timestamp()`).Scan(&name, &address)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%w: the replica %s leads (%s): stop all kigen of this database first", ErrCopyInUse, name, address)
	}
	return err
}

// intoServer copies all tables in one transaction.
func (c *copying) intoServer(ctx context.Context, to string, now time.Time) (err error) {
	db, err := openServer(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := c.onServer(ctx, db, now); err != nil {
		return db.explain(ctx, err)
	}
	return nil
}

func (c *copying) onServer(ctx context.Context, db *DB, _ time.Time) error {
	var err error
	if db.writer, db.reader, err = db.engine.open(ctx); err != nil {
		return err
	}
	// A table is read from the source while the transaction waits.
	pool := db.engine.(*server).connections(1, map[string]string{"idle_in_transaction_session_timeout": "0", "lock_timeout": "10s"})
	defer func() { _ = pool.Close() }() // nothing is left to report
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	stx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = stx.Rollback() }() // a no-op after a commit
	if err := db.work.begin(ctx, stx); err != nil {
		return err
	}
	t := &tx{reader: reader{db: db, tx: stx}, learnt: newLearnt()}
	if err := unled(ctx, stx); err != nil {
		return err
	}
	if err := c.allTables(ctx, t, func(table *copiedTable) error { return c.sendTable(ctx, conn, table) }); err != nil {
		return err
	}
	if err := t.setSequences(ctx); err != nil {
		return err
	}
	return db.work.commit(ctx, stx, false)
}

// sendTable copies a table by one COPY, so that rows may refer to later ones. It runs in
// the transaction of the connection.
func (c *copying) sendTable(ctx context.Context, conn *sql.Conn, table *copiedTable) error {
	return conn.Raw(func(driver any) error {
		source := &copySource{rows: make(chan []any, copyAhead)}
		under, cancel := context.WithCancel(ctx)
		defer cancel()
		read := make(chan error, 1)
		var rows int64
		go func() {
			var err error
			rows, err = c.reading(under, CopyWrites, table, func(values []any) error {
				if err := table.storable(values); err != nil {
					return err
				}
				return source.put(under, values)
			})
			source.failed = err
			close(source.rows)
			read <- err
		}()
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(under, pgx.Identifier{table.name}, table.columns, source)
		cancel()
		readErr := <-read
		if err != nil && readErr != nil && !errors.Is(readErr, context.Canceled) {
			return readErr
		}
		c.rows += rows
		return err
	})
}

// copyAhead is the number of rows that are read ahead of those that are sent.
const copyAhead = 64

// copySource hands rows to CopyFrom.
type copySource struct {
	rows   chan []any
	row    []any
	failed error // set before rows is closed
	err    error // failed, once rows is closed
}

// put waits until a row is taken. The row is copied: the reader uses its slice again.
func (s *copySource) put(ctx context.Context, values []any) error {
	select {
	case s.rows <- append([]any(nil), values...):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Next implements pgx.CopyFromSource.
func (s *copySource) Next() bool {
	row, ok := <-s.rows
	s.row = row
	if !ok {
		s.err = s.failed
	}
	return ok
}

// Values implements pgx.CopyFromSource.
func (s *copySource) Values() ([]any, error) { return s.row, nil }

// Err implements pgx.CopyFromSource.
func (s *copySource) Err() error { return s.err }

const sequencesSQL = `SELECT r.relname, a.attname, pg_get_serial_sequence(quote_ident(r.relname), a.attname)
	FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attidentity <> '' WHERE r.relnamespace = current_schema()::regnamespace`

// setSequences lets the numbers of new rows go on after those that were copied, and after
// those that the record holds and retention has deleted.
func (t *tx) setSequences(ctx context.Context) error {
	type sequence struct{ table, column, name string }
	var all []sequence
	err := t.query(ctx, func(rows *sql.Rows) error {
		var s sequence
		err := rows.Scan(&s.table, &s.column, &s.name)
		all = append(all, s)
		return err
	}, sequencesSQL)
	if err != nil {
		return err
	}
	recorded := map[string]string{}
	for i := range sealedTables {
		if s := &sealedTables[i]; s.key[1] == "id" {
			recorded[s.from+".id"] = string(s.kind)
		}
	}
	for _, s := range all {
		const set = `SELECT setval($1::regclass, 1 + GREATEST((SELECT COALESCE(MAX("%s"), 0) FROM %s),
			(SELECT COALESCE(MAX(number), 0) FROM record_lines WHERE kind = $2)), FALSE)`
		var next int64
		if err := t.one(ctx, []any{&next}, nil, fmt.Sprintf(set, s.column, s.table), s.name, recorded[s.table+"."+s.column]); err != nil {
			return fmt.Errorf("sequence of %s.%s: %w", s.table, s.column, err)
		}
	}
	return nil
}
