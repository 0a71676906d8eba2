package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Deadlines returns the deadlines that the query selects, soonest first. It takes
// time in proportion to the result, unless the query selects a vendor with few of
// very many deadlines, or a month in which few clocks were answered.
func (db *DB) Deadlines(ctx context.Context, q tracker.DeadlineQuery) ([]tracker.Deadline, error) {
	var found []tracker.Deadline
	s := deadlineStatement(&q)
	err := db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var d tracker.Deadline
			var due int64
			err := rows.Scan(&d.Incident, &d.Kind, &d.Clock, &d.Vendor, &d.Title, &d.Promise, &d.Stage, &d.State, &due)
			d.Due = time.UnixMilli(due).UTC()
			// One damaged row must not break a calendar; the list shows it as damaged.
			if err == nil && checkClockRow(&sla.Clock{State: d.State, Due: d.Due}) == nil {
				found = append(found, d)
			}
			return err
		}, s.String(), s.args...)
	})
	if err != nil {
		return nil, fmt.Errorf("list deadlines: %w", err)
	}
	return found, nil
}

// deadlineStatement repeats the conditions of the partial indexes on open states and on
// our duties, or SQLite could not use them.
func deadlineStatement(q *tracker.DeadlineQuery) *statement {
	s := new(statement)
	s.write(`SELECT c.incident_id, i.kind, c.id, i.vendor, i.title, c.promise, c.stage, c.state, c.due_at
		FROM clocks c CROSS JOIN incidents i
		WHERE i.id = c.incident_id`)
	if q.Ours {
		s.write(" AND c.promise >= 'us/' AND c.promise < 'us0'")
	} else {
		s.write(" AND (c.promise < 'us/' OR c.promise >= 'us0')")
	}
	switch {
	case q.Ours && q.Answered: // no report counts them, so that none has an attributed instant
		s.write(" AND c.state IN ('met', 'late')")
	case q.Answered:
		// A day on either side: a deadline at midnight may belong to the day before.
		s.write(" AND c.attributed_at >= ? AND c.attributed_at < ? AND c.state IN ('met', 'late')", q.From.AddDate(0, 0, -1).UnixMilli(), q.To.AddDate(0, 0, 1).UnixMilli())
	default:
		s.write(" AND c.state IN ('running', 'at_risk', 'overdue')")
	}
	s.write(" AND c.due_at >= ? AND c.due_at < ?", q.From.UnixMilli(), q.To.UnixMilli())
	if q.Vendor != "" {
		s.write(" AND i.vendor = ?", q.Vendor)
	}
	s.write(" ORDER BY c.due_at, c.id LIMIT ?", q.Limit)
	return s
}
