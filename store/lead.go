package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"kigen/sla/tracker"
	"kigen/store/lease"
)

// ErrNotLeading is the error of what only the leading replica may begin. Nothing of it is
// stored.
var ErrNotLeading = fmt.Errorf("this replica does not lead: %w", tracker.ErrUnavailable)

// excludeSQL makes a transaction the only one that writes, as serialized.begin does.
var excludeSQL = "SELECT pg_advisory_xact_lock(" + strings.Replace(lockKey, "$1", "'writes'", 1) + ")"

// Lease makes this process take part in the election of the replica that leads, under the
// name of its machine and the address of its board, by the wall clock now. What only a leader may begin is from
// then on refused while it does not lead. A database in a file has one process, which
// always leads.
func (db *DB) Lease(name, address string, now func() time.Time, log *slog.Logger) *lease.Lease {
	s, ok := db.engine.(*server)
	if !ok {
		return lease.Alone()
	}
	l := lease.New(lease.Options{Config: s.config, Exclude: excludeSQL, Name: name, Address: address, Wall: now, Log: log})
	db.lead.Store(l)
	return l
}

// UpdateLeading is Update for what only the leading replica may begin: it is an
// ErrNotLeading where another one leads by the time that it would be committed.
func (db *DB) UpdateLeading(ctx context.Context, f func(tracker.Tx) error) error {
	return db.updateLeading(ctx, func(t *tx) error { return f(t) })
}

func (db *DB) updateLeading(ctx context.Context, f func(*tx) error) error {
	l := db.lead.Load()
	if l == nil {
		return db.update(ctx, f)
	}
	term, ok := l.Term()
	if !ok {
		return ErrNotLeading
	}
	return db.update(ctx, func(t *tx) error {
		if err := t.leads(ctx, term); err != nil {
			return err
		}
		return f(t)
	})
}

// leads refuses a transaction of a replica that no longer leads by a term. To take the
// lease excludes transactions that write, so that this holds until the commit.
func (t *tx) leads(ctx context.Context, term lease.Term) error {
	var ours bool
	const stmt = `SELECT EXISTS (SELECT 1 FROM leadership WHERE term = $1 AND holder = $2)`
	if err := t.one(ctx, []any{&ours}, nil, stmt, term.Number, term.Holder); err != nil {
		return err
	}
	if !ours {
		return ErrNotLeading
	}
	return nil
}
