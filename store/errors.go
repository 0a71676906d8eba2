package store

import (
	"context"
	"errors"
	"fmt"

	"kigen/sla/tracker"
)

// ErrServer means that only a database in a file can do what was asked for.
var ErrServer = errors.New("the database is on a PostgreSQL server")

// explain adds the database and a remedy to an error. It keeps the chain, and
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
	return &explained{name: db.engine.name(), verdict: db.engine.explain(err), err: err}
}

// explainRow explains an error in reading one row. Only the database's own errors concern
// all of it; others name the row already.
func (db *DB) explainRow(ctx context.Context, err error) error {
	if ctx.Err() != nil || db.engine.explain(err).own {
		return db.explain(ctx, err)
	}
	return err
}

// explained is an error with the database that it concerns.
type explained struct {
	name string
	verdict
	err error
}

func (e *explained) Error() string {
	text := "database " + e.name + ": " + e.err.Error()
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
	switch {
	case e.full:
		return []error{e.err, ErrFull, tracker.ErrUnavailable}
	case e.class != nil:
		return []error{e.err, e.class}
	}
	return []error{e.err}
}
