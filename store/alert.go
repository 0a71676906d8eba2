package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
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

// HasAlert is that of reader, which the first alert of a new clock does not need.
func (t *tx) HasAlert(ctx context.Context, key string) (bool, error) {
	if id, ok := policy.AlertedClock(key); ok && t.learnt.clocks[id] {
		return false, nil
	}
	return t.reader.HasAlert(ctx, key)
}

// NotAlerted returns the destinations in to without an alert about the clock's
// announced deadline whose planned instant is since or later. A post at a
// fallback counts for the fallback; a retired post does not count.
func (r *reader) NotAlerted(ctx context.Context, clock *sla.Clock, since time.Time, to []string) ([]string, error) {
	var alerted []string
	err := r.query(ctx, func(rows *sql.Rows) error {
		var key, name string
		if err := rows.Scan(&key, &name); err != nil {
			return err
		}
		if at, ok := clock.AlertInstant(key); ok && !at.Before(since) {
			alerted = append(alerted, name)
		}
		return nil
	}, alertsOfClockSQL, clock.ID)
	if err != nil {
		return nil, fmt.Errorf("destinations alerted about clock %d: %w", clock.ID, err)
	}
	return slices.DeleteFunc(slices.Clone(to), func(name string) bool { return slices.Contains(alerted, name) }), nil
}

const alertsOfClockSQL = `SELECT DISTINCT a.key, d.destination FROM alerts a JOIN deliveries d ON d.alert_id = a.id
	WHERE a.clock_id = $1 AND a.premature = 0 AND d.kind = 'post' AND d.state <> 'retired'
	AND (d.instead_of IS NULL OR d.state <> 'superseded')`

// NotAnnounced returns the destinations in to without a post about the incident that
// arrived or still may.
func (r *reader) NotAnnounced(ctx context.Context, id sla.IncidentID, to []string) ([]string, error) {
	var announced []string
	err := r.query(ctx, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		announced = append(announced, name)
		return err
	}, `SELECT DISTINCT destination FROM deliveries
		WHERE incident_id = $1 AND kind = 'post' AND (state NOT IN ('retired', 'superseded') OR possible_repeat = 1)`, id)
	if err != nil {
		return nil, fmt.Errorf("destinations alerted about %s: %w", id, err)
	}
	return slices.DeleteFunc(slices.Clone(to), func(name string) bool { return slices.Contains(announced, name) }), nil
}

