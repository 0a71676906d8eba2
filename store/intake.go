package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// UpdateInbox is Update for what changes incidents and items in one transaction.
func (db *DB) UpdateInbox(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error {
	return db.update(ctx, func(t *tx) error { return f(t, t) })
}

// UpdateInboxLeading is UpdateInbox of the leading replica; another one gets an error.
func (db *DB) UpdateInboxLeading(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error {
	return db.updateLeading(ctx, func(t *tx) error { return f(t, t) })
}

// itemContent is what a wording says beside title and text, as it is stored.
type itemContent struct {
	Service    string         `json:"service,omitempty"`
	Kind       inbox.Kind     `json:"kind"`
	Channel    string         `json:"channel,omitempty"`
	Reference  string         `json:"reference,omitempty"`
	Link       string         `json:"link,omitempty"`
	Vendor     string         `json:"vendor,omitempty"`
	Incident   string         `json:"incident,omitempty"` // as it was matched
	ReceivedAt time.Time      `json:"received_at,omitzero"`
	SentAt     time.Time      `json:"sent_at,omitzero"`
	Times      inbox.Times    `json:"times,omitzero"`
	Auto       bool           `json:"auto,omitempty"`
	Reasons    []inbox.Reason `json:"reasons,omitempty"`
}

func contentOf(it *inbox.Item) (string, error) {
	text, err := json.Marshal(itemContent{
		Service: it.Service, Kind: it.Kind, Channel: it.Channel, Reference: it.Reference, Link: it.Link, Vendor: it.Vendor, Incident: it.Incident,
		ReceivedAt: it.ReceivedAt, SentAt: it.SentAt, Times: it.Times, Auto: it.Auto, Reasons: it.Reasons,
	})
	if err != nil {
		return "", fmt.Errorf("item %s of %s: %w", it.SourceID, it.Source, err)
	}
	return string(text), nil
}

// fill reads a stored content into an item. Vendor and Incident of an item are those of its
// row, which a person may have changed since.
func (c *itemContent) fill(it *inbox.Item) {
	it.Service, it.Kind, it.Channel, it.Reference, it.Link = c.Service, c.Kind, c.Channel, c.Reference, c.Link
	it.ReceivedAt, it.SentAt, it.Times, it.Auto, it.Reasons = c.ReceivedAt, c.SentAt, c.Times, c.Auto, c.Reasons
}

// itemSQL selects items as they were read last.
const itemSQL = `SELECT i.id, i.source, i.source_id, i.revision, i.state, i.vendor, i.incident_id, i.notice, i.version, i.taken_at,
	r.at, r.title, r.text, r.content, COALESCE(r.sha256, '') FROM intake_items i JOIN intake_revisions r ON r.item_id = i.id AND r.number = i.revision`

func scanItem(rows *sql.Rows) (it inbox.Item, err error) {
	var taken, changed, incident nullInt
	var content string
	err = rows.Scan(&it.ID, &it.Source, &it.SourceID, &it.Revision, &it.State, &it.Vendor, &incident, &it.Notice, &it.Version, &taken,
		&changed, &it.Title, &it.Text, &content, &it.Evidence)
	if err != nil {
		return it, err
	}
	it.TakenAt, it.ChangedAt = utc(taken), utc(changed)
	if incident.Valid {
		it.Incident = sla.IncidentID(incident.V).String()
	}
	var c itemContent
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		return it, fmt.Errorf("item %d: %w", it.ID, err)
	}
	c.fill(&it)
	return it, nil
}

func (r *reader) items(ctx context.Context, which string, args ...any) (found []inbox.Item, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		it, err := scanItem(rows)
		found = append(found, it)
		return err
	}, itemSQL+which, args...)
	if err != nil {
		return nil, fmt.Errorf("items of the inbox: %w", err)
	}
	return found, nil
}

