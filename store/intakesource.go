package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/inbox"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// Source returns what is remembered of a source; nothing of one that was never read.
func (r *reader) Source(ctx context.Context, name string) (inbox.Source, error) {
	found, err := r.sources(ctx, ` WHERE name = $1`, name)
	if err != nil || len(found) == 0 {
		return inbox.Source{Name: name}, err
	}
	return found[0], nil
}

func (r *reader) sources(ctx context.Context, which string, args ...any) (found []inbox.Source, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var s inbox.Source
		var state string
		var since, success, failing nullInt
		err := rows.Scan(&s.Name, &state, &since, &success, &failing, &s.Error)
		if state != "" {
			s.State = json.RawMessage(state)
		}
		s.Since, s.LastSuccess, s.FailingSince = utc(since), utc(success), utc(failing)
		found = append(found, s)
		return err
	}, `SELECT name, state, since, last_success, failing_since, error FROM intake_sources`+which, args...)
	if err != nil {
		return nil, fmt.Errorf("sources of the intake: %w", err)
	}
	return found, nil
}

// PutSource stores what is to be remembered of a source.
func (t *tx) PutSource(ctx context.Context, s inbox.Source) error {
	const stmt = `INSERT INTO intake_sources (name, state, since, last_success, failing_since, error) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (name) DO UPDATE SET state = excluded.state, since = excluded.since, last_success = excluded.last_success,
			failing_since = excluded.failing_since, error = excluded.error`
	if _, err := t.exec(ctx, stmt, s.Name, string(s.State), millis(s.Since), millis(s.LastSuccess), millis(s.FailingSince), s.Error); err != nil {
		return fmt.Errorf("source %s: %w", s.Name, err)
	}
	t.committed.Intake = true
	return nil
}

// Parts returns the parts of a source's state, by name.
func (r *reader) Parts(ctx context.Context, source string) (map[string]json.RawMessage, error) {
	parts := map[string]json.RawMessage{}
	err := r.query(ctx, func(rows *sql.Rows) error {
		var name, body string
		err := rows.Scan(&name, &body)
		parts[name] = json.RawMessage(body)
		return err
	}, `SELECT name, body FROM intake_parts WHERE source = $1`, source)
	if err != nil {
		return nil, fmt.Errorf("state of the source %s: %w", source, err)
	}
	return parts, nil
}

// PutPart stores a part of a source's state.
func (t *tx) PutPart(ctx context.Context, source, name string, part json.RawMessage) error {
	const stmt = `INSERT INTO intake_parts (source, name, body) VALUES ($1, $2, $3) ON CONFLICT (source, name) DO UPDATE SET body = excluded.body`
	if _, err := t.exec(ctx, stmt, source, name, string(part)); err != nil {
		return fmt.Errorf("state of the source %s: %w", source, err)
	}
	return nil
}

// Remembered returns what is remembered of a source with the parts of its state.
func (db *DB) Remembered(ctx context.Context, source string) (s inbox.Source, parts map[string]json.RawMessage, err error) {
	err = db.view(ctx, func(r *reader) error {
		if s, err = r.Source(ctx, source); err == nil {
			parts, err = r.Parts(ctx, source)
		}
		return err
	})
	return s, parts, err
}

// Sources returns what is remembered of all sources, by name.
func (db *DB) Sources(ctx context.Context) (found []inbox.Source, err error) {
	err = db.view(ctx, func(r *reader) error {
		found, err = r.sources(ctx, ` ORDER BY name`)
		return err
	})
	return found, err
}

// Items returns a page of items, newest first.
func (db *DB) Items(ctx context.Context, q inbox.Query) (page inbox.Page, err error) {
	var conditions []string
	var args []any
	add := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, condition+strconv.Itoa(len(args)))
	}
	if q.State != "" {
		add("i.state = $", q.State)
	}
	if q.Source != "" {
		add("i.source = $", q.Source)
	}
	if q.Vendor != "" {
		add("i.vendor = $", q.Vendor)
	}
	if q.Incident != 0 {
		add("i.incident_id = $", q.Incident)
	}
	if q.Before > 0 {
		add("i.id < $", q.Before)
	}
	which := ""
	if len(conditions) > 0 {
		which = " WHERE " + strings.Join(conditions, " AND ")
	}
	which += " ORDER BY i.id DESC LIMIT " + strconv.Itoa(q.Limit+1)
	err = db.view(ctx, func(r *reader) error {
		page.Items, err = r.items(ctx, which, args...)
		return err
	})
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = page.Items[q.Limit-1].ID
	}
	return page, err
}

