package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Answered returns the incidents that a notice answered since q.Since and that
// have no open clock, newest answer first, and their total number. It takes time
// in proportion to the notices since then.
func (db *DB) Answered(ctx context.Context, q tracker.AnsweredQuery) ([]*sla.Incident, int, error) {
	var (
		found []*sla.Incident
		total int
	)
	err := db.view(ctx, func(r *reader) error {
		s := answeredStatement(&q)
		var ids []sla.IncidentID
		err := r.query(ctx, func(rows *sql.Rows) error {
			var id sla.IncidentID
			err := rows.Scan(&id, &total)
			ids = append(ids, id)
			return err
		}, s.String(), s.args...)
		if err != nil {
			return err
		}
		found, err = r.incidentsForList(ctx, ids)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list answered incidents: %w", err)
	}
	return found, total, nil
}

// answeredStatement selects the incidents, each with the total number.
func answeredStatement(q *tracker.AnsweredQuery) *statement {
	s := new(statement)
	s.write(`SELECT c.incident_id, COUNT(*) OVER () FROM clocks c CROSS JOIN list_entries p
		WHERE c.notified_at >= ? AND p.incident_id = c.incident_id AND p.listing = '' AND p.rank IN (?, ?, ?) AND (c.promise < 'us/' OR c.promise >= 'us0')`,
		q.Since.UnixMilli(), rankOf(sla.Late), rankOf(sla.Met), rankOf(sla.NoCommitment))
	s.of("p", &tracker.Query{Vendor: q.Vendor, Severity: q.Severity, Owner: q.Owner, Unowned: q.Unowned, Kind: q.Kind})
	s.write(" GROUP BY c.incident_id ORDER BY MAX(c.notified_at) DESC, c.incident_id DESC LIMIT ?", q.Limit)
	return s
}
