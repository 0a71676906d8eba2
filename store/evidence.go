package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	"kigen/sla"
	"kigen/sla/tracker"
)

// KeepEvidence stores a file's content under its SHA-256, once.
func (t *tx) KeepEvidence(ctx context.Context, sum string, content []byte) error {
	const stmt = `INSERT INTO evidence (sha256, size, content) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING`
	if _, err := t.exec(ctx, stmt, sum, len(content), content); err != nil {
		return fmt.Errorf("keep evidence %s: %w", sum, err)
	}
	return nil
}

// insertFiles names a notice's files; what they hold is kept already.
func (t *tx) insertFiles(ctx context.Context, n *sla.Notice) error {
	const stmt = `INSERT INTO notice_files (notice_id, position, incident_id, sha256, name, type) VALUES ($1, $2, $3, $4, $5, $6)`
	for i, f := range n.Files {
		if _, err := t.exec(ctx, stmt, n.ID, i+1, n.Incident, f.SHA256, f.Name, f.Type); err != nil {
			return fmt.Errorf("name file %d of a notice of %s: %w", i+1, n.Incident, err)
		}
	}
	return nil
}

const fileColumns = `f.name, f.type, e.size, f.sha256`

// addFiles reads the names of the files that came with the incidents' notices.
func (r *reader) addFiles(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	stmt := `SELECT f.incident_id, f.notice_id, ` + fileColumns + ` FROM notice_files f JOIN evidence e ON e.sha256 = f.sha256
		WHERE f.incident_id` + in + ` ORDER BY f.notice_id, f.position`
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			incident sla.IncidentID
			notice   int64
			f        sla.Evidence
		)
		if err := rows.Scan(&incident, &notice, &f.Name, &f.Type, &f.Size, &f.SHA256); err != nil {
			return err
		}
		notices := byID[incident].Notices
		for i := range notices {
			if notices[i].ID == notice {
				notices[i].Files = append(notices[i].Files, f)
			}
		}
		return nil
	}, stmt, args...)
}

// Evidence returns a file that came with a notice of the incident, and what it
// holds, or ErrNotFound: a hash alone opens no other incident's file.
func (r *reader) Evidence(ctx context.Context, id sla.IncidentID, sum string) (sla.Evidence, []byte, error) {
	var f sla.Evidence
	var content []byte
	absent := fmt.Errorf("evidence %s of %s: %w", sum, id, tracker.ErrNotFound)
	const stmt = `SELECT ` + fileColumns + `, e.content FROM notice_files f JOIN evidence e ON e.sha256 = f.sha256
		WHERE f.incident_id = $1 AND f.sha256 = $2 ORDER BY f.notice_id, f.position LIMIT 1`
	err := r.one(ctx, []any{&f.Name, &f.Type, &f.Size, &f.SHA256, &content}, absent, stmt, id, sum)
	return f, content, err
}

// verifyEvidence checks that every file still is what its hash says.
func (r *reader) verifyEvidence(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var hash string
		var size int64
		var content sql.RawBytes
		if err := rows.Scan(&hash, &size, &content); err != nil {
			return err
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != hash || int64(len(content)) != size {
			f.addf("the evidence %s was changed after it was kept", hash)
		}
		return nil
	}, `SELECT sha256, size, content FROM evidence ORDER BY sha256`)
}
