package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// InsertNotice stores a notice and sets its ID.
func (t *tx) InsertNotice(ctx context.Context, n *sla.Notice) error {
	const stmt = `INSERT INTO notices (incident_id, received_at, received_offset, sent_at, sent_offset,
		channel, stage, reference, text, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`
	err := t.one(ctx, []any{&n.ID}, nil, stmt,
		n.Incident, millis(n.ReceivedAt), offset(n.ReceivedAt), millis(n.SentAt), offset(n.SentAt),
		n.Channel, n.Stage, n.Reference, n.Text, millis(n.RecordedAt), n.RecordedBy)
	if err != nil {
		return fmt.Errorf("store notice of %s: %w", n.Incident, err)
	}
	return t.insertFiles(ctx, n)
}

// addNotices reads the notices of incidents, by ReceivedAt.
func (r *reader) addNotices(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	stmt := `SELECT id, incident_id, received_at, received_offset, sent_at, sent_offset,
		channel, stage, reference, text, recorded_at, recorded_by
		FROM notices WHERE incident_id` + in + ` ORDER BY received_at, id`
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			n                                            sla.Notice
			received, receivedEast, sent, sentEast, kept nullInt
		)
		err := rows.Scan(&n.ID, &n.Incident, &received, &receivedEast, &sent, &sentEast,
			&n.Channel, &n.Stage, &n.Reference, &n.Text, &kept, &n.RecordedBy)
		if err != nil {
			return err
		}
		n.ReceivedAt, n.SentAt, n.RecordedAt = entered(received, receivedEast), entered(sent, sentEast), utc(kept)
		inc := byID[n.Incident]
		inc.Notices = append(inc.Notices, n)
		return nil
	}, stmt, args...)
	if err != nil {
		return err
	}
	return r.addFiles(ctx, byID, in, args)
}

// AppendEvent seals the event to the incident's last one and stores it.
func (t *tx) AppendEvent(ctx context.Context, e *sla.Event) error {
	var (
		seq  int64
		hash string
	)
	err := t.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&seq, &hash) },
		`SELECT seq, hash FROM events WHERE incident_id = $1 ORDER BY seq DESC LIMIT 1`, e.Incident)
	if err != nil {
		return fmt.Errorf("last event of %s: %w", e.Incident, err)
	}
	e.Seal(seq, hash)
	const stmt = `INSERT INTO events (incident_id, seq, at, actor, origin, kind, body, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	_, err = t.exec(ctx, stmt, e.Incident, e.Seq, e.At.UnixMilli(), e.Actor, e.Origin, e.Kind, string(e.Body), e.Prev, e.Hash)
	if err != nil {
		return fmt.Errorf("store event %d of %s: %w", e.Seq, e.Incident, err)
	}
	return nil
}

const eventColumns = `incident_id, seq, at, actor, origin, kind, body, prev, hash`

func scanEvent(rows *sql.Rows) (sla.Event, error) {
	var (
		e    sla.Event
		at   int64
		body string
	)
	err := rows.Scan(&e.Incident, &e.Seq, &at, &e.Actor, &e.Origin, &e.Kind, &body, &e.Prev, &e.Hash)
	e.At = time.UnixMilli(at).UTC()
	if body != "" {
		e.Body = json.RawMessage(body)
	}
	return e, err
}

// Events returns the history of an incident, oldest first.
func (r *reader) Events(ctx context.Context, id sla.IncidentID) ([]sla.Event, error) {
	var events []sla.Event
	err := r.query(ctx, func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		events = append(events, e)
		return err
	}, `SELECT `+eventColumns+` FROM events WHERE incident_id = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", id, err)
	}
	return events, nil
}

// KeepTerms stores a version of a promise, or of a calendar, by its hash,
// once. It looks first: a calendar is too long to be handed to the database
// with every incident only to be dropped there.
func (t *tx) KeepTerms(ctx context.Context, terms sla.Terms) error {
	var kept bool
	err := t.one(ctx, []any{&kept}, nil, `SELECT EXISTS (SELECT 1 FROM terms WHERE hash = $1)`, terms.Hash)
	if err == nil && !kept {
		const stmt = `INSERT INTO terms (hash, body) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`
		_, err = t.exec(ctx, stmt, terms.Hash, string(terms.Body))
	}
	if err != nil {
		return fmt.Errorf("keep terms %s: %w", terms.Hash, err)
	}
	return nil
}

// Remember binds an idempotency key to the incident that it logged. A key
// that is bound already is an ErrConflict.
func (t *tx) Remember(ctx context.Context, key, requestHash string, id sla.IncidentID, at time.Time) error {
	const stmt = `INSERT INTO idempotency (key, request_hash, incident_id, at) VALUES ($1, $2, $3, $4)`
	if _, err := t.exec(ctx, stmt, key, requestHash, id, at.UnixMilli()); err != nil {
		return fmt.Errorf("idempotency key %q: %w", key, err)
	}
	return nil
}

// Replayed returns the incident that was logged under an idempotency key, with
// the hash of the request that logged it; ErrNotFound when the key is new.
func (r *reader) Replayed(ctx context.Context, key string) (id sla.IncidentID, requestHash string, err error) {
	absent := fmt.Errorf("idempotency key %q: %w", key, tracker.ErrNotFound)
	err = r.one(ctx, []any{&id, &requestHash}, absent,
		`SELECT incident_id, request_hash FROM idempotency WHERE key = $1`, key)
	return id, requestHash, err
}

// CreatedAt is when this database was made.
func (r *reader) CreatedAt(ctx context.Context) (time.Time, error) {
	at, _, err := r.earliest(ctx, `SELECT created_at FROM meta WHERE only = 1`)
	return at, err
}
