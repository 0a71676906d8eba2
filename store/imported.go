package store

import (
	"context"
	"fmt"
	"time"

	"kigen/sla"
)

// Referenced returns the first incident of a vendor with this reference, 0 when there
// is none.
func (r *reader) Referenced(ctx context.Context, vendor, reference string) (id sla.IncidentID, err error) {
	err = r.one(ctx, []any{&id}, nil, `SELECT COALESCE(MIN(id), 0) FROM incidents WHERE vendor = $1 AND reference = $2 AND reference <> ''`, vendor, reference)
	if err != nil {
		return 0, fmt.Errorf("incident of %s with the reference %q: %w", vendor, reference, err)
	}
	return id, nil
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
	known, _ := form.(sla.DigestForm)
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
		d, err := t.openDigest(ctx, destination, sla.ReasonImported, known)
		if err != nil {
			return err
		}
		if d == nil {
			if d, err = t.newDigest(ctx, destination, sla.ReasonImported, posts, now, known); err != nil {
				return err
			}
		}
		if err := t.fill(ctx, d, posts, now, known); err != nil {
			return err
		}
	}
}
