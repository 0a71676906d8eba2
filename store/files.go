package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"

	"kigen/sla/outbox"
)

var (
	//go:embed query/attach.sql
	attachSQL string
	//go:embed query/attachable.sql
	attachableSQL string
)

// keepFiles stores the files of an alert; equal bodies are stored once.
func (t *tx) keepFiles(ctx context.Context, alert outbox.AlertID, files []outbox.Attachment) error {
	for i, f := range files {
		hash := contentHash(f.Data)
		const body = `INSERT INTO files (sha256, body) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING`
		const name = `INSERT INTO alert_files (alert_id, part, name, media_type, sha256) VALUES ($1, $2, $3, $4, $5)`
		_, err := t.exec(ctx, body, hash, f.Data)
		if err == nil {
			_, err = t.exec(ctx, name, alert, i+1, f.Name, f.Type, hash)
		}
		if err != nil {
			return fmt.Errorf("keep the file %s: %w", f.Name, err)
		}
	}
	return nil
}

// attach queues each file of the waiting messages of a destination as a delivery of
// its own. It first reads whether there are any, without the write lock.
func (db *DB) attach(ctx context.Context, destination string) error {
	var found outbox.DeliveryID
	err := db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&found}, nil, attachableSQL, destination)
	})
	if err == nil && found != 0 {
		err = db.update(ctx, func(t *tx) error {
			_, err := t.exec(ctx, attachSQL, destination)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("files for %s: %w", destination, err)
	}
	return nil
}

// files reads the files of a delivery. A delivery of kind file has one, a message
// whose files are deliveries of their own has none, and any other has all files of
// its alert.
func (r *reader) files(ctx context.Context, d *outbox.Delivery, part int) ([]outbox.Attachment, error) {
	only := ` AND af.part = $2`
	if d.Kind != outbox.File {
		only = ` AND NOT EXISTS (SELECT 1 FROM deliveries WHERE thread_root_id = $2)`
		part = int(d.ID)
	}
	var files []outbox.Attachment
	err := r.query(ctx, func(rows *sql.Rows) error {
		var f outbox.Attachment
		var hash string
		if err := rows.Scan(&f.Name, &f.Type, &hash, &f.Data); err != nil {
			return err
		}
		if contentHash(f.Data) != hash {
			return fmt.Errorf("%s was changed after it was kept: restore it from a backup", f.Name)
		}
		files = append(files, f)
		return nil
	}, `SELECT af.name, af.media_type, f.sha256, f.body FROM alert_files af JOIN files f ON f.sha256 = af.sha256
		WHERE af.alert_id = $1`+only+` ORDER BY af.part`, d.Alert.ID, part)
	if err != nil {
		return nil, fmt.Errorf("files of %s: %w", d.Key, err)
	}
	return files, nil
}

// orphaned reports whether the thread root of a file was superseded, so that
// the file has no thread to be sent to.
func (r *reader) orphaned(ctx context.Context, id outbox.DeliveryID) (orphaned bool, err error) {
	const stmt = `SELECT EXISTS (SELECT 1 FROM deliveries d JOIN deliveries h ON h.id = d.thread_root_id WHERE d.id = $1 AND h.state = 'superseded')`
	err = r.one(ctx, []any{&orphaned}, nil, stmt, id)
	return orphaned, err
}

// verifyFiles checks the hash of every file.
func (r *reader) verifyFiles(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var hash string
		var body []byte
		if err := rows.Scan(&hash, &body); err != nil {
			return err
		}
		if contentHash(body) != hash {
			f.addf("the file %s was changed after it was kept", hash)
		}
		return nil
	}, `SELECT sha256, body FROM files ORDER BY sha256`)
}
