package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"kigen/sla/tracker"
)

// explain adds the file and a remedy to a database error. It keeps the chain, and
// adds the context's error when the caller's context ended.
func (db *DB) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	var failed *explained
	if errors.As(err, &failed) {
		return err
	}
	return &explained{path: db.path, remedy: remedy(err), full: isFull(db.path, err), err: err}
}

// explainRow explains an error in reading one row. Only SQLite's own errors concern
// the file; others name the row already.
func (db *DB) explainRow(ctx context.Context, err error) error {
	var failed sqlite3.Error
	if ctx.Err() != nil || errors.As(err, &failed) {
		return db.explain(ctx, err)
	}
	return err
}

// explained is an error with the file that it concerns.
type explained struct {
	path, remedy string
	full         bool // the disk or its quota is full
	err          error
}

func (e *explained) Error() string {
	text := "database " + e.path + ": " + e.err.Error()
	if e.full {
		return text + "; free space on its disk"
	}
	if e.remedy != "" {
		text += "; " + e.remedy
	}
	return text
}

// Unwrap returns the cause, and the error of tracker or of this package that
// classifies it, if any.
func (e *explained) Unwrap() []error {
	if e.full {
		return []error{e.err, ErrFull, tracker.ErrUnavailable}
	}
	var failed sqlite3.Error
	if errors.As(e.err, &failed) {
		switch failed.ExtendedCode {
		case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
			return []error{e.err, tracker.ErrConflict}
		case sqlite3.ErrConstraintForeignKey:
			return []error{e.err, tracker.ErrNotFound}
		}
		switch failed.Code {
		case sqlite3.ErrNotADB:
			return []error{e.err, ErrForeign}
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrReadonly:
			return []error{e.err, tracker.ErrUnavailable}
		}
	}
	return []error{e.err}
}

// remedy is the advice for an error of SQLite; empty if there is none.
func remedy(err error) string {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return ""
	}
	switch failed.Code {
	case sqlite3.ErrFull:
		return "free space on its disk"
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return "another process holds it: stop that process, or wait"
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return "make the file and its directory writable for this user"
	case sqlite3.ErrCantOpen:
		return "its directory must exist and be writable for this user"
	case sqlite3.ErrNotADB:
		return "it is no kigen database: name another file"
	case sqlite3.ErrCorrupt:
		return "the file is damaged: stop kigen and restore a backup"
	case sqlite3.ErrIoErr:
		return "its disk fails or is full: see the system's log"
	default:
		return ""
	}
}
