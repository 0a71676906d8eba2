package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"kigen/sla/tracker"
)

// explain adds to a database error which file it is about and what a person
// can do. It keeps the chain, and says so when the caller's context ended.
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

// explained is an error with the file that it is about.
type explained struct {
	path, remedy string
	full         bool // for want of space
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

// Unwrap gives the cause, and the tracker's or our own word for it where
// there is one.
func (e *explained) Unwrap() []error {
	if e.full {
		return []error{e.err, ErrFull}
	}
	var failed sqlite3.Error
	if errors.As(e.err, &failed) {
		switch failed.ExtendedCode {
		case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
			return []error{e.err, tracker.ErrConflict}
		case sqlite3.ErrConstraintForeignKey:
			return []error{e.err, tracker.ErrNotFound}
		}
		if failed.Code == sqlite3.ErrNotADB {
			return []error{e.err, ErrForeign}
		}
	}
	return []error{e.err}
}

// remedy says what a person can do about an error of SQLite's.
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
