package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"kigen/sla/tracker"
)

// KeptReport is one edition of a report as it was kept.
type KeptReport struct {
	Period  string // its label
	Edition int    // 1, 2, 3 … of the period; 0: the next
	MadeAt  time.Time
	Kigen   string // the version that made it
	SHA256  string // of Model, in hexadecimal
	Model   []byte // JSON
	Clocks  []byte // what each clock came to, as the maker wrote it
}

// Intact reports whether the model still is what was hashed.
func (k *KeptReport) Intact() bool { return k.SHA256 == contentHash(k.Model) }

func contentHash(model []byte) string {
	sum := sha256.Sum256(model)
	return hex.EncodeToString(sum[:])
}

// KeepReport keeps another edition of a period's report for good and sets its
// Edition and SHA256. Where someone kept one since the edition after which
// this one was made, it is ErrConflict.
func (db *DB) KeepReport(ctx context.Context, k *KeptReport, after int) error {
	return db.update(ctx, func(t *tx) error { return t.keepReport(ctx, k, after) })
}

func (t *tx) keepReport(ctx context.Context, k *KeptReport, after int) error {
	newest, err := t.newestEdition(ctx, k.Period)
	if err != nil {
		return err
	}
	if newest != after {
		return fmt.Errorf("report of %s, edition %d: %w", k.Period, newest, tracker.ErrConflict)
	}
	const stmt = `INSERT INTO reports (period, edition, made_at, kigen, sha256, model, clocks) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	hash := contentHash(k.Model)
	_, err = t.exec(ctx, stmt, k.Period, after+1, k.MadeAt.UnixMilli(), k.Kigen, hash, string(k.Model), k.Clocks)
	if err != nil {
		return fmt.Errorf("keep report of %s: %w", k.Period, err)
	}
	k.Edition, k.SHA256 = after+1, hash
	return nil
}

func (r *reader) newestEdition(ctx context.Context, period string) (edition int, err error) {
	err = r.one(ctx, []any{&edition}, nil, `SELECT COALESCE(MAX(edition), 0) FROM reports WHERE period = $1`, period)
	return edition, err
}

// Report returns an edition of a period's report, the newest for 0; nil when
// there is none.
func (s *Snapshot) Report(ctx context.Context, period string, edition int) (*KeptReport, error) {
	var found *KeptReport
	err := s.query(ctx, func(rows *sql.Rows) error {
		k := KeptReport{Period: period}
		var made int64
		err := rows.Scan(&k.Edition, &made, &k.Kigen, &k.SHA256, &k.Model, &k.Clocks)
		k.MadeAt = time.UnixMilli(made).UTC()
		found = &k
		return err
	}, `SELECT edition, made_at, kigen, sha256, model, clocks FROM reports
		WHERE period = $1 AND (edition = $2 OR $3 = 0) ORDER BY edition DESC LIMIT 1`, period, edition, edition)
	if err != nil {
		return nil, fmt.Errorf("kept report of %s: %w", period, err)
	}
	return found, nil
}

// Reports lists the newest kept edition of every period, newest period first,
// without model and clocks.
func (s *Snapshot) Reports(ctx context.Context) ([]KeptReport, error) {
	var all []KeptReport
	err := s.query(ctx, func(rows *sql.Rows) error {
		var (
			k    KeptReport
			made int64
		)
		err := rows.Scan(&k.Period, &k.Edition, &made, &k.Kigen, &k.SHA256)
		k.MadeAt = time.UnixMilli(made).UTC()
		all = append(all, k)
		return err
	}, `SELECT period, edition, made_at, kigen, sha256 FROM reports r
		WHERE edition = (SELECT MAX(edition) FROM reports WHERE period = r.period) ORDER BY period DESC`)
	if err != nil {
		return nil, fmt.Errorf("kept reports: %w", err)
	}
	return all, nil
}
