package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// ofVendors is the condition for the clocks of vendors' promises, as far as they are not
// selected by attributed_at, which the clocks of our own duties do not have.
const ofVendors = `(promise < 'us/' OR promise >= 'us0')`

// InsertDecision stores a decision and sets its ID.
func (t *tx) InsertDecision(ctx context.Context, d *sla.Decision) error {
	const stmt = `INSERT INTO decisions (incident_id, duty, applies, case_id, reason, aware_at, aware_offset, decided_at, decided_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`
	err := t.one(ctx, []any{&d.ID}, nil, stmt, d.Incident, d.Regime, d.Applies, d.Case, d.Reason,
		millis(d.AwareAt), offset(d.AwareAt), d.At.UnixMilli(), d.By)
	if err != nil {
		return fmt.Errorf("store decision about %s of %s: %w", d.Regime, d.Incident, err)
	}
	t.sealRow(record.Decision, d.ID)
	return nil
}

// InsertSubmission stores a submission and sets its ID.
func (t *tx) InsertSubmission(ctx context.Context, s *sla.Submission) error {
	const stmt = `INSERT INTO submissions (incident_id, duty, stage, submitted_at, submitted_offset, reference, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`
	err := t.one(ctx, []any{&s.ID}, nil, stmt, s.Incident, s.Regime, s.Stage, millis(s.SubmittedAt), offset(s.SubmittedAt),
		s.Reference, s.RecordedAt.UnixMilli(), s.RecordedBy)
	if err != nil {
		return fmt.Errorf("store submission of %s: %w", s.Incident, err)
	}
	t.sealRow(record.Submission, s.ID)
	return t.insertFiles(ctx, submissionFiles, s.ID, s.Incident, s.Files)
}

// WithdrawSubmission stores a submission's Withdrawal; ErrConflict when it has one.
func (t *tx) WithdrawSubmission(ctx context.Context, s *sla.Submission) error {
	const stmt = `UPDATE submissions SET withdrawn_at = $1, withdrawn_by = $2, withdrawn_reason = $3
		WHERE id = $4 AND incident_id = $5 AND withdrawn_at IS NULL`
	changed, err := t.exec(ctx, stmt, millis(s.Withdrawal.At), s.Withdrawal.By, s.Withdrawal.Reason, s.ID, s.Incident)
	if err == nil && changed == 0 {
		err = tracker.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("withdraw submission %d of %s: %w", s.Number, s.Incident, err)
	}
	t.sealRow(record.Submission, s.ID)
	return nil
}

// EraseDecision stores the reason of a decision.
func (t *tx) EraseDecision(ctx context.Context, d *sla.Decision) error {
	if _, err := t.exec(ctx, `UPDATE decisions SET reason = $1 WHERE id = $2`, d.Reason, d.ID); err != nil {
		return fmt.Errorf("erase decision %d of %s: %w", d.ID, d.Incident, err)
	}
	t.sealRow(record.Decision, d.ID)
	return nil
}

// EraseSubmission stores the texts of a submission and the names of its files.
func (t *tx) EraseSubmission(ctx context.Context, s *sla.Submission) error {
	if _, err := t.exec(ctx, `UPDATE submissions SET reference = $1, withdrawn_reason = $2 WHERE id = $3`, s.Reference, s.Withdrawal.Reason, s.ID); err != nil {
		return fmt.Errorf("erase submission %d of %s: %w", s.ID, s.Incident, err)
	}
	t.sealRow(record.Submission, s.ID)
	return t.renameFiles(ctx, submissionFiles, s.ID, s.Files)
}

// addDecisions reads the decisions about our duties, oldest first.
func (r *reader) addDecisions(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var d sla.Decision
		var aware, awareEast, at nullInt
		err := rows.Scan(&d.ID, &d.Incident, &d.Regime, &d.Applies, &d.Case, &d.Reason, &aware, &awareEast, &at, &d.By)
		if err != nil {
			return err
		}
		d.AwareAt, d.At = entered(aware, awareEast), utc(at)
		inc := byID[d.Incident]
		inc.Decisions = append(inc.Decisions, d)
		return nil
	}, `SELECT id, incident_id, duty, applies, case_id, reason, aware_at, aware_offset, decided_at, decided_by
		FROM decisions WHERE incident_id`+in+` ORDER BY incident_id, id`, args...)
}

// addSubmissions reads our submissions, in the order of recording.
func (r *reader) addSubmissions(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	found := false
	err := r.query(ctx, func(rows *sql.Rows) error {
		var s sla.Submission
		var at, atEast, recorded, withdrawn nullInt
		err := rows.Scan(&s.ID, &s.Incident, &s.Regime, &s.Stage, &at, &atEast, &s.Reference, &recorded, &s.RecordedBy,
			&withdrawn, &s.Withdrawal.By, &s.Withdrawal.Reason)
		if err != nil {
			return err
		}
		s.SubmittedAt, s.RecordedAt, s.Withdrawal.At, found = entered(at, atEast), utc(recorded), utc(withdrawn), true
		inc := byID[s.Incident]
		s.Number = len(inc.Submissions) + 1
		inc.Submissions = append(inc.Submissions, s)
		return nil
	}, `SELECT id, incident_id, duty, stage, submitted_at, submitted_offset, reference, recorded_at, recorded_by,
		withdrawn_at, withdrawn_by, withdrawn_reason FROM submissions WHERE incident_id`+in+` ORDER BY incident_id, id`, args...)
	if err != nil || !found {
		return err
	}
	return r.addFiles(ctx, submissionFiles, in, args, func(id sla.IncidentID, submission int64, f sla.Evidence) {
		list := byID[id].Submissions
		for i := range list {
			if list[i].ID == submission {
				list[i].Files = append(list[i].Files, f)
			}
		}
	})
}

// Ours returns the incidents with a clock of our own duties, those with an open one that
// is due soonest first; at most limit.
func (db *DB) Ours(ctx context.Context, limit int) (found []*sla.Incident, err error) {
	err = db.view(ctx, func(r *reader) error {
		ids, err := r.ids(ctx, oursSQL, limit)
		if err == nil {
			found, err = r.incidentsForList(ctx, ids)
		}
		return err
	})
	return found, err
}

const oursSQL = `SELECT incident_id FROM clocks WHERE promise >= 'us/' AND promise < 'us0' GROUP BY incident_id
	ORDER BY MIN(CASE WHEN state IN ('pending', 'running', 'at_risk', 'overdue') THEN 0 ELSE 1 END),
		MIN(CASE WHEN state IN ('running', 'at_risk', 'overdue') THEN due_at END) NULLS LAST, incident_id DESC LIMIT $1`
