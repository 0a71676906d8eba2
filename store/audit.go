package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
)

//go:embed query/untold.sql
var untoldSQL string

// Auditor asks the database whether people were told what they had to be told.
// It has a connection and queries of its own, and shares neither with what
// plans and sends alerts. It is safe for any number of goroutines.
type Auditor struct {
	db   *DB // for the words of its errors
	pool *sql.DB
}

// Auditor opens a further connection to the database, which the caller closes.
func (db *DB) Auditor() *Auditor {
	m := reading()
	m.most = 1
	return &Auditor{db: db, pool: openPool(db.path, m)}
}

// Close closes the connection.
func (a *Auditor) Close() error { return a.pool.Close() }

// Untold is an open clock whose deadline passed without anybody being told.
type Untold struct {
	Clock    sla.ClockID
	Incident sla.IncidentID
	Vendor   string
	Promise  string
	Stage    string
	Due      time.Time // in UTC
}

// Stage is who has to be told of a clock, and how long after its deadline.
type Stage struct {
	After time.Duration
	To    []string // destinations; one of them is enough
}

// Untold returns, longest past first, at most limit open clocks whose stage lies
// more than grace back, and of which no alert for it arrived. A clock that
// somebody acknowledged after that instant is left out. It costs what the
// clocks past their deadline are, not what the open ones are.
func (a *Auditor) Untold(ctx context.Context, now time.Time, s Stage, grace time.Duration, limit int) (found []Untold, err error) {
	after, to := s.After.Milliseconds(), ","+strings.Join(s.To, ",")+","
	rows, err := a.pool.QueryContext(ctx, untoldSQL,
		now.Add(-s.After-grace).UnixMilli(), after, after, to, now.Add(-grace).UnixMilli(), limit)
	if err != nil {
		return nil, a.explain(ctx, "clocks that nobody was told of", err)
	}
	defer func() { err = errors.Join(err, a.explain(ctx, "clocks that nobody was told of", rows.Close())) }()
	for rows.Next() {
		var u Untold
		var due int64
		if err := rows.Scan(&u.Clock, &u.Incident, &u.Vendor, &u.Promise, &u.Stage, &due); err != nil {
			return nil, a.explain(ctx, "clocks that nobody was told of", err)
		}
		u.Due = time.UnixMilli(due).UTC()
		found = append(found, u)
	}
	return found, a.explain(ctx, "clocks that nobody was told of", rows.Err())
}

const nextDueSQL = `SELECT MIN(due_at) FROM clocks WHERE state IN ('running', 'at_risk', 'overdue') AND due_at > $1`

// NextDue returns the first deadline after now, in UTC; false when no open
// clock has one.
func (a *Auditor) NextDue(ctx context.Context, now time.Time) (time.Time, bool, error) {
	var due nullInt
	if err := a.pool.QueryRowContext(ctx, nextDueSQL, now.UnixMilli()).Scan(&due); err != nil {
		return time.Time{}, false, a.explain(ctx, "next deadline", err)
	}
	return utc(due), due.Valid, nil
}

// Tally counts, for each state, the incidents that have a clock in it. It reads
// counters, so it costs the same however many incidents there are.
func (a *Auditor) Tally(ctx context.Context) (counts map[sla.State]int, err error) {
	rows, err := a.pool.QueryContext(ctx, `SELECT listing, SUM(incidents) FROM tallies WHERE listing <> '' GROUP BY listing`)
	if err != nil {
		return nil, a.explain(ctx, "incidents by state", err)
	}
	defer func() { err = errors.Join(err, a.explain(ctx, "incidents by state", rows.Close())) }()
	counts = make(map[sla.State]int)
	for rows.Next() {
		var state sla.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, a.explain(ctx, "incidents by state", err)
		}
		counts[state] = n
	}
	return counts, a.explain(ctx, "incidents by state", rows.Err())
}

func (a *Auditor) explain(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	return a.db.explain(ctx, fmt.Errorf("audit: %s: %w", what, err))
}