// ItemOf returns the item with an id of a source, or ErrNotFound.
func (db *DB) ItemOf(ctx context.Context, source, sourceID string) (it *inbox.Item, err error) {
	err = db.view(ctx, func(r *reader) error {
		found, err := r.ItemsOf(ctx, source, []string{sourceID})
		if it = found[sourceID]; err == nil && it == nil {
			err = fmt.Errorf("item %s of %s: %w", sourceID, source, tracker.ErrNotFound)
		}
		return err
	})
	return it, err
}

// Candidates counts the items that wait for a person.
func (db *DB) Candidates(ctx context.Context) (n int, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&n}, nil, `SELECT COUNT(*) FROM intake_items WHERE state = $1`, inbox.Candidate)
	})
	return n, err
}

// ItemTold returns an item with its wordings and the decisions about it, or ErrNotFound.
func (db *DB) ItemTold(ctx context.Context, id int64) (told inbox.Told, err error) {
	err = db.view(ctx, func(r *reader) error {
		it, err := r.Item(ctx, id)
		if err != nil {
			return err
		}
		told.Item = *it
		if told.Revisions, err = r.wordings(ctx, it); err != nil {
			return err
		}
		told.Decisions, err = r.itemDecisions(ctx, ` WHERE item_id = $1 ORDER BY id`, id)
		return err
	})
	return told, err
}

// wordings returns all that an item said, oldest first.
func (r *reader) wordings(ctx context.Context, it *inbox.Item) (found []inbox.Revision, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		v := inbox.Revision{Item: inbox.Item{ID: it.ID, Source: it.Source, SourceID: it.SourceID}}
		var at nullInt
		var content string
		var kept bool
		file := new(sla.Evidence)
		if err := rows.Scan(&v.Revision, &at, &v.Title, &v.Text, &content, &v.Evidence, &file.Name, &file.Type, &file.Size, &kept); err != nil {
			return err
		}
		if kept {
			file.SHA256, v.Original = v.Evidence, file
		}
		v.At, v.ChangedAt = utc(at), utc(at)
		var c itemContent
		if err := json.Unmarshal([]byte(content), &c); err != nil {
			return err
		}
		c.fill(&v.Item)
		v.Vendor, v.Incident = c.Vendor, c.Incident
		found = append(found, v)
		return nil
	}, `SELECT v.number, v.at, v.title, v.text, v.content, COALESCE(v.sha256, ''), v.name, v.type, COALESCE(e.size, 0), e.sha256 IS NOT NULL AND x.at IS NULL
		FROM intake_revisions v LEFT JOIN intake_files f ON f.revision_id = v.id LEFT JOIN evidence e ON e.sha256 = f.sha256`+intakeFiles.joinErased()+`
		WHERE v.item_id = $1 ORDER BY v.number`, it.ID)
	if err != nil {
		return nil, fmt.Errorf("wordings of item %d: %w", it.ID, err)
	}
	return found, nil
}

// ItemEvidence returns an item's newest original and its file name, or ErrNotFound where none
// was kept, or it was erased.
func (db *DB) ItemEvidence(ctx context.Context, id int64) (f sla.Evidence, content []byte, err error) {
	return db.original(ctx, id, "")
}

// ItemOriginal returns the original of one of an item's revisions by its hash, or ErrNotFound
// likewise.
func (db *DB) ItemOriginal(ctx context.Context, id int64, sum string) (f sla.Evidence, content []byte, err error) {
	return db.original(ctx, id, " AND f.sha256 = $2", sum)
}

// original returns the newest of an item's originals that a condition selects.
func (db *DB) original(ctx context.Context, id int64, which string, args ...any) (f sla.Evidence, content []byte, err error) {
	err = db.view(ctx, func(r *reader) error {
		stmt := `SELECT ` + fileColumns + `, e.content FROM intake_files f JOIN intake_revisions v ON v.id = f.revision_id JOIN evidence e ON e.sha256 = f.sha256` +
			intakeFiles.joinErased() + ` WHERE v.item_id = $1 AND x.at IS NULL` + which + ` ORDER BY v.number DESC LIMIT 1`
		absent := fmt.Errorf("the original of item %d: %w", id, tracker.ErrNotFound)
		return r.one(ctx, []any{&f.Name, &f.Type, &f.Size, &f.SHA256, &f.Erased, &content}, absent, stmt, append([]any{id}, args...)...)
	})
	return f, content, err
}

