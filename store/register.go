package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla/record"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// Publish stores versions of vendors' entries, all or none: each follows its Number, which
// it raises, and drops the draft. If one is no longer the newest, the error is ErrConflict.
func (db *DB) Publish(ctx context.Context, versions ...*register.Version) error {
	var numbers []int
	err := db.update(ctx, func(t *tx) error {
		numbers = nil // of another attempt
		for _, v := range versions {
			number, err := t.publish(ctx, v)
			if err != nil {
				return err
			}
			numbers = append(numbers, number)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, v := range versions {
		v.Number = numbers[i]
	}
	return nil
}

func (t *tx) publish(ctx context.Context, v *register.Version) (number int, err error) {
	newest, err := t.newestVersion(ctx, v.Vendor)
	if err != nil {
		return 0, err
	}
	if newest != v.Number {
		return 0, fmt.Errorf("vendor %s, version %d: %w", v.Vendor, newest, tracker.ErrConflict)
	}
	number = newest + 1
	const stmt = `INSERT INTO vendor_versions (vendor, number, published_at, published_by, reason, text) VALUES ($1, $2, $3, $4, $5, $6)`
	if _, err := t.exec(ctx, stmt, v.Vendor, number, v.At.UnixMilli(), v.By, v.Reason, v.Text); err != nil {
		return 0, fmt.Errorf("publish vendor %s: %w", v.Vendor, err)
	}
	if _, err := t.exec(ctx, `DELETE FROM vendor_drafts WHERE vendor = $1`, v.Vendor); err != nil {
		return 0, fmt.Errorf("drop the draft of vendor %s: %w", v.Vendor, err)
	}
	t.committed.Register = true
	content, err := hashRow([]any{v.At.UnixMilli(), v.By, v.Reason, v.Text})
	key := sealedKey{kind: record.Vendor, name: v.Vendor, number: int64(number)}
	t.record.lines = append(t.record.lines, key.line(content))
	return number, err
}

func (r *reader) newestVersion(ctx context.Context, vendor string) (number int, err error) {
	err = r.one(ctx, []any{&number}, nil, `SELECT COALESCE(MAX(number), 0) FROM vendor_versions WHERE vendor = $1`, vendor)
	return number, err
}

// Published returns the newest version of each vendor's entry that is not withdrawn.
func (db *DB) Published(ctx context.Context) (newest []register.Version, err error) {
	err = db.view(ctx, func(r *reader) error {
		newest, err = r.versions(ctx, ` v WHERE text <> '' AND number = (SELECT MAX(number) FROM vendor_versions WHERE vendor = v.vendor) ORDER BY vendor`)
		return err
	})
	return newest, err
}

// Versions returns the versions of a vendor's entry, newest first.
func (db *DB) Versions(ctx context.Context, vendor string) (all []register.Version, err error) {
	err = db.view(ctx, func(r *reader) error {
		all, err = r.versions(ctx, ` WHERE vendor = $1 ORDER BY number DESC`, vendor)
		return err
	})
	return all, err
}

func (r *reader) versions(ctx context.Context, which string, args ...any) (found []register.Version, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var v register.Version
		var at nullInt
		err := rows.Scan(&v.Vendor, &v.Number, &at, &v.By, &v.Reason, &v.Text)
		v.At = utc(at)
		found = append(found, v)
		return err
	}, `SELECT vendor, number, published_at, published_by, reason, text FROM vendor_versions`+which, args...)
	if err != nil {
		return nil, fmt.Errorf("versions of vendors: %w", err)
	}
	return found, nil
}

// Drafts returns the drafts, by vendor.
func (db *DB) Drafts(ctx context.Context) (found []register.Draft, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var d register.Draft
			var at nullInt
			err := rows.Scan(&d.Vendor, &d.Text, &d.Base, &d.Revision, &at, &d.By)
			d.At = utc(at)
			found = append(found, d)
			return err
		}, `SELECT vendor, text, base, revision, saved_at, saved_by FROM vendor_drafts ORDER BY vendor`)
	})
	if err != nil {
		return nil, fmt.Errorf("drafts of vendors: %w", err)
	}
	return found, nil
}

// SaveDraft stores a draft over the one with its Revision and raises that; ErrConflict if
// another was saved meanwhile. Revision 0 is a new draft.
func (db *DB) SaveDraft(ctx context.Context, d *register.Draft) error {
	return db.update(ctx, func(t *tx) error {
		const stmt = `INSERT INTO vendor_drafts (vendor, text, base, revision, saved_at, saved_by) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (vendor) DO UPDATE SET text = excluded.text, base = excluded.base, revision = excluded.revision,
				saved_at = excluded.saved_at, saved_by = excluded.saved_by WHERE vendor_drafts.revision = excluded.revision - 1`
		if d.Revision > 0 {
			var now int
			if err := t.one(ctx, []any{&now}, tracker.ErrConflict, `SELECT revision FROM vendor_drafts WHERE vendor = $1`, d.Vendor); err != nil {
				return fmt.Errorf("draft of vendor %s: %w", d.Vendor, err)
			}
		}
		changed, err := t.exec(ctx, stmt, d.Vendor, d.Text, d.Base, d.Revision+1, d.At.UnixMilli(), d.By)
		if err == nil && changed == 0 {
			err = tracker.ErrConflict
		}
		if err != nil {
			return fmt.Errorf("save the draft of vendor %s: %w", d.Vendor, err)
		}
		d.Revision++
		return nil
	})
}

// DropDraft deletes a vendor's draft with this revision; ErrConflict if there is none, or
// another was saved meanwhile.
func (db *DB) DropDraft(ctx context.Context, vendor string, revision int) error {
	return db.update(ctx, func(t *tx) error {
		changed, err := t.exec(ctx, `DELETE FROM vendor_drafts WHERE vendor = $1 AND revision = $2`, vendor, revision)
		if err == nil && changed == 0 {
			err = tracker.ErrConflict
		}
		if err != nil {
			return fmt.Errorf("drop the draft of vendor %s: %w", vendor, err)
		}
		return nil
	})
}
