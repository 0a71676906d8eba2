package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/record"
)

// InsertNote stores a note and sets its ID.
func (t *tx) InsertNote(ctx context.Context, n *sla.Note) error {
	const stmt = `INSERT INTO notes (incident_id, at, author, text) VALUES ($1, $2, $3, $4) RETURNING id`
	if err := t.one(ctx, []any{&n.ID}, nil, stmt, n.Incident, n.At.UnixMilli(), n.By, n.Text); err != nil {
		return fmt.Errorf("store note of %s: %w", n.Incident, err)
	}
	t.sealRow(record.Note, n.ID)
	return t.insertFiles(ctx, noteFiles, n.ID, n.Incident, n.Files)
}

// addNotes reads the notes of incidents, oldest first.
func (r *reader) addNotes(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	found := false
	err := r.query(ctx, func(rows *sql.Rows) error {
		var n sla.Note
		var at nullInt
		if err := rows.Scan(&n.ID, &n.Incident, &at, &n.By, &n.Text); err != nil {
			return err
		}
		n.At, found = utc(at), true
		inc := byID[n.Incident]
		inc.Notes = append(inc.Notes, n)
		return nil
	}, `SELECT id, incident_id, at, author, text FROM notes WHERE incident_id`+in+` ORDER BY incident_id, id`, args...)
	if err != nil || !found {
		return err
	}
	return r.addFiles(ctx, noteFiles, in, args, func(id sla.IncidentID, note int64, f sla.Evidence) {
		notes := byID[id].Notes
		for i := range notes {
			if notes[i].ID == note {
				notes[i].Files = append(notes[i].Files, f)
			}
		}
	})
}

// InsertChaser stores a chaser and sets its ID.
func (t *tx) InsertChaser(ctx context.Context, c *sla.Chaser) error {
	const stmt = `INSERT INTO chasers (incident_id, sent_at, sent_offset, sent_to, channel, message_id, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`
	err := t.one(ctx, []any{&c.ID}, nil, stmt, c.Incident, millis(c.SentAt), offset(c.SentAt), c.To, c.Channel, c.MessageID,
		c.RecordedAt.UnixMilli(), c.RecordedBy)
	if err != nil {
		return fmt.Errorf("store chaser of %s: %w", c.Incident, err)
	}
	t.sealRow(record.Chaser, c.ID)
	return nil
}

// addChasers reads the chasers of incidents, oldest first.
func (r *reader) addChasers(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var c sla.Chaser
		var sent, sentEast, recorded nullInt
		if err := rows.Scan(&c.ID, &c.Incident, &sent, &sentEast, &c.To, &c.Channel, &c.MessageID, &recorded, &c.RecordedBy); err != nil {
			return err
		}
		c.SentAt, c.RecordedAt = entered(sent, sentEast), utc(recorded)
		inc := byID[c.Incident]
		inc.Chasers = append(inc.Chasers, c)
		return nil
	}, `SELECT id, incident_id, sent_at, sent_offset, sent_to, channel, message_id, recorded_at, recorded_by
		FROM chasers WHERE incident_id`+in+` ORDER BY incident_id, sent_at, id`, args...)
}
