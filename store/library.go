package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Attributed returns the first and the last attributed_at of all clocks, in UTC; both
// are zero if there are no clocks.
func (s *Snapshot) Attributed(ctx context.Context) (first, last time.Time, err error) {
	var from, to nullInt
	const stmt = `SELECT (SELECT MIN(attributed_at) FROM clocks), (SELECT MAX(attributed_at) FROM clocks)`
	if err := s.one(ctx, []any{&from, &to}, nil, stmt); err != nil {
		return first, last, fmt.Errorf("first and last clock: %w", err)
	}
	return utc(from), utc(to), nil
}

// Editions lists the kept editions of a period's report, newest first, without
// model and clocks.
func (s *Snapshot) Editions(ctx context.Context, period string) ([]Edition, error) {
	var all []Edition
	err := s.query(ctx, func(rows *sql.Rows) error {
		k := Edition{Period: period}
		var made int64
		err := rows.Scan(&k.Number, &made, &k.Kigen, &k.SHA256)
		k.MadeAt = time.UnixMilli(made).UTC()
		all = append(all, k)
		return err
	}, `SELECT edition, made_at, kigen, sha256 FROM reports WHERE period = $1 ORDER BY edition DESC`, period)
	if err != nil {
		return nil, fmt.Errorf("editions of %s: %w", period, err)
	}
	return all, nil
}
