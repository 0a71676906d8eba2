package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// Asides returns the incidents that are put aside, in the order of their next try.
func (r *reader) Asides(ctx context.Context) ([]tracker.Aside, error) {
	var all []tracker.Aside
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			a           tracker.Aside
			since, next nullInt
		)
		err := rows.Scan(&a.Incident, &since, &a.Tries, &next, &a.Error)
		a.Since, a.NextAt = utc(since), utc(next)
		all = append(all, a)
		return err
	}, `SELECT incident_id, since, tries, next_at, error FROM aside ORDER BY next_at, incident_id`)
	if err != nil {
		return nil, fmt.Errorf("incidents that are put aside: %w", err)
	}
	return all, nil
}

// PutAside excludes an incident from DueIncidents until a.NextAt.
func (t *tx) PutAside(ctx context.Context, a tracker.Aside) error {
	const stmt = `INSERT INTO aside (incident_id, since, tries, next_at, error) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (incident_id) DO UPDATE SET tries = excluded.tries, next_at = excluded.next_at, error = excluded.error`
	_, err := t.exec(ctx, stmt, a.Incident, a.Since.UnixMilli(), a.Tries, a.NextAt.UnixMilli(), foreign(a.Error))
	if err != nil {
		return fmt.Errorf("put %s aside: %w", a.Incident, err)
	}
	t.committed.changed(a.Incident)
	return nil
}

// correctLater puts the incidents aside that a message can't show: they are tried again, and
// the message is corrected once they can be read.
func (t *tx) correctLater(ctx context.Context, d *outbox.Delivery, now time.Time) error {
	unread := map[sla.IncidentID]error{}
	if d.Unreadable != "" && d.Alert.Incident != 0 {
		unread[d.Alert.Incident] = errors.New(d.Unreadable)
	}
	if d.Digest != nil {
		for i := range d.Digest.Lines {
			if l := &d.Digest.Lines[i]; l.Unreadable {
				unread[l.Incident] = fmt.Errorf("a clock of %s %w", l.Incident, tracker.ErrUnreadable)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(unread)) {
		var known bool
		if err := t.one(ctx, []any{&known}, nil, `SELECT EXISTS (SELECT 1 FROM aside WHERE incident_id = $1)`, id); err != nil {
			return err
		}
		if known {
			continue
		}
		if err := t.PutAside(ctx, tracker.NewAside(id, unread[id], now)); err != nil {
			return err
		}
	}
	return nil
}

// TakeBack includes an incident in DueIncidents again.
func (t *tx) TakeBack(ctx context.Context, id sla.IncidentID) error {
	if _, err := t.exec(ctx, `DELETE FROM aside WHERE incident_id = $1`, id); err != nil {
		return fmt.Errorf("take %s back: %w", id, err)
	}
	t.committed.changed(id)
	return nil
}

// Asides returns the incidents that are put aside, in the order of their next try.
func (db *DB) Asides(ctx context.Context) (all []tracker.Aside, err error) {
	err = db.view(ctx, func(r *reader) error {
		all, err = r.Asides(ctx)
		return err
	})
	return all, err
}
