package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// retireBatch is the number of messages that one transaction starts from; it also
// retires the other messages of their incidents.
const retireBatch = 500

// Retirement is a transaction that retires messages of a destination that left the
// configuration.
type Retirement struct {
	tracker.Tx
	Destination string
	Messages    []Retired

	tx *tx
}

// Retired is a message that will not be sent, because its destination left.
type Retired struct {
	ID       outbox.DeliveryID
	Kind     outbox.DeliveryKind
	Incident sla.IncidentID // zero: about no incident, or about many
	Alert    outbox.AlertID
	Key      string // the alert's
	Reason   outbox.Reason
}

// Retire retires the pending, sending and unconfirmed messages of a destination that
// left the configuration, batch by batch, and schedules a step at now of the open
// clocks that they were about. replan runs in the transaction of each batch and may
// write more. If d.Updates names a destination, updates of posts are moved there
// instead. Retire returns the number of retired messages. If it is interrupted, it
// can be called again.
func (db *DB) Retire(ctx context.Context, d *Departed, now time.Time, replan func(context.Context, *Retirement) error) (retired int, err error) {
	for more := true; more && err == nil; {
		err = db.update(ctx, func(t *tx) error {
			if err := t.handOver(ctx, d); err != nil {
				return err
			}
			r := &Retirement{Tx: t, Destination: d.Name, tx: t}
			if err := t.toRetire(ctx, r); err != nil || len(r.Messages) == 0 {
				more = false
				return err
			}
			retired += len(r.Messages)
			if err := t.retire(ctx, r, now); err != nil {
				return err
			}
			return replan(ctx, r)
		})
	}
	if err != nil {
		return retired, fmt.Errorf("retire the messages of %s: %w", d.Name, err)
	}
	return retired, nil
}

// handOver moves updates to the destination that may change the messages.
func (t *tx) handOver(ctx context.Context, d *Departed) error {
	if d.Updates == "" {
		return nil
	}
	const stmt = `UPDATE deliveries SET destination = $1
		WHERE destination = $2 AND kind = 'update' AND state = 'pending'
		AND EXISTS (SELECT 1 FROM deliveries p LEFT JOIN deliveries t ON t.id = p.digest_page_id
			WHERE p.id = deliveries.post_id AND COALESCE(t.ts, p.ts) <> '')`
	_, err := t.exec(ctx, stmt, d.Updates, d.Name)
	return err
}

