package store

import (
	"context"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/record"
)

// EraseEvents removes the bodies of events of an incident. Their hashes stay.
func (t *tx) EraseEvents(ctx context.Context, id sla.IncidentID, seqs []int64) error {
	if err := t.storeEvents(ctx); err != nil {
		return err
	}
	for _, seq := range seqs {
		if _, err := t.exec(ctx, `UPDATE events SET body = '' WHERE incident_id = $1 AND seq = $2 AND body <> ''`, id, seq); err != nil {
			return fmt.Errorf("erase event %d of %s: %w", seq, id, err)
		}
	}
	return nil
}

// EraseNotice stores the texts of a notice and the names of its files.
func (t *tx) EraseNotice(ctx context.Context, n *sla.Notice) error {
	const stmt = `UPDATE notices SET reference = $1, text = $2, withdrawn_reason = $3 WHERE id = $4`
	if _, err := t.exec(ctx, stmt, n.Reference, n.Text, n.Withdrawal.Reason, n.ID); err != nil {
		return fmt.Errorf("erase notice %d of %s: %w", n.ID, n.Incident, err)
	}
	t.sealRow(record.Notice, n.ID)
	return t.renameFiles(ctx, noticeFiles, n.ID, n.Files)
}

// EraseNote stores the text of a note and the names of its files.
func (t *tx) EraseNote(ctx context.Context, n *sla.Note) error {
	if _, err := t.exec(ctx, `UPDATE notes SET text = $1 WHERE id = $2 AND text <> $1`, n.Text, n.ID); err != nil {
		return fmt.Errorf("erase note %d of %s: %w", n.ID, n.Incident, err)
	}
	t.sealRow(record.Note, n.ID)
	return t.renameFiles(ctx, noteFiles, n.ID, n.Files)
}

// EraseChaser stores the address and the message ID of a chaser.
func (t *tx) EraseChaser(ctx context.Context, c *sla.Chaser) error {
	if _, err := t.exec(ctx, `UPDATE chasers SET sent_to = $1, message_id = $2 WHERE id = $3`, c.To, c.MessageID, c.ID); err != nil {
		return fmt.Errorf("erase chaser %d of %s: %w", c.ID, c.Incident, err)
	}
	t.sealRow(record.Chaser, c.ID)
	return nil
}

func (t *tx) renameFiles(ctx context.Context, table fileTable, id int64, files []sla.Evidence) error {
	for i, f := range files {
		if _, err := t.exec(ctx, `UPDATE `+table.name+` SET name = $1 WHERE `+table.key+` = $2 AND position = $3`, f.Name, id, i+1); err != nil {
			return fmt.Errorf("rename file %d of %s %d: %w", i+1, table.name, id, err)
		}
	}
	if len(files) > 0 {
		t.sealRow(table.kind, id)
	}
	return nil
}

// EraseFiles erases the files of an incident's notices and notes. A content that files
// of other incidents have too stays for these.
func (t *tx) EraseFiles(ctx context.Context, id sla.IncidentID, at time.Time) error {
	for _, table := range fileTables {
		mark := `INSERT INTO erased_files (kind, source, position, at)
			SELECT '` + string(table.kind) + `', ` + table.key + `, position, $1 FROM ` + table.name + ` WHERE incident_id = $2 ON CONFLICT DO NOTHING`
		const remove = `UPDATE evidence SET content = $1 WHERE length(content) > 0 AND sha256 IN (SELECT sha256 FROM %s WHERE incident_id = $2)
			AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = evidence.sha256)`
		_, err := t.exec(ctx, mark, at.UnixMilli(), id)
		if err == nil {
			_, err = t.exec(ctx, fmt.Sprintf(remove, table.name), []byte{}, id)
		}
		if err != nil {
			return fmt.Errorf("erase the %s of %s: %w", table.name, id, err)
		}
	}
	return nil
}

// ForgetWords makes the search index anew: it keeps the words that an incident had
// before, and can't delete those of one incident. Searches find what is indexed so far.
func (t *tx) ForgetWords(ctx context.Context) error {
	err := t.db.sql.forget(ctx, t)
	if err == nil {
		_, err = t.exec(ctx, `UPDATE search_backlog SET (below, above) = (SELECT COALESCE(MAX(id), 0) + 1, COALESCE(MAX(id), 0) FROM incidents)`)
	}
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	t.reindexes = true
	return nil
}

// FilesUntil returns, in order, at most limit incidents that have files which were not
// erased, no open clock, and no event at or after an instant.
func (db *DB) FilesUntil(ctx context.Context, before time.Time, limit int) (ids []sla.IncidentID, err error) {
	err = db.view(ctx, func(r *reader) error {
		ids, err = r.filesUntil(ctx, before, limit)
		return err
	})
	return ids, err
}

func (r *reader) filesUntil(ctx context.Context, before time.Time, limit int) ([]sla.IncidentID, error) {
	ids, err := r.ids(ctx, `SELECT DISTINCT f.incident_id FROM kept_files f
		WHERE NOT EXISTS (SELECT 1 FROM clocks c WHERE c.incident_id = f.incident_id AND c.state IN ('pending', 'running', 'at_risk', 'overdue'))
		AND (SELECT MAX(at) FROM events v WHERE v.incident_id = f.incident_id) < $1
		ORDER BY 1 LIMIT $2`, before.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("files of incidents that ended: %w", err)
	}
	return ids, nil
}
