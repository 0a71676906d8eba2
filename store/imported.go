package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// Referenced returns the first incident of a vendor with each of these references;
// those without one are left out.
func (r *reader) Referenced(ctx context.Context, vendor string, references []string) (map[string]sla.IncidentID, error) {
	found := map[string]sla.IncidentID{}
	for some := range chunks(references) {
		err := r.query(ctx, func(rows *sql.Rows) error {
			var reference string
			var id sla.IncidentID
			err := rows.Scan(&reference, &id)
			found[reference] = id
			return err
		}, referencedSQL(len(some)), append([]any{vendor}, anys(some)...)...)
		if err != nil {
			return nil, fmt.Errorf("incidents of %s by their references: %w", vendor, err)
		}
	}
	return found, nil
}

// referencedSQL is for n references.
func referencedSQL(n int) string {
	return `SELECT reference, MIN(id) FROM incidents WHERE vendor = $1 AND reference IN (` + placeholders(2, n) + `) AND reference <> ''
		GROUP BY reference`
}

// MovePast makes the alerts for the summary of an import due at a destination at the
// given instant, those that were due before another one.
func (t *tx) MovePast(ctx context.Context, imported, to string, before, at time.Time) error {
	const stmt = `UPDATE deliveries SET next_at = $1 WHERE state = 'pending' AND past = 1 AND attempts = 0 AND destination = $2 AND next_at < $3
		AND (SELECT import FROM incidents WHERE id = deliveries.incident_id) = $4`
	n, err := t.exec(ctx, stmt, at.UnixMilli(), to, before.UnixMilli(), imported)
	if err != nil {
		return fmt.Errorf("plan the summary of import %s: %w", imported, err)
	}
	if n > 0 {
		t.committed.queued(to)
	}
	return nil
}

// mergePast puts the alerts about past deadlines that are due for a destination into
// the summary of their import, also a single one. It runs in the transaction that
// claims a delivery, so that none is ever sent alone.
func (t *tx) mergePast(ctx context.Context, destination string, now time.Time) error {
	form, _ := t.db.forms.Load(destination)
	known, _ := form.(outbox.DigestForm)
	due, err := t.mergeable(ctx, mergeablePastSQL, destination, now, 1)
	if err != nil || len(due) == 0 {
		return err
	}
	for {
		// Those that still wait for the rest of an import go with the due one.
		posts, err := t.mergeable(ctx, mergeablePastSQL, destination, now.AddDate(100, 0, 0), mostMerged)
		if err != nil || len(posts) == 0 {
			return err
		}
		d, err := t.openDigest(ctx, destination, outbox.ReasonImported, known)
		if err != nil {
			return err
		}
		if d == nil {
			if d, err = t.newDigest(ctx, destination, outbox.ReasonImported, posts, now, known); err != nil {
				return err
			}
		}
		if err := t.fill(ctx, d, posts, now, known); err != nil {
			return err
		}
	}
}
