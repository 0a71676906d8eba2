package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/calendar"
	"kigen/sla/record"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// AddDocument stores a vendor's document with its content and sets its Number.
func (db *DB) AddDocument(ctx context.Context, d *register.Document, content []byte) error {
	return db.update(ctx, func(t *tx) error {
		if err := t.KeepEvidence(ctx, d.File.SHA256, content); err != nil {
			return err
		}
		const stmt = `INSERT INTO vendor_documents (vendor, number, title, edition, dated, sha256, name, type, added_at, added_by)
			VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM vendor_documents WHERE vendor = $2), $3, $4, $5, $6, $7, $8, $9, $10)
			RETURNING id, number`
		var id int64
		err := t.one(ctx, []any{&id, &d.Number}, nil, stmt, d.Vendor, d.Vendor, d.Title, d.Edition, dateText(d.Dated),
			d.File.SHA256, d.File.Name, d.File.Type, d.At.UnixMilli(), d.By)
		if err != nil {
			return fmt.Errorf("store a document of vendor %s: %w", d.Vendor, err)
		}
		t.sealRow(record.VendorDocument, id)
		return nil
	})
}

const documentColumns = `d.vendor, d.number, d.title, d.edition, d.dated, d.sha256, d.name, d.type, e.size, d.added_at, d.added_by`

func scanDocument(rows *sql.Rows, more ...any) (d register.Document, err error) {
	var dated string
	var at nullInt
	dest := []any{&d.Vendor, &d.Number, &d.Title, &d.Edition, &dated, &d.File.SHA256, &d.File.Name, &d.File.Type, &d.File.Size, &at, &d.By}
	if err := rows.Scan(append(dest, more...)...); err != nil {
		return d, err
	}
	d.At = utc(at)
	d.Dated, err = storedDate(dated)
	return d, err
}

// Documents returns the documents of a vendor, newest first; of all vendors if it is empty.
func (db *DB) Documents(ctx context.Context, vendor string) (found []register.Document, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			d, err := scanDocument(rows)
			found = append(found, d)
			return err
		}, `SELECT `+documentColumns+` FROM vendor_documents d JOIN evidence e ON e.sha256 = d.sha256
			WHERE d.vendor = $1 OR $2 = '' ORDER BY d.vendor, d.number DESC`, vendor, vendor)
	})
	if err != nil {
		return nil, fmt.Errorf("documents of vendors: %w", err)
	}
	return found, nil
}

// Document returns a document of a vendor with its content, or ErrNotFound.
func (db *DB) Document(ctx context.Context, vendor string, number int) (d register.Document, content []byte, err error) {
	found := false
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			d, err = scanDocument(rows, &content)
			found = true
			return err
		}, `SELECT `+documentColumns+`, e.content FROM vendor_documents d JOIN evidence e ON e.sha256 = d.sha256
			WHERE d.vendor = $1 AND d.number = $2`, vendor, number)
	})
	if err == nil && !found {
		err = tracker.ErrNotFound
	}
	if err != nil {
		return d, nil, fmt.Errorf("document %d of vendor %s: %w", number, vendor, err)
	}
	return d, content, nil
}

// AddReview stores a review of a vendor's entry and sets its Number.
func (db *DB) AddReview(ctx context.Context, v *register.Review) error {
	return db.update(ctx, func(t *tx) error {
		const stmt = `INSERT INTO vendor_reviews (vendor, number, reviewed_on, next_on, note, recorded_at, recorded_by)
			VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM vendor_reviews WHERE vendor = $2), $3, $4, $5, $6, $7) RETURNING id, number`
		var id int64
		err := t.one(ctx, []any{&id, &v.Number}, nil, stmt, v.Vendor, v.Vendor, dateText(v.On), dateText(v.Next), v.Note, v.At.UnixMilli(), v.By)
		if err != nil {
			return fmt.Errorf("store a review of vendor %s: %w", v.Vendor, err)
		}
		t.sealRow(record.VendorReview, id)
		return nil
	})
}

// Reviews returns the reviews of a vendor's entry, newest first; of all if it is empty.
func (db *DB) Reviews(ctx context.Context, vendor string) (found []register.Review, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var v register.Review
			var on, next string
			var at nullInt
			if err := rows.Scan(&v.Vendor, &v.Number, &on, &next, &v.Note, &at, &v.By); err != nil {
				return err
			}
			v.At = utc(at)
			if v.On, err = storedDate(on); err == nil {
				v.Next, err = storedDate(next)
			}
			found = append(found, v)
			return err
		}, `SELECT vendor, number, reviewed_on, next_on, note, recorded_at, recorded_by FROM vendor_reviews
			WHERE vendor = $1 OR $2 = '' ORDER BY vendor, number DESC`, vendor, vendor)
	})
	if err != nil {
		return nil, fmt.Errorf("reviews of vendors: %w", err)
	}
	return found, nil
}

// dateText is a civil date as it is stored; empty: none.
func dateText(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func storedDate(text string) (calendar.Date, error) {
	if text == "" {
		return 0, nil
	}
	return calendar.ParseDate(text)
}