// toRetire selects a batch: up to retireBatch unsent messages, the other unsent
// messages of the same incidents, so that each incident gets one event, and the
// messages merged into the digests among them.
func (t *tx) toRetire(ctx context.Context, r *Retirement) error {
	var ids, incidents []int64
	const some = `SELECT id, COALESCE(incident_id, 0) FROM deliveries
		WHERE state IN ('pending', 'sending', 'unknown') AND destination = $1 ORDER BY queued_at LIMIT $2`
	err := t.query(ctx, func(rows *sql.Rows) error {
		var id, incident int64
		err := rows.Scan(&id, &incident)
		ids, incidents = append(ids, id), append(incidents, incident)
		return err
	}, some, r.Destination, retireBatch)
	if err != nil || len(ids) == 0 {
		return err
	}
	const columns = `SELECT d.id, d.kind, d.incident_id, a.id, a.key, a.reason FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE `
	n := len(ids)
	const unsent = `d.destination = $1 AND d.state IN ('pending', 'sending', 'unknown') AND `
	err = t.retirable(ctx, r, columns+unsent+`(d.id IN (`+placeholders(2, n)+`) OR d.incident_id IN (`+placeholders(2+n, n)+`)) ORDER BY d.id`,
		append([]any{r.Destination}, anys(append(ids, incidents...))...)...)
	if err != nil {
		return err
	}
	for tellers := range slices.Chunk(idsOf(r.Messages), retireBatch) {
		merged := columns + `d.state = 'merged' AND d.digest_page_id IN (` + placeholders(1, len(tellers)) + `) ORDER BY d.id`
		if err := t.retirable(ctx, r, merged, anys(tellers)...); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) retirable(ctx context.Context, r *Retirement, stmt string, args ...any) error {
	return t.query(ctx, func(rows *sql.Rows) error {
		var m Retired
		var incident nullInt
		err := rows.Scan(&m.ID, &m.Kind, &incident, &m.Alert, &m.Key, &m.Reason)
		m.Incident = sla.IncidentID(incident.V)
		r.Messages = append(r.Messages, m)
		return err
	}, stmt, args...)
}

func idsOf(messages []Retired) []outbox.DeliveryID {
	ids := make([]outbox.DeliveryID, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

// retire updates the messages and schedules a step of the clocks that they were
// about.
func (t *tx) retire(ctx context.Context, r *Retirement, now time.Time) error {
	for ids := range slices.Chunk(idsOf(r.Messages), retireBatch) {
		in := "(" + placeholders(1, len(ids)) + ")"
		if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'retired' WHERE id IN `+in, anys(ids)...); err != nil {
			return err
		}
		in = "(" + placeholders(2, len(ids)) + ")"
		again := `UPDATE clocks SET next_step_at = $1
			WHERE due_at IS NOT NULL AND state IN ('running', 'at_risk', 'overdue')
			AND id IN (SELECT a.clock_id FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.kind = 'post' AND d.id IN ` + in + `)`
		if _, err := t.exec(ctx, again, append([]any{now.UnixMilli()}, anys(ids)...)...); err != nil {
			return err
		}
	}
	const count = `UPDATE destinations SET retired = retired + $1 WHERE name = $2`
	_, err := t.exec(ctx, count, len(r.Messages), r.Destination)
	return err
}

// Again raises a retired alert for another destination at the given instant, unless
// that destination has a post of the same incident or, for an alert without an
// incident, of the same original key. Its key holds the destination's name, so that
// it is raised once. Again reports whether it was raised.
func (r *Retirement) Again(ctx context.Context, m *Retired, to string, at time.Time) (bool, error) {
	has, err := r.tx.hasPostLike(ctx, m, to)
	if err != nil || has {
		return false, err
	}
	a, err := r.tx.alert(ctx, m.Alert)
	if err != nil {
		return false, err
	}
	a.Key, a.To, a.At = a.Key+"/to/"+to, []string{to}, at
	return r.tx.Raise(ctx, a)
}

// alert reads an alert with its files, to raise it for other destinations.
func (r *reader) alert(ctx context.Context, id outbox.AlertID) (*outbox.Alert, error) {
	var (
		a                            outbox.Alert
		incident, clock, due, offset nullInt
		body                         sql.Null[string]
	)
	const stmt = `SELECT key, reason, incident_id, clock_id, due_at, due_offset, body FROM alerts WHERE id = $1`
	err := r.one(ctx, []any{&a.Key, &a.Reason, &incident, &clock, &due, &offset, &body}, tracker.ErrNotFound, stmt, id)
	if err != nil {
		return nil, fmt.Errorf("alert %d: %w", id, err)
	}
	a.Incident, a.Clock, a.DueAt = sla.IncidentID(incident.V), sla.ClockID(clock.V), entered(due, offset)
	if body.Valid {
		a.Body = json.RawMessage(body.V)
	}
	a.Files, err = r.files(ctx, &outbox.Delivery{Key: a.Key, Alert: outbox.Alert{ID: id}}, 0)
	return &a, err
}

// hasPostLike reports whether a destination has, or will get, a post that covers a
// retired alert.
func (r *reader) hasPostLike(ctx context.Context, m *Retired, at string) (has bool, err error) {
	const post = `SELECT EXISTS (SELECT 1 FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.destination = $1 AND d.kind = 'post' AND d.state NOT IN ('retired', 'superseded') AND `
	if m.Incident != 0 {
		err = r.one(ctx, []any{&has}, nil, post+`d.incident_id = $2)`, at, m.Incident)
		return has, err
	}
	name := originalKey(m.Key)
	err = r.one(ctx, []any{&has}, nil, post+`(a.key = $2 OR a.key LIKE $3))`, at, name, name+"/%")
	return has, err
}

// originalKey is the key of a report's first alert. Alerts that were held back or
// raised again have keys that begin with it.
func originalKey(key string) string {
	parts := strings.SplitN(key, "/", 3)
	return strings.Join(parts[:min(len(parts), 2)], "/")
}

// Waits reports whether one of the destinations has a pending message.
func (db *DB) Waits(ctx context.Context, names []string) (waits bool, err error) {
	if len(names) == 0 {
		return false, nil
	}
	err = db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&waits}, nil,
			`SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending' AND destination IN (`+placeholders(1, len(names))+`))`, anys(names)...)
	})
	if err != nil {
		return false, fmt.Errorf("look for messages of destinations that left: %w", err)
	}
	return waits, nil
}
