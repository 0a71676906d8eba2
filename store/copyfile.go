package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// fileBatch bounds the values of one INSERT into a file.
	fileBatch = 2000
	// fileBatchBytes bounds their texts: a file of evidence is one value.
	fileBatchBytes = 1 << 20
)

// intoFile writes all tables to a file beside the target, which gets its name when it is
// complete.
func (c *copying) intoFile(ctx context.Context, to string, now time.Time) (err error) {
	path, err := filePath(to)
	if err != nil {
		return err
	}
	lock, err := AcquireFileLock(ctx, path, now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("database %s: %w: name a file that does not exist", path, ErrNotEmpty), err)
	}
	part, err := openPart(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, part.Close(), removeDatabase(part.Name())) }()
	if err := removeLog(part.Name()); err != nil { // of a copy that was killed
		return err
	}
	db := openFile(part.Name())
	err = db.explain(ctx, c.onFile(ctx, db))
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := errors.Join(stillNamed(part), part.Sync()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), path); err != nil { // unlike a renaming, it replaces nothing
		return err
	}
	return syncDir(filepath.Dir(path))
}

// removeLog removes what SQLite keeps beside a file.
func removeLog(path string) error {
	var errs []error
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func removeDatabase(path string) error { return errors.Join(removeLog(path), os.Remove(path)) }

func (c *copying) onFile(ctx context.Context, db *DB) error {
	var err error
	if db.writer, db.reader, err = db.engine.open(ctx); err != nil {
		return err
	}
	stx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = stx.Rollback() }() // a no-op after a commit
	t := &tx{reader: reader{db: db, tx: stx, unwatched: true}, learnt: newLearnt()}
	if _, err := t.exec(ctx, `PRAGMA defer_foreign_keys = on`); err != nil { // rows refer to later ones
		return err
	}
	if err := c.allTables(ctx, t, func(table *copiedTable) error { return c.insertTable(ctx, t, table) }); err != nil {
		return err
	}
	return stx.Commit()
}

// insertTable copies a table, many rows in one statement.
func (c *copying) insertTable(ctx context.Context, t *tx, table *copiedTable) error {
	var batch []any
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		row := "(?" + strings.Repeat(", ?", len(table.columns)-1) + ")"
		rows := len(batch) / len(table.columns)
		stmt := "INSERT INTO " + table.name + " (" + columnList(table.columns) + ") VALUES " + row + strings.Repeat(", "+row, rows-1)
		_, err := t.exec(ctx, stmt, batch...)
		batch, size = batch[:0], 0
		return err
	}
	rows, err := c.reading(ctx, CopyWrites, table, func(values []any) error {
		for _, v := range values {
			switch v := v.(type) {
			case string:
				size += len(v)
			case []byte:
				size += len(v)
			}
		}
		batch = append(batch, values...)
		if len(batch)+len(values) > fileBatch || size > fileBatchBytes {
			return flush()
		}
		return nil
	})
	c.rows += rows
	return errors.Join(err, flush())
}
