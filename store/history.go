package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/record"
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
	t.sealRow(record.Notice, n.ID)
	return t.insertFiles(ctx, noticeFiles, n.ID, n.Incident, n.Files)
}

// WithdrawNotice stores a notice's Withdrawal; ErrConflict when it has one.
func (t *tx) WithdrawNotice(ctx context.Context, n *sla.Notice) error {
	const stmt = `UPDATE notices SET withdrawn_at = $1, withdrawn_by = $2, withdrawn_reason = $3
		WHERE id = $4 AND incident_id = $5 AND withdrawn_at IS NULL`
	changed, err := t.exec(ctx, stmt, millis(n.Withdrawal.At), n.Withdrawal.By, n.Withdrawal.Reason, n.ID, n.Incident)
	if err == nil && changed == 0 {
		err = tracker.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("withdraw notice %d of %s: %w", n.Number, n.Incident, err)
	}
	t.sealRow(record.Notice, n.ID)
	return nil
}

// addNotices reads the notices of incidents, by ReceivedAt.
func (r *reader) addNotices(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	stmt := `SELECT id, incident_id, received_at, received_offset, sent_at, sent_offset,
		channel, stage, reference, text, recorded_at, recorded_by, withdrawn_at, withdrawn_by, withdrawn_reason,
		ROW_NUMBER() OVER (PARTITION BY incident_id ORDER BY id)
		FROM notices WHERE incident_id` + in + ` ORDER BY received_at, id`
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			n                                            sla.Notice
			received, receivedEast, sent, sentEast, kept nullInt
			withdrawn                                    nullInt
		)
		err := rows.Scan(&n.ID, &n.Incident, &received, &receivedEast, &sent, &sentEast,
			&n.Channel, &n.Stage, &n.Reference, &n.Text, &kept, &n.RecordedBy,
			&withdrawn, &n.Withdrawal.By, &n.Withdrawal.Reason, &n.Number)
		if err != nil {
			return err
		}
		n.ReceivedAt, n.SentAt, n.RecordedAt = entered(received, receivedEast), entered(sent, sentEast), utc(kept)
		n.Withdrawal.At = utc(withdrawn)
		inc := byID[n.Incident]
		inc.Notices = append(inc.Notices, n)
		return nil
	}, stmt, args...)
	if err != nil {
		return err
	}
	return r.addFiles(ctx, noticeFiles, in, args, func(id sla.IncidentID, notice int64, f sla.Evidence) {
		notices := byID[id].Notices
		for i := range notices {
			if notices[i].ID == notice {
				notices[i].Files = append(notices[i].Files, f)
			}
		}
	})
}

// AppendEvent chains the event to the incident's last one and stores it.
func (t *tx) AppendEvent(ctx context.Context, e *sla.Event) error {
	last, ok := t.learnt.tails[e.Incident]
	if !ok {
		err := t.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&last.seq, (*eventHash)(&last.hash)) },
			`SELECT seq, hash FROM events WHERE incident_id = $1 ORDER BY seq DESC LIMIT 1`, e.Incident)
		if err != nil {
			return fmt.Errorf("last event of %s: %w", e.Incident, err)
		}
	}
	e.Seal(last.seq, last.hash)
	t.committed.changed(e.Incident)
	if err := t.sealEvent(e); err != nil {
		return fmt.Errorf("seal event %d of %s: %w", e.Seq, e.Incident, err)
	}
	t.events = append(t.events, e)
	t.learnt.tails[e.Incident] = tail{e.Seq, e.Hash}
	return nil
}

// storeEvents stores the events that were appended since.
func (t *tx) storeEvents(ctx context.Context) error {
	rows := make([][]any, len(t.events))
	for i, e := range t.events {
		rows[i] = []any{e.Incident, e.Seq, e.At.UnixMilli(), e.Actor, e.Origin, e.Kind, string(e.Body), eventHash(e.BodyHash), eventHash(e.Prev), eventHash(e.Hash)}
	}
	t.events = nil
	if err := t.insertRows(ctx, "INSERT INTO events ("+eventColumns+")", rows); err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	return nil
}

