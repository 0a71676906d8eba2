package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"kigen/sla/record"
)

// ErrNotEmpty means that a database was named as the target of a copy and holds something.
var ErrNotEmpty = errors.New("it is not empty")

// ErrSameKind means that other tools make the copy.
var ErrSameKind = errors.New("kigen copies between a file and a PostgreSQL server")

// ErrCopyInUse means that a kigen works on a database that was to be copied.
var ErrCopyInUse = errors.New("a kigen works on it")

// Copied is the result of Copy.
type Copied struct {
	Tables int
	Rows   int64
	Head   record.Head
}

// CopyPart is a part of the work of Copy.
type CopyPart string

// The parts, in their order.
const (
	CopyVerifies  CopyPart = "source"  // verifies the source
	CopyWrites    CopyPart = "copy"    // writes the rows of a table
	CopyCompares  CopyPart = "compare" // compares both, row by row
	CopyIndexes   CopyPart = "index"   // fills the search index
	CopyConcludes CopyPart = "target"  // verifies the target
)

// CopyProgress is called before each part of Copy, and while it goes on, with the rows of
// the table that are done.
type CopyProgress func(part CopyPart, table string, rows int64)

// Copy moves all data of a database to an empty one of the other kind: from a file to a
// PostgreSQL server, or back. Both are verified whole, compared row by row and by the head
// of the record. The target gets all of it in one transaction or, as a file, under its name
// once it is complete; after an error it is as empty as before. The source is not changed.
func Copy(ctx context.Context, from, to string, now time.Time, progress CopyProgress) (done Copied, err error) {
	if IsServer(from) == IsServer(to) {
		return done, sameKind(from)
	}
	source, err := OpenReadOnly(ctx, from)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	release, err := source.keepStill(ctx, now)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if source.Unfinished(ctx) {
		return done, fmt.Errorf("database %s: a migration was stopped before its end: run kigen db migrate, which goes on there", Name(from))
	}
	err = source.view(ctx, func(r *reader) error {
		c := &copying{from: r, progress: progress}
		if err := c.prepare(ctx); err != nil {
			return err
		}
		write := c.intoFile
		if IsServer(to) {
			write = c.intoServer
		}
		if err := write(ctx, to, now); err != nil {
			return err
		}
		done = Copied{Tables: len(c.tables), Rows: c.rows, Head: c.head}
		return nil
	})
	return done, err
}

// sameKind refuses a copy that other tools make.
func sameKind(from string) error {
	if IsServer(from) {
		return fmt.Errorf("%w: both are servers: copy the database by pg_dump and pg_restore", ErrSameKind)
	}
	return fmt.Errorf("%w: both are files: copy the database by kigen db backup", ErrSameKind)
}

// copying is one run of Copy, within a snapshot of the source.
type copying struct {
	from     *reader
	tables   []copiedTable
	head     record.Head
	rows     int64
	progress CopyProgress
}

// prepare verifies the source and reads what there is to copy.
func (c *copying) prepare(ctx context.Context) (err error) {
	c.progress(CopyVerifies, "", 0)
	if err := c.from.sound(ctx); err != nil {
		return fmt.Errorf("the source does not verify, and is not copied: %w", err)
	}
	if c.head, err = c.from.head(ctx); err != nil {
		return err
	}
	return nil
}

// sound runs the checks of Verify in the transaction.
func (r *reader) sound(ctx context.Context) error {
	return r.find(ctx, r.checks())
}

// rowsOf passes the rows of a table to each, in the order of its key.
func (r *reader) rowsOf(ctx context.Context, table *copiedTable, each func([]any) error) error {
	values := make([]any, len(table.columns))
	dest := make([]any, len(values))
	for i := range values {
		dest[i] = &values[i]
	}
	return r.query(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		return each(values)
	}, table.selectSQL())
}

// progressEvery is the number of rows after which progress is told.
const progressEvery = 1000

// reading passes the rows of a table of the source to each, and tells the progress.
func (c *copying) reading(ctx context.Context, part CopyPart, table *copiedTable, each func([]any) error) (rows int64, err error) {
	c.progress(part, table.name, 0)
	err = c.from.rowsOf(ctx, table, func(values []any) error {
		rows++
		if rows%progressEvery == 0 {
			c.progress(part, table.name, rows)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return each(values)
	})
	return rows, err
}

// allTables copies into an empty target, table by table, and compares the two.
func (c *copying) allTables(ctx context.Context, t *tx, insert func(*copiedTable) error) error {
	if err := c.plan(ctx, &t.reader); err != nil {
		return err
	}
	if err := c.emptied(ctx, t); err != nil {
		return err
	}
	for i := range c.tables {
		if err := insert(&c.tables[i]); err != nil {
			return fmt.Errorf("copy the table %s: %w", c.tables[i].name, err)
		}
	}
	return c.conclude(ctx, t)
}

// conclude compares the target with the source, fills its search index, and verifies it.
func (c *copying) conclude(ctx context.Context, t *tx) error {
	for i := range c.tables {
		if err := c.compare(ctx, t, &c.tables[i]); err != nil {
			return fmt.Errorf("compare the table %s: %w", c.tables[i].name, err)
		}
	}
	if err := c.fillIndex(ctx, t); err != nil {
		return err
	}
	c.progress(CopyConcludes, "", 0)
	if err := t.sound(ctx); err != nil {
		return fmt.Errorf("the copy does not verify: %w", err)
	}
	head, err := t.head(ctx)
	if err == nil && head != c.head {
		err = fmt.Errorf("the head of the copied record is %d %s, that of the source %d %s", head.Count, head.Hash, c.head.Count, c.head.Hash)
	}
	return err
}

// fillIndex makes the search index of the target, which is not copied: each kind of
// database has its own.
func (c *copying) fillIndex(ctx context.Context, t *tx) error {
	var newest int64
	if err := t.one(ctx, []any{&newest}, nil, `SELECT COALESCE(MAX(id), 0) FROM incidents`); err != nil {
		return err
	}
	for from := int64(1); from <= newest; from += backlogStep {
		c.progress(CopyIndexes, "incidents", from-1)
		if err := t.indexRange(ctx, from, min(from+backlogStep, newest+1)); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `UPDATE search_backlog SET below = 1, above = $1`, newest)
	return err
}

// emptied refuses a target that holds anything, and deletes the rows that migrations put
// there and that are copied.
func (c *copying) emptied(ctx context.Context, t *tx) error {
	for i := range c.tables {
		table := &c.tables[i]
		if madeWithTables[table.name] {
			if _, err := t.exec(ctx, `DELETE FROM `+table.name); err != nil {
				return err
			}
			continue
		}
		var some bool
		if err := t.one(ctx, []any{&some}, nil, `SELECT EXISTS (SELECT 1 FROM `+table.name+`)`); err != nil {
			return err
		}
		if some {
			return fmt.Errorf("%w, the table %s has rows: name an empty database", ErrNotEmpty, table.name)
		}
	}
	return nil
}
