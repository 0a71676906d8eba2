package store

import (
	"context"
	"fmt"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Issue is a report on its way to people.
type Issue struct {
	Kept   *KeptReport // the edition that goes out; one without an Edition is kept now
	After  int         // the newest edition when Kept was made; 0: none
	Alerts []sla.Alert // who is told when; the first one's key stands for all
}

// IssueReport keeps the edition and raises the alerts in one transaction, so
// that neither is without the other. It reports false, and stores nothing,
// when the first alert was raised before. Where someone kept an edition
// meanwhile, it is ErrConflict.
func (db *DB) IssueReport(ctx context.Context, i *Issue) (raised bool, err error) {
	err = db.update(ctx, func(t *tx) error {
		for n := range i.Alerts {
			a := &i.Alerts[n]
			isNew, err := t.Raise(ctx, a)
			switch {
			case err != nil:
				return err
			case n == 0 && !isNew:
				return nil
			case !isNew:
				return fmt.Errorf("alert %s: %w", a.Key, tracker.ErrConflict)
			}
		}
		raised = true
		if i.Kept.Edition == 0 {
			return t.keepReport(ctx, i.Kept, i.After)
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("issue the report of %s: %w", i.Kept.Period, err)
	}
	return raised, nil
}

// Issued tells how often the report of a period was sent by hand, and whether
// the schedule has sent it.
func (db *DB) Issued(ctx context.Context, period string) (scheduled bool, byHand int, err error) {
	key := "report/" + period
	const stmt = `SELECT EXISTS (SELECT 1 FROM alerts WHERE key = $1), (SELECT COUNT(*) FROM alerts WHERE key > $2 AND key < $3)`
	err = db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&scheduled, &byHand}, nil, stmt, key, key+"/sent/", key+"/sent0")
	})
	if err != nil {
		return false, 0, fmt.Errorf("who was sent the report of %s: %w", period, err)
	}
	return scheduled, byHand, nil
}
