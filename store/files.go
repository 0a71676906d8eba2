package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"

	"kigen/sla"
)

var (
	//go:embed query/attach.sql
	attachSQL string
	//go:embed query/attachable.sql
	attachableSQL string
)

// keepFiles stores the files of an alert, each body once.
func (t *tx) keepFiles(ctx context.Context, alert sla.AlertID, files []sla.Attachment) error {
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

// attach queues each file of what waits at the destination as a delivery of
// its own. It looks first, without the write lock.
func (db *DB) attach(ctx context.Context, destination string) error {
	var found sla.DeliveryID
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

// files reads what a delivery carries: one that is a file, that one; a message
// whose files go by themselves, none; any other, all files of its alert.
func (r *reader) files(ctx context.Context, d *sla.Delivery, part int) ([]sla.Attachment, error) {
	only := ` AND af.part = $2`
	if d.Kind != sla.File {
		only = ` AND NOT EXISTS (SELECT 1 FROM deliveries WHERE head_id = $2)`
		part = int(d.ID)
	}
	var files []sla.Attachment
	err := r.query(ctx, func(rows *sql.Rows) error {
		var f sla.Attachment
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

// headless reports whether the message in whose thread a file was to go will
// never be sent: somebody else was told instead.
func (r *reader) headless(ctx context.Context, id sla.DeliveryID) (headless bool, err error) {
	const stmt = `SELECT EXISTS (SELECT 1 FROM deliveries d JOIN deliveries h ON h.id = d.head_id WHERE d.id = $1 AND h.state = 'superseded')`
	err = r.one(ctx, []any{&headless}, nil, stmt, id)
	return headless, err
}

// verifyFiles checks that every file is what was kept.
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
