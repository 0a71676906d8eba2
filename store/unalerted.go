package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla"
)

// UnalertedDeadline is a passed deadline for which no alert has arrived. The auditor
// stores it to survive a restart. Clock, Due, After and To are its key.
type UnalertedDeadline struct {
	Clock sla.ClockID
	Due   time.Time     // in UTC
	After time.Duration // from Due to the stage of the alert policy
	To    string        // names of destinations with commas between them

	Since          time.Time // from which the alert counts as missing, in UTC
	FallbackSentAt time.Time // when the fallback alert was sent, in UTC; zero: not yet
}

// UnalertedDeadlines returns the deadlines that KeepUnalertedDeadlines stored.
func (db *DB) UnalertedDeadlines(ctx context.Context) (all []UnalertedDeadline, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var (
				p                           UnalertedDeadline
				due, after, since, fallback nullInt
			)
			err := rows.Scan(&p.Clock, &due, &after, &p.To, &since, &fallback)
			p.Due, p.Since, p.FallbackSentAt = utc(due), utc(since), utc(fallback)
			p.After = time.Duration(after.V) * time.Millisecond
			all = append(all, p)
			return err
		}, `SELECT clock_id, due_at, after_ms, destinations, since, fallback_sent_at FROM unalerted_deadlines`)
	})
	if err != nil {
		return nil, fmt.Errorf("read the deadlines without an alert: %w", err)
	}
	return all, nil
}

// KeepUnalertedDeadlines replaces all stored deadlines.
func (db *DB) KeepUnalertedDeadlines(ctx context.Context, all []UnalertedDeadline) error {
	err := db.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM unalerted_deadlines`); err != nil {
			return err
		}
		const stmt = `INSERT INTO unalerted_deadlines (clock_id, due_at, after_ms, destinations, since, fallback_sent_at) VALUES ($1, $2, $3, $4, $5, $6)`
		for _, p := range all {
			_, err := t.exec(ctx, stmt, p.Clock, p.Due.UnixMilli(), p.After.Milliseconds(), p.To, p.Since.UnixMilli(), millis(p.FallbackSentAt))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the deadlines without an alert: %w", err)
	}
	return nil
}