// Raise stores an alert and one pending delivery for each of its destinations.
// It reports false, and stores nothing, when the key exists.
func (t *tx) Raise(ctx context.Context, a *outbox.Alert) (bool, error) {
	destinations, err := listText(a.To)
	if err != nil {
		return false, fmt.Errorf("destinations of alert %s: %w", a.Key, err)
	}
	const stmt = `INSERT INTO alerts (key, reason, incident_id, clock_id, due_at, due_offset, at, destinations, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING id`
	var id outbox.AlertID
	err = t.one(ctx, []any{&id}, nil, stmt, a.Key, a.Reason, present(a.Incident), present(a.Clock),
		millis(a.DueAt), offset(a.DueAt), a.At.UnixMilli(), destinations, nullText(a.Body))
	if err != nil {
		return false, fmt.Errorf("raise alert %s: %w", a.Key, err)
	}
	if id == 0 {
		return false, nil
	}
	a.ID = id
	t.learnt.raised(a)
	if err := t.keepFiles(ctx, id, a.Files); err != nil {
		return false, fmt.Errorf("raise alert %s: %w", a.Key, err)
	}
	if len(a.To) > 0 {
		t.committed.Alerts = append(t.committed.Alerts, a.Reason)
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

func (t *tx) queuePost(ctx context.Context, a *outbox.Alert, destination string) error {
	const stmt = `INSERT INTO deliveries (key, alert_id, incident_id, destination, kind, state, queued_at, next_at, past)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	next := a.At
	if a.NotBefore.After(next) {
		next = a.NotBefore
	}
	past := 0
	if a.Reason == outbox.ReasonPast {
		past = 1
	}
	_, err := t.exec(ctx, stmt, a.Key+"@"+destination, a.ID, present(a.Incident), destination,
		outbox.Post, outbox.DeliveryPending, a.At.UnixMilli(), next.UnixMilli(), past)
	t.committed.queued(destination)
	return err
}

// queue runs a statement that inserts deliveries, and returns how many it
// inserted.
func (t *tx) queue(ctx context.Context, stmt string, args ...any) (n int64, err error) {
	err = t.query(ctx, func(rows *sql.Rows) error {
		var destination string
		err := rows.Scan(&destination)
		t.committed.queued(destination)
		n++
		return err
	}, stmt+" RETURNING destination", args...)
	return n, err
}

// present is the stored form of a reference: NULL for id 0.
func present[ID ~int64](id ID) nullInt { return nullInt{V: int64(id), Valid: id != 0} }

func nullText(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}

// Supersede supersedes the clock's posts at these destinations (nil: at all) that
// did not arrive, also those in a digest. An unconfirmed post is marked as moot:
// it no longer delays others, and is superseded if it cannot be confirmed.
// Updates stay, because they correct posts that arrived.
func (t *tx) Supersede(ctx context.Context, clock sla.ClockID, to []string) error {
	if to != nil && len(to) == 0 || t.learnt.clocks[clock] {
		return nil
	}
	_, err := t.exec(ctx, supersedeSQL(len(to)), append([]any{clock}, anys(to)...)...)
	if err == nil {
		_, err = t.exec(ctx, supersedeFailedOverSQL, clock)
	}
	if err != nil {
		return fmt.Errorf("supersede alerts of clock %d: %w", clock, err)
	}
	return nil
}

// supersedePostSQL is the beginning of a statement that supersedes posts. It is
// safe for pending posts, alone or in a digest: one that may have arrived is
// marked as a possible repeat (see putBack).
const supersedePostSQL = `UPDATE deliveries SET moot = 1, state = CASE
	WHEN state = 'pending' OR ` + leavesDigestSQL + ` THEN 'superseded' ELSE state END
	WHERE id IN (`

// leavesDigestSQL is true for a post in a digest of which no part may have arrived yet. In
// any other digest it remains a line, with its present state: a page that has lost all its
// lines is not sent, and so could not correct what the destination shows already.
const leavesDigestSQL = `state = 'merged' AND NOT EXISTS (
	SELECT 1 FROM deliveries t JOIN deliveries h ON h.id IN (t.id, t.thread_root_id)
	WHERE t.id = deliveries.digest_page_id AND (h.state <> 'pending' OR h.possible_repeat = 1))`

// unsettledPostSQL is true for a post d that did not arrive or is unconfirmed.
const unsettledPostSQL = `d.kind = 'post' AND (d.state IN ('pending', 'sending', 'unknown')
	OR d.state = 'merged' AND EXISTS (
		SELECT 1 FROM deliveries t WHERE t.id = d.digest_page_id AND t.state IN ('pending', 'sending', 'unknown')))`

// supersedeFailedOverSQL supersedes a clock's fallback posts that did not arrive,
// where the post that they stand in for is superseded too.
const supersedeFailedOverSQL = supersedePostSQL + `
	SELECT d.id FROM alerts a CROSS JOIN deliveries d CROSS JOIN deliveries o
	WHERE a.clock_id = $1 AND d.alert_id = a.id AND o.id = d.instead_of AND o.moot = 1
	AND ` + unsettledPostSQL + `)`

// supersedeSQL is for n destinations, 0 for all. CROSS JOIN makes SQLite start
// with the alerts: a clock has few of them, while a destination may have
// thousands of pending posts.
func supersedeSQL(n int) string {
	at := ""
	if n > 0 {
		at = " AND d.destination IN (" + placeholders(2, n) + ")"
	}
	return supersedePostSQL + `
		SELECT d.id FROM alerts a CROSS JOIN deliveries d
		WHERE a.clock_id = $1 AND d.alert_id = a.id` + at + `
		AND ` + unsettledPostSQL + `)`
}

// Revive makes the alert's posts at these destinations pending again where Supersede
// ended them before they arrived; one whose outcome is still unclear matters again.
func (t *tx) Revive(ctx context.Context, key string, to []string, at time.Time) error {
	if len(to) == 0 {
		return nil
	}
	stmt := `UPDATE deliveries SET moot = 0,
		digest_page_id = CASE WHEN state = 'superseded' THEN NULL ELSE digest_page_id END,
		next_at = CASE WHEN state = 'superseded' THEN $1 ELSE next_at END,
		state = CASE WHEN state = 'superseded' THEN 'pending' ELSE state END
		WHERE alert_id = (SELECT id FROM alerts WHERE key = $2) AND kind = 'post' AND instead_of IS NULL AND moot = 1
		AND NOT (state = 'superseded' AND possible_repeat = 1) AND destination IN (` + placeholders(3, len(to)) + `)`
	if _, err := t.exec(ctx, stmt, append([]any{at.UnixMilli(), key}, anys(to)...)...); err != nil {
		return fmt.Errorf("revive alert %s: %w", key, err)
	}
	return nil
}

// SupersedeLogged supersedes, like Supersede, the posts that announce that the
// incident was logged.
func (t *tx) SupersedeLogged(ctx context.Context, id sla.IncidentID, to []string) error {
	if to != nil && len(to) == 0 || t.learnt.silent[id] {
		return nil
	}
	if _, err := t.exec(ctx, supersedeLoggedSQL(len(to)), append([]any{id}, anys(to)...)...); err != nil {
		return fmt.Errorf("supersede the logged alert of %s: %w", id, err)
	}
	return nil
}

// supersedeLoggedSQL is for n destinations, 0 for all.
func supersedeLoggedSQL(n int) string {
	at := ""
	if n > 0 {
		at = " AND d.destination IN (" + placeholders(2, n) + ")"
	}
	return supersedePostSQL + `
		SELECT d.id FROM deliveries d
		WHERE d.incident_id = $1` + at + ` AND ` + unsettledPostSQL + `
		AND (SELECT reason FROM alerts WHERE id = d.alert_id) = 'logged')`
}

// queueUpdatesOf is a statement that queues updates of the posts p that a condition
// selects, whose parameters begin with $3.
func queueUpdatesOf(which string) string {
	return strings.ReplaceAll(queueUpdatesSQL, "{which}", which)
}

const (
	postsOfIncident = "p.incident_id = $3"
	postsOfItem     = "p.alert_id IN (SELECT id FROM alerts WHERE key >= $3 AND key < $4 AND reason = 'candidate')"
)

// QueueUpdates adds a pending Update for every post of the incident that was
// sent or is being sent, unless one is pending already. For a merged post it
// updates the digest's page and summary if they can be edited.
func (t *tx) QueueUpdates(ctx context.Context, id sla.IncidentID, at time.Time) error {
	ms := at.UnixMilli()
	_, err := t.exec(ctx, `UPDATE incidents SET changes = changes + 1 WHERE id = $1`, id)
	if err == nil && t.learnt.silent[id] {
		return nil
	}
	if err == nil {
		_, err = t.queue(ctx, queueUpdatesOf(postsOfIncident), ms, ms, id)
	}
	if err == nil {
		_, err = t.queue(ctx, queuePageUpdatesSQL, ms, ms, id, id)
	}
	if err != nil {
		return fmt.Errorf("queue updates of %s: %w", id, err)
	}
	return nil
}
