package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/policy"
)

//go:embed query/unalerted.sql
var unalertedSQL string

// Auditor checks that passed deadlines have alerts that arrived. Its connection
// and its queries are separate from those that plan and send alerts. It is safe for
// any number of goroutines.
type Auditor struct {
	db   *DB // explains errors
	pool *sql.DB
}

// Auditor opens another connection to the database; the caller closes it.
func (db *DB) Auditor() *Auditor {
	return &Auditor{db: db, pool: db.engine.pool(audits)}
}

// Close closes the connection.
func (a *Auditor) Close() error { return a.pool.Close() }

// Unalerted is an open clock whose deadline passed without an alert that arrived.
type Unalerted struct {
	Clock    sla.ClockID
	Incident sla.IncidentID
	Vendor   string
	Promise  string
	Stage    string
	Due      time.Time // in UTC
	// Doubtful reports that an alert may have arrived: an attempt had no answer.
	Doubtful bool
}

// Stage is a stage of an alert policy: the destinations of its alert, and the time
// of the alert relative to the deadline.
type Stage struct {
	After time.Duration
	To    []string // destinations; an alert at one of them is enough
	// Diverts is the additional time in which an alert may reach the fallback of a
	// failing destination; 0: there is no fallback.
	Diverts time.Duration
	// The clocks that the policy applies to.
	When, Except policy.Match
}

// unalerted is the query of a stage, with its arguments from the sixth on.
func (s Stage) unalerted() (stmt string, args []any) {
	gate, args := gateSQL(s, 6)
	return strings.NewReplacer("{gate}", gate, "{limit}", "$"+strconv.Itoa(6+len(args))).Replace(unalertedSQL), args
}

// Unalerted returns, longest overdue first, at most limit open clocks whose stage
// was due more than grace ago and for which no alert of the stage arrived. Clocks
// acknowledged after the stage's instant are left out. It takes time in proportion
// to the clocks past their deadline, not to all open ones.
func (a *Auditor) Unalerted(ctx context.Context, now time.Time, s Stage, grace time.Duration, limit int) (found []Unalerted, err error) {
	after, to := s.After.Milliseconds(), ","+strings.Join(s.To, ",")+","
	grace += s.Diverts
	stmt, gate := s.unalerted()
	args := append([]any{now.Add(-s.After - grace).UnixMilli(), after, after, to, now.Add(-grace).UnixMilli()}, gate...)
	args, err = a.arguments(append(args, limit))
	if err != nil {
		return nil, err
	}
	rows, err := a.pool.QueryContext(ctx, stmt, args...)
	if err != nil {
		return nil, a.explain(ctx, "clocks that nobody was told of", err)
	}
	defer func() { err = errors.Join(err, a.explain(ctx, "clocks that nobody was told of", rows.Close())) }()
	for rows.Next() {
		var u Unalerted
		var due int64
		if err := rows.Scan(&u.Clock, &u.Incident, &u.Vendor, &u.Promise, &u.Stage, &due, &u.Doubtful); err != nil {
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

// CountByState counts, for each state, the incidents that have a clock in it. It
// reads counters, so it takes the same time for any number of incidents.
func (a *Auditor) CountByState(ctx context.Context) (counts map[sla.State]int, err error) {
	rows, err := a.pool.QueryContext(ctx, `SELECT listing, SUM(incidents) FROM counters WHERE listing <> '' GROUP BY listing`)
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

// arguments converts the arguments of a statement as its driver wants them.
func (a *Auditor) arguments(args []any) ([]any, error) {
	if a.db.sql.bind == nil {
		return args, nil
	}
	return a.db.sql.bind(args)
}

func (a *Auditor) explain(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	return a.db.explain(ctx, fmt.Errorf("audit: %s: %w", what, err))
}