// Item returns an item, or ErrNotFound.
func (r *reader) Item(ctx context.Context, id int64) (*inbox.Item, error) {
	found, err := r.items(ctx, ` WHERE i.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("item %d: %w", id, tracker.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// ItemsOf returns the items of a source with these ids of the source, by them.
func (r *reader) ItemsOf(ctx context.Context, source string, ids []string) (map[string]*inbox.Item, error) {
	byID := make(map[string]*inbox.Item, len(ids))
	for some := range chunks(ids) {
		found, err := r.items(ctx, ` WHERE i.source = $1 AND i.source_id IN (`+placeholders(2, len(some))+`)`, append([]any{source}, anys(some)...)...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			byID[found[i].SourceID] = &found[i]
		}
	}
	return byID, nil
}

// HasWording reports whether an item had a wording with this fingerprint.
func (r *reader) HasWording(ctx context.Context, id int64, fingerprint string) (has bool, err error) {
	err = r.one(ctx, []any{&has}, nil, `SELECT EXISTS (SELECT 1 FROM intake_revisions WHERE item_id = $1 AND fingerprint = $2)`, id, fingerprint)
	return has, err
}

// DecisionByKey returns the decision that an idempotency key made, or ErrNotFound.
func (r *reader) DecisionByKey(ctx context.Context, key string) (inbox.Decision, error) {
	found, err := r.itemDecisions(ctx, ` WHERE key = $1`, key)
	if err == nil && len(found) == 0 {
		err = tracker.ErrNotFound
	}
	if err != nil {
		return inbox.Decision{}, err
	}
	return found[0], nil
}

// LastDecision returns the newest decision about an item, or
// ErrNotFound.
func (r *reader) LastDecision(ctx context.Context, item int64) (inbox.Decision, error) {
	found, err := r.itemDecisions(ctx, ` WHERE item_id = $1 ORDER BY id DESC LIMIT 1`, item)
	if err == nil && len(found) == 0 {
		err = tracker.ErrNotFound
	}
	if err != nil {
		return inbox.Decision{}, err
	}
	return found[0], nil
}

func (r *reader) itemDecisions(ctx context.Context, which string, args ...any) (found []inbox.Decision, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var d inbox.Decision
		var at, incident nullInt
		err := rows.Scan(&d.ID, &d.Item, &at, &d.By, &d.Origin, &d.Action, &d.State, &incident, &d.Notice, &d.Reason, &d.Key)
		d.At, d.Incident = utc(at), sla.IncidentID(incident.V)
		found = append(found, d)
		return err
	}, `SELECT id, item_id, decided_at, decided_by, origin, action, state, incident_id, notice, reason, COALESCE(key, '') FROM intake_decisions`+which, args...)
	if err != nil {
		return nil, fmt.Errorf("decisions about the inbox: %w", err)
	}
	return found, nil
}

// incidentOf is the stored form of an item's incident.
func incidentOf(it *inbox.Item) (id nullInt, err error) {
	if it.Incident == "" {
		return id, nil
	}
	parsed, err := sla.ParseIncidentID(it.Incident)
	return nullInt{V: int64(parsed), Valid: true}, err
}

// InsertItem stores a new item with its first wording, and sets its ID and Version.
func (t *tx) InsertItem(ctx context.Context, it *inbox.Item, doc inbox.Document) error {
	incident, err := incidentOf(it)
	if err != nil {
		return err
	}
	it.Revision, it.Version = 1, 1
	const stmt = `INSERT INTO intake_items (source, source_id, revision, state, vendor, incident_id, notice, version, taken_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`
	err = t.one(ctx, []any{&it.ID}, nil, stmt, it.Source, it.SourceID, it.Revision, it.State, it.Vendor, incident, it.Notice, it.Version, it.TakenAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("store item %s of %s: %w", it.SourceID, it.Source, err)
	}
	return t.insertWording(ctx, it, doc)
}

// insertWording stores what an item says now. The original is kept once.
func (t *tx) insertWording(ctx context.Context, it *inbox.Item, doc inbox.Document) error {
	content, err := contentOf(it)
	if err != nil {
		return err
	}
	if len(doc.Content) > 0 {
		if err := t.KeepEvidence(ctx, it.Evidence, doc.Content); err != nil {
			return err
		}
	}
	var id int64
	const stmt = `INSERT INTO intake_revisions (item_id, number, at, title, text, content, fingerprint, sha256, name, type)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`
	kept := sql.Null[string]{V: it.Evidence, Valid: len(doc.Content) > 0}
	err = t.one(ctx, []any{&id}, nil, stmt, it.ID, it.Revision, it.ChangedAt.UnixMilli(), it.Title, it.Text, content, it.Fingerprint(), kept, doc.Name, doc.Type)
	if err != nil {
		return fmt.Errorf("store wording %d of item %d: %w", it.Revision, it.ID, err)
	}
	t.committed.Intake = true
	t.sealRow(record.IntakeRevision, id)
	return nil
}

// Revise stores another wording of an item, and raises its Revision and Version; ErrConflict
// if the item was changed meanwhile.
func (t *tx) Revise(ctx context.Context, it *inbox.Item, doc inbox.Document) error {
	it.Revision++
	if err := t.updateItem(ctx, it); err != nil {
		return err
	}
	return t.insertWording(ctx, it, doc)
}

func (t *tx) updateItem(ctx context.Context, it *inbox.Item) error {
	incident, err := incidentOf(it)
	if err != nil {
		return err
	}
	const stmt = `UPDATE intake_items SET revision = $1, state = $2, vendor = $3, incident_id = $4, notice = $5, version = $6 WHERE id = $7 AND version = $8`
	changed, err := t.exec(ctx, stmt, it.Revision, it.State, it.Vendor, incident, it.Notice, it.Version+1, it.ID, it.Version)
	if err == nil && changed == 0 {
		err = tracker.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("item %d, version %d: %w", it.ID, it.Version, err)
	}
	it.Version++
	t.committed.Intake = true
	return nil
}

// Decide stores what was decided about an item, with the state that follows, and queues
// updates of the messages about the item; ErrConflict if the item was changed since it was
// read. It sets the decision's ID.
func (t *tx) Decide(ctx context.Context, it *inbox.Item, d *inbox.Decision) error {
	it.State = d.State
	if err := t.updateItem(ctx, it); err != nil {
		return err
	}
	d.Item = it.ID
	const stmt = `INSERT INTO intake_decisions (item_id, decided_at, decided_by, origin, action, state, incident_id, notice, reason, key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`
	err := t.one(ctx, []any{&d.ID}, nil, stmt, d.Item, d.At.UnixMilli(), d.By, d.Origin, d.Action, d.State,
		present(d.Incident), d.Notice, d.Reason, sql.Null[string]{V: d.Key, Valid: d.Key != ""})
	if err != nil {
		return fmt.Errorf("store a decision about item %d: %w", it.ID, err)
	}
	t.sealRow(record.IntakeDecision, d.ID)
	return t.queueItemUpdates(ctx, it.ID, d.At)
}
