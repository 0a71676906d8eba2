package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
)

//go:embed query/queue_updates.sql
var queueUpdatesSQL string

//go:embed query/queue_page_updates.sql
var queuePageUpdatesSQL string

// HasAlert reports whether an alert with this key was ever raised.
func (r *reader) HasAlert(ctx context.Context, key string) (bool, error) {
	var has bool
	err := r.one(ctx, []any{&has}, nil, `SELECT EXISTS (SELECT 1 FROM alerts WHERE key = $1)`, key)
	return has, err
}

// Untold returns those of the destinations to which no alert of the clock's
// deadline went that was planned for since or later.
func (r *reader) Untold(ctx context.Context, clock *sla.Clock, since time.Time, to []string) ([]string, error) {
	var told []string
	err := r.query(ctx, func(rows *sql.Rows) error {
		var list string
		if err := rows.Scan(&list); err != nil {
			return err
		}
		names, err := parseList(list)
		told = append(told, names...)
		return err
	}, `SELECT destinations FROM alerts WHERE clock_id = $1 AND due_at = $2 AND at >= $3`,
		clock.ID, clock.Due.UnixMilli(), since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("who was told of clock %d: %w", clock.ID, err)
	}
	return slices.DeleteFunc(slices.Clone(to), func(name string) bool { return slices.Contains(told, name) }), nil
}

// Raise stores an alert and one pending delivery for each of its destinations.
// It reports false, and stores nothing, when the key exists.
func (t *tx) Raise(ctx context.Context, a *sla.Alert) (bool, error) {
	destinations, err := listText(a.To)
	if err != nil {
		return false, fmt.Errorf("destinations of alert %s: %w", a.Key, err)
	}
	const stmt = `INSERT INTO alerts (key, reason, incident_id, clock_id, due_at, due_offset, at, destinations, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING id`
	var id sla.AlertID
	err = t.one(ctx, []any{&id}, nil, stmt, a.Key, a.Reason, present(a.Incident), present(a.Clock),
		millis(a.DueAt), offset(a.DueAt), a.At.UnixMilli(), destinations, nullText(a.Body))
	if err != nil {
		return false, fmt.Errorf("raise alert %s: %w", a.Key, err)
	}
	if id == 0 {
		return false, nil
	}
	a.ID = id
	if err := t.keepFiles(ctx, id, a.Files); err != nil {
		return false, fmt.Errorf("raise alert %s: %w", a.Key, err)
	}
	for i, to := range a.To {
		if slices.Contains(a.To[:i], to) {
			continue
		}
		if err := t.queuePost(ctx, a, to); err != nil {
			return false, fmt.Errorf("queue alert %s for %s: %w", a.Key, to, err)
		}
	}
	return true, nil
}

func (t *tx) queuePost(ctx context.Context, a *sla.Alert, destination string) error {
	const stmt = `INSERT INTO deliveries (key, alert_id, incident_id, destination, kind, state, queued_at, next_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	_, err := t.exec(ctx, stmt, a.Key+"@"+destination, a.ID, present(a.Incident), destination,
		sla.Post, sla.DeliveryPending, a.At.UnixMilli(), a.At.UnixMilli())
	return err
}

// present gives an id as a reference, NULL for none.
func present[ID ~int64](id ID) nullInt { return nullInt{V: int64(id), Valid: id != 0} }

func nullText(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}

// Supersede marks the clock's pending posts at these destinations (nil: at
// all) as superseded, in a digest too. A post that was ever attempted stays:
// the destination may have it. An update stays too: it puts right what went out before.
func (t *tx) Supersede(ctx context.Context, clock sla.ClockID, to []string) error {
	if to != nil && len(to) == 0 {
		return nil
	}
	_, err := t.exec(ctx, supersedeSQL(len(to)), append([]any{clock}, anys(to)...)...)
	if err == nil {
		_, err = t.exec(ctx, supersedeDivertedSQL, clock)
	}
	if err != nil {
		return fmt.Errorf("supersede alerts of clock %d: %w", clock, err)
	}
	return nil
}

// What a fallback has not begun to tell goes the way of the post whose place
// it takes.
const supersedeDivertedSQL = `UPDATE deliveries SET state = 'superseded' WHERE id IN (
	SELECT d.id FROM alerts a CROSS JOIN deliveries d CROSS JOIN deliveries o
	WHERE a.clock_id = $1 AND d.alert_id = a.id AND d.state = 'pending' AND d.kind = 'post' AND d.attempts = 0
	AND o.id = d.instead_of AND o.state = 'superseded')`

// supersedeSQL is for n destinations, 0 for all. A clock has few alerts and a
// destination may have thousands of posts pending, so the alerts come first:
// CROSS JOIN holds SQLite to that.
func supersedeSQL(n int) string {
	at := ""
	if n > 0 {
		at = " AND d.destination IN (" + placeholders(2, n) + ")"
	}
	return `UPDATE deliveries SET state = 'superseded' WHERE id IN (
		SELECT d.id FROM alerts a CROSS JOIN deliveries d
		WHERE a.clock_id = $1 AND d.alert_id = a.id` + at + `
		AND ` + untoldPostSQL + `)`
}

// untoldPostSQL holds for a post d that no request was made for yet, neither
// for itself nor for the page of a digest that is to tell it.
const untoldPostSQL = `d.kind = 'post' AND d.attempts = 0
	AND (d.state = 'pending' OR d.state = 'merged' AND EXISTS (
		SELECT 1 FROM deliveries t WHERE t.id = d.teller_id AND t.state = 'pending' AND t.attempts = 0))`

// SupersedeLogged does to the incident's own posts, which say that it was
// logged, what Supersede does to a clock's.
func (t *tx) SupersedeLogged(ctx context.Context, id sla.IncidentID, to []string) error {
	if to != nil && len(to) == 0 {
		return nil
	}
	if _, err := t.exec(ctx, supersedeLoggedSQL(len(to)), append([]any{id}, anys(to)...)...); err != nil {
		return fmt.Errorf("supersede that %s was logged: %w", id, err)
	}
	return nil
}

// supersedeLoggedSQL is for n destinations, 0 for all.
func supersedeLoggedSQL(n int) string {
	const all = `UPDATE deliveries AS d SET state = 'superseded'
		WHERE d.incident_id = $1 AND ` + untoldPostSQL + `
		AND (SELECT reason FROM alerts WHERE id = d.alert_id) = 'logged'`
	if n == 0 {
		return all
	}
	return all + " AND d.destination IN (" + placeholders(2, n) + ")"
}

// QueueUpdates adds a pending Update for every post of the incident that was
// sent or is being sent, unless one is pending already. Where a digest told
// it, its page and its summary are updated.
func (t *tx) QueueUpdates(ctx context.Context, id sla.IncidentID, at time.Time) error {
	ms := at.UnixMilli()
	_, err := t.exec(ctx, queueUpdatesSQL, ms, ms, id)
	if err == nil {
		_, err = t.exec(ctx, queuePageUpdatesSQL, ms, ms, id, id)
	}
	if err != nil {
		return fmt.Errorf("queue updates of %s: %w", id, err)
	}
	return nil
}
