package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Answered returns the incidents that a notice answered lately and that wait
// for nothing more, newest answer first, and how many there are. It costs what
// was answered since then.
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
		found, err = r.incidents(ctx, ids)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list what was answered: %w", err)
	}
	return found, total, nil
}

// answeredStatement finds the incidents, each with the number of all.
func answeredStatement(q *tracker.AnsweredQuery) *statement {
	s := new(statement)
	s.write(`SELECT c.incident_id, COUNT(*) OVER () FROM clocks c CROSS JOIN places p
		WHERE c.notice_at >= ? AND p.incident_id = c.incident_id AND p.listing = '' AND p.rank IN (?, ?, ?)`,
		q.Since.UnixMilli(), rankOf(sla.Late), rankOf(sla.Met), rankOf(sla.NoCommitment))
	s.of("p", &tracker.Query{Vendor: q.Vendor, Severity: q.Severity})
	s.write(" GROUP BY c.incident_id ORDER BY MAX(c.notice_at) DESC, c.incident_id DESC LIMIT ?", q.Limit)
	return s
}