// Events returns the history of an incident, oldest first.
func (t *tx) Events(ctx context.Context, id sla.IncidentID) ([]sla.Event, error) {
	if err := t.storeEvents(ctx); err != nil {
		return nil, err
	}
	return t.reader.Events(ctx, id)
}

// eventHash stores the hexadecimal SHA-256 of an event as its 32 bytes. A damaged one
// is stored, and read, as the text that it is, so that Verify can name it.
type eventHash string

// Value is the stored form.
func (h eventHash) Value() (driver.Value, error) {
	if sum, err := hex.DecodeString(string(h)); err == nil && len(sum) == sha256.Size {
		return sum, nil
	}
	return append([]byte{}, h...), nil // not nil, which is NULL
}

// Scan reads the stored form.
func (h *eventHash) Scan(stored any) error {
	sum, ok := stored.([]byte)
	if !ok && stored != nil {
		return fmt.Errorf("the hash of an event is a %T", stored)
	}
	if *h = eventHash(sum); len(sum) == sha256.Size {
		*h = eventHash(hex.EncodeToString(sum))
	}
	return nil
}

const eventColumns = `incident_id, seq, at, actor, origin, kind, body, body_sha256, prev, hash`

func scanEvent(rows *sql.Rows) (sla.Event, error) {
	var (
		e    sla.Event
		at   int64
		body string
	)
	err := rows.Scan(&e.Incident, &e.Seq, &at, &e.Actor, &e.Origin, &e.Kind, &body, (*eventHash)(&e.BodyHash), (*eventHash)(&e.Prev), (*eventHash)(&e.Hash))
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

// KeepTerms stores a version of a promise, or of a calendar, by its hash, once. It
// reads first, because a calendar is too long to be passed to the database with
// every incident only to be discarded.
func (t *tx) KeepTerms(ctx context.Context, terms sla.Terms) error {
	if t.learnt.terms[terms.Hash] || t.db.known.hasTerms(terms.Hash) {
		return nil
	}
	var kept bool
	err := t.one(ctx, []any{&kept}, nil, `SELECT EXISTS (SELECT 1 FROM terms WHERE hash = $1)`, terms.Hash)
	if err == nil && !kept {
		const stmt = `INSERT INTO terms (hash, body) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`
		_, err = t.exec(ctx, stmt, terms.Hash, string(terms.Body))
	}
	if err != nil {
		return fmt.Errorf("keep terms %s: %w", terms.Hash, err)
	}
	t.learnt.terms[terms.Hash] = true
	return nil
}

// BindKey binds a new idempotency key to its request; ErrConflict when it is bound
// already.
func (t *tx) BindKey(ctx context.Context, u tracker.KeyUse) error {
	const stmt = `INSERT INTO idempotency (key, use_case, actor, incident_id, content, at) VALUES ($1, $2, $3, $4, $5, $6)`
	if _, err := t.exec(ctx, stmt, u.Key, u.UseCase, u.Actor, u.Incident, u.Content, u.At.UnixMilli()); err != nil {
		return fmt.Errorf("idempotency key %q: %w", u.Key, err)
	}
	return nil
}

// KeyUse returns the request that an idempotency key is bound to; ErrNotFound when
// the key is new.
func (r *reader) KeyUse(ctx context.Context, key string) (tracker.KeyUse, error) {
	u := tracker.KeyUse{Key: key}
	var at int64
	absent := fmt.Errorf("idempotency key %q: %w", key, tracker.ErrNotFound)
	err := r.one(ctx, []any{&u.UseCase, &u.Actor, &u.Incident, &u.Content, &at}, absent,
		`SELECT use_case, actor, incident_id, content, at FROM idempotency WHERE key = $1`, key)
	u.At = time.UnixMilli(at).UTC()
	return u, err
}

// CreatedAt is the instant at which this database was created.
func (r *reader) CreatedAt(ctx context.Context) (time.Time, error) {
	at, _, err := r.earliest(ctx, `SELECT created_at FROM meta WHERE "only" = 1`)
	return at, err
}
