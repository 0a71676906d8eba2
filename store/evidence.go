package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"kigen/sla"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// KeepEvidence stores a file's content under its SHA-256, once. A content that was
// erased comes back.
func (t *tx) KeepEvidence(ctx context.Context, sum string, content []byte) error {
	const stmt = `INSERT INTO evidence (sha256, size, content) VALUES ($1, $2, $3)
		ON CONFLICT (sha256) DO UPDATE SET content = excluded.content WHERE length(evidence.content) = 0`
	if _, err := t.exec(ctx, stmt, sum, len(content), content); err != nil {
		return fmt.Errorf("keep evidence %s: %w", sum, err)
	}
	return nil
}

// fileTable is a table of the names of files, by what the files came with.
type fileTable struct {
	kind      record.Kind
	name, key string
}

var (
	noticeFiles = fileTable{record.File, "notice_files", "notice_id"}
	noteFiles   = fileTable{record.NoteFile, "note_files", "note_id"}

	submissionFiles = fileTable{record.SubmissionFile, "submission_files", "submission_id"}

	intakeFiles = fileTable{record.IntakeFile, "intake_files", "revision_id"} // a view: wordings name them

	fileTables = []fileTable{noticeFiles, noteFiles, submissionFiles, intakeFiles}
)

// insertFiles stores the names of the files of a notice or a note; their contents are
// stored before.
func (t *tx) insertFiles(ctx context.Context, table fileTable, id int64, incident sla.IncidentID, files []sla.Evidence) error {
	stmt := `INSERT INTO ` + table.name + ` (` + table.key + `, position, incident_id, sha256, name, type) VALUES ($1, $2, $3, $4, $5, $6)`
	for i, f := range files {
		if _, err := t.exec(ctx, stmt, id, i+1, incident, f.SHA256, f.Name, f.Type); err != nil {
			return fmt.Errorf("name file %d in %s of %s: %w", i+1, table.name, incident, err)
		}
	}
	if len(files) > 0 {
		t.sealRow(table.kind, id)
	}
	return nil
}

const fileColumns = `f.name, f.type, e.size, f.sha256, x.at IS NOT NULL`

// joinErased joins x, the erasure of the file f.
func (t fileTable) joinErased() string {
	return ` LEFT JOIN erased_files x ON x.kind = '` + string(t.kind) + `' AND x.source = f.` + t.key + ` AND x.position = f.position`
}

// addFiles reads the names of the incidents' files and hands each to add, with the id
// of its notice or note.
func (r *reader) addFiles(ctx context.Context, table fileTable, in string, args []any, add func(incident sla.IncidentID, id int64, f sla.Evidence)) error {
	stmt := `SELECT f.incident_id, f.` + table.key + `, ` + fileColumns + ` FROM ` + table.name + ` f JOIN evidence e ON e.sha256 = f.sha256` + table.joinErased() + `
		WHERE f.incident_id` + in + ` ORDER BY f.` + table.key + `, f.position`
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			incident sla.IncidentID
			id       int64
			f        sla.Evidence
		)
		if err := rows.Scan(&incident, &id, &f.Name, &f.Type, &f.Size, &f.SHA256, &f.Erased); err != nil {
			return err
		}
		add(incident, id, f)
		return nil
	}, stmt, args...)
}

// Evidence returns a file that came with a notice or a note of the incident, and its
// content, or ErrNotFound: a hash gives no access to another incident's file, nor to one
// that was erased.
func (r *reader) Evidence(ctx context.Context, id sla.IncidentID, sum string) (sla.Evidence, []byte, error) {
	var f sla.Evidence
	var content []byte
	absent := fmt.Errorf("evidence %s of %s: %w", sum, id, tracker.ErrNotFound)
	for _, table := range fileTables {
		stmt := `SELECT ` + fileColumns + `, e.content FROM ` + table.name + ` f JOIN evidence e ON e.sha256 = f.sha256` + table.joinErased() + `
			WHERE f.incident_id = $1 AND f.sha256 = $2 AND x.at IS NULL ORDER BY f.` + table.key + `, f.position LIMIT 1`
		err := r.one(ctx, []any{&f.Name, &f.Type, &f.Size, &f.SHA256, &f.Erased, &content}, absent, stmt, id, sum)
		if !errors.Is(err, tracker.ErrNotFound) {
			return f, content, err
		}
	}
	return f, nil, absent
}

// verifyEvidence checks the hash and the size of every file. A content may be gone where
// each file that had it was erased, which the histories tell.
func (r *reader) verifyEvidence(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var hash string
		var size int64
		var content sql.RawBytes
		var needed bool
		if err := rows.Scan(&hash, &size, &content, &needed); err != nil {
			return err
		}
		if len(content) == 0 && !needed {
			return nil
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != hash || int64(len(content)) != size {
			f.addf("the evidence %s was changed after it was kept", hash)
		}
		return nil
	}, `SELECT sha256, size, content, EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = evidence.sha256)
		OR NOT EXISTS (SELECT 1 FROM notice_files f WHERE f.sha256 = evidence.sha256)
		AND NOT EXISTS (SELECT 1 FROM note_files f WHERE f.sha256 = evidence.sha256)
		AND NOT EXISTS (SELECT 1 FROM submission_files f WHERE f.sha256 = evidence.sha256)
		AND NOT EXISTS (SELECT 1 FROM vendor_documents f WHERE f.sha256 = evidence.sha256)
		AND NOT EXISTS (SELECT 1 FROM intake_revisions f WHERE f.sha256 = evidence.sha256)
		FROM evidence ORDER BY sha256`)
}