// mostOpen bounds the incidents that an item may be about.
const mostOpen = 5000

// OpenIncidents returns the incidents that an item may be about, newest first: those with an
// open clock of the vendor, and those that were logged since an instant. Cancelled ones are
// left out.
func (db *DB) OpenIncidents(ctx context.Context, since time.Time) (found []*sla.Incident, err error) {
	err = db.view(ctx, func(r *reader) error {
		ids, err := r.ids(ctx, `SELECT id FROM incidents i WHERE cancelled_at IS NULL AND (
			EXISTS (SELECT 1 FROM clocks c WHERE c.incident_id = i.id AND c.state IN ('pending', 'running', 'at_risk', 'overdue') AND `+ofVendors+`)
			OR EXISTS (SELECT 1 FROM moments m WHERE m.incident_id = i.id AND m.moment = 'logged' AND m.at >= $1))
			ORDER BY id DESC LIMIT $2`, since.UnixMilli(), mostOpen)
		if err != nil {
			return err
		}
		for some := range chunks(ids) {
			incidents, err := r.incidents(ctx, some)
			if err != nil {
				return err
			}
			found = append(found, incidents...)
		}
		return nil
	})
	return found, err
}

// EraseItems replaces the texts of what came in about an incident by their hashes, and
// reports whether there were any.
func (t *tx) EraseItems(ctx context.Context, id sla.IncidentID) (changed bool, err error) {
	type wording struct {
		id          int64
		title, text string
	}
	var all []wording
	err = t.query(ctx, func(rows *sql.Rows) error {
		var w wording
		err := rows.Scan(&w.id, &w.title, &w.text)
		all = append(all, w)
		return err
	}, `SELECT r.id, r.title, r.text FROM intake_revisions r JOIN intake_items i ON i.id = r.item_id WHERE i.incident_id = $1`, id)
	for _, w := range all {
		title, text := history.Hashed(w.title), history.Hashed(w.text)
		if err != nil || title == w.title && text == w.text {
			continue
		}
		changed = true
		_, err = t.exec(ctx, `UPDATE intake_revisions SET title = $1, text = $2 WHERE id = $3`, title, text, w.id)
		t.sealRow(record.IntakeRevision, w.id)
	}
	if err != nil {
		return false, fmt.Errorf("erase what came in about %s: %w", id, err)
	}
	return changed, nil
}

// HasOriginals reports whether originals of what came in about an incident are kept.
func (t *tx) HasOriginals(ctx context.Context, id sla.IncidentID) (has bool, err error) {
	err = t.one(ctx, []any{&has}, nil, `SELECT EXISTS (SELECT 1 FROM intake_files f JOIN evidence e ON e.sha256 = f.sha256`+intakeFiles.joinErased()+`
		WHERE f.incident_id = $1 AND x.at IS NULL)`, id)
	return has, err
}

// ForgetOriginals erases the originals of items without an incident that came in before an
// instant, and that no person waits for. It returns how many.
func (db *DB) ForgetOriginals(ctx context.Context, before, now time.Time) (n int64, err error) {
	const old = ` FROM intake_files WHERE incident_id IS NULL AND state <> 'candidate' AND at < `
	err = db.update(ctx, func(t *tx) error {
		n, err = t.exec(ctx, `INSERT INTO erased_files (kind, source, position, at) SELECT 'intake_file', revision_id, position, $1`+old+`$2 ON CONFLICT DO NOTHING`, now.UnixMilli(), before.UnixMilli())
		if err != nil || n == 0 {
			return err
		}
		_, err = t.exec(ctx, `UPDATE evidence SET content = $1 WHERE length(content) > 0 AND sha256 IN (SELECT sha256`+old+`$2)
			AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = evidence.sha256)`, []byte{}, before.UnixMilli())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("erase originals of the inbox: %w", err)
	}
	return n, nil
}
