package store

import (
	"context"
	"fmt"

	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// ReportSending is a report with the alerts that carry it.
type ReportSending struct {
	Edition *Edition       // a new one, with the Number 0, is stored with the alerts
	After   int            // number of the newest edition when a new one was made; 0: there was none
	Alerts  []outbox.Alert // the first one's key identifies the sending
	// Scheduled: not by hand, so that the leading replica alone raises it.
	Scheduled bool
}

// RaiseReport stores the edition and its alerts in one transaction. It reports
// false, and stores nothing, if the first alert was raised before. If another
// edition was stored meanwhile, the error is ErrConflict.
func (db *DB) RaiseReport(ctx context.Context, s *ReportSending) (raised bool, err error) {
	update := db.update
	if s.Scheduled {
		update = db.updateLeading
	}
	err = update(ctx, func(t *tx) error {
		for n := range s.Alerts {
			a := &s.Alerts[n]
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
		if s.Edition.Number == 0 {
			return t.keepEdition(ctx, s.Edition, s.After)
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("raise the report of %s: %w", s.Edition.Period, err)
	}
	return raised, nil
}

// ReportsSent returns how often the report of a period was sent by hand, and
// whether the schedule has sent it.
func (db *DB) ReportsSent(ctx context.Context, period string) (scheduled bool, byHand int, err error) {
	key := "report/" + period
	const stmt = `SELECT EXISTS (SELECT 1 FROM alerts WHERE key = $1), (SELECT COUNT(*) FROM alerts WHERE key > $2 AND key < $3)`
	err = db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&scheduled, &byHand}, nil, stmt, key, key+"/sent/", key+"/sent0")
	})
	if err != nil {
		return false, 0, fmt.Errorf("sendings of the report of %s: %w", period, err)
	}
	return scheduled, byHand, nil
}
