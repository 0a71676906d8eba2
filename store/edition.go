package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"kigen/sla/record"
	"kigen/sla/tracker"
)

// Edition is a report as it was stored once, to stay unchanged.
type Edition struct {
	Period string // its label
	Number int    // 1, 2, 3 … of the period; 0: not stored yet
	MadeAt time.Time
	Kigen  string // the version that made it
	SHA256 string // of Model, in hexadecimal
	Model  []byte // JSON
	Clocks []byte // of the period, encoded by package reporting
}

// Intact reports whether the model still has its hash.
func (e *Edition) Intact() bool { return e.SHA256 == contentHash(e.Model) }

func contentHash(model []byte) string {
	sum := sha256.Sum256(model)
	return hex.EncodeToString(sum[:])
}

// KeepEdition stores the edition that follows the one numbered after, and sets
// its Number and SHA256. If that one is no longer the newest, the error is
// ErrConflict.
func (db *DB) KeepEdition(ctx context.Context, e *Edition, after int) error {
	return db.update(ctx, func(t *tx) error { return t.keepEdition(ctx, e, after) })
}

func (t *tx) keepEdition(ctx context.Context, e *Edition, after int) error {
	newest, err := t.newestEdition(ctx, e.Period)
	if err != nil {
		return err
	}
	if newest != after {
		return fmt.Errorf("report of %s, edition %d: %w", e.Period, newest, tracker.ErrConflict)
	}
	const stmt = `INSERT INTO reports (period, edition, made_at, kigen, sha256, model, clocks) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	hash := contentHash(e.Model)
	_, err = t.exec(ctx, stmt, e.Period, after+1, e.MadeAt.UnixMilli(), e.Kigen, hash, string(e.Model), e.Clocks)
	if err != nil {
		return fmt.Errorf("store an edition of the report of %s: %w", e.Period, err)
	}
	e.Number, e.SHA256 = after+1, hash
	return t.sealEdition(e)
}

// sealEdition appends the line of an edition that was stored.
func (t *tx) sealEdition(e *Edition) error {
	content, err := hashRow([]any{e.MadeAt.UnixMilli(), e.Kigen, e.SHA256, e.Clocks})
	key := sealedKey{kind: record.Edition, name: e.Period, number: int64(e.Number)}
	t.record.lines = append(t.record.lines, key.line(content))
	return err
}

func (r *reader) newestEdition(ctx context.Context, period string) (edition int, err error) {
	err = r.one(ctx, []any{&edition}, nil, `SELECT COALESCE(MAX(edition), 0) FROM reports WHERE period = $1`, period)
	return edition, err
}

// Edition returns an edition of a period's report by its number, the newest for
// 0; nil if there is none.
func (s *Snapshot) Edition(ctx context.Context, period string, edition int) (*Edition, error) {
	var found *Edition
	err := s.query(ctx, func(rows *sql.Rows) error {
		e := Edition{Period: period}
		var made int64
		err := rows.Scan(&e.Number, &made, &e.Kigen, &e.SHA256, &e.Model, &e.Clocks)
		e.MadeAt = time.UnixMilli(made).UTC()
		found = &e
		return err
	}, `SELECT edition, made_at, kigen, sha256, model, clocks FROM reports
		WHERE period = $1 AND (edition = $2 OR $3 = 0) ORDER BY edition DESC LIMIT 1`, period, edition, edition)
	if err != nil {
		return nil, fmt.Errorf("edition of the report of %s: %w", period, err)
	}
	return found, nil
}

// NewestEditions lists the newest edition of every period, newest period first,
// without model and clocks.
func (s *Snapshot) NewestEditions(ctx context.Context) ([]Edition, error) {
	var all []Edition
	err := s.query(ctx, func(rows *sql.Rows) error {
		var (
			e    Edition
			made int64
		)
		err := rows.Scan(&e.Period, &e.Number, &made, &e.Kigen, &e.SHA256)
		e.MadeAt = time.UnixMilli(made).UTC()
		all = append(all, e)
		return err
	}, `SELECT period, edition, made_at, kigen, sha256 FROM reports r
		WHERE edition = (SELECT MAX(edition) FROM reports WHERE period = r.period) ORDER BY period DESC`)
	if err != nil {
		return nil, fmt.Errorf("editions of reports: %w", err)
	}
	return all, nil
}
