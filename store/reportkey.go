package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

const (
	perDimensions = 1 << 32 // factor of the dimensions' id in a report key
	noTime        = 1 << 31 // added to the seconds, so that the sum is above 0
	longestTime   = noTime - 1
)

// reportKey is a clock's report_key: the id of its report dimensions times 2^32, plus
// 2^31 and the whole seconds from start to notice if both are known. SQLite reads
// one integer in a third of the time of its parts.
func reportKey(heading int64, c *sla.Clock) int64 {
	n := heading * perDimensions
	if c.Start.At.IsZero() || c.NotifiedAt.IsZero() {
		return n
	}
	return n + noTime + min(max(c.NotifiedAt.Unix()-c.Start.At.Unix(), -longestTime), longestTime)
}

// splitReportKey is the inverse of reportKey; measured is false if start or notice is
// unknown.
func splitReportKey(n int64) (heading, took int64, measured bool) {
	heading, took = n/perDimensions, n%perDimensions
	if took == 0 {
		return heading, 0, false
	}
	return heading, took - noTime, true
}

// heading returns the id of a clock's report dimensions, and inserts new ones.
func (t *tx) heading(ctx context.Context, c *sla.Clock) (id int64, err error) {
	if f := t.learnt.fresh[c.Incident]; f != nil {
		return t.headingOfFresh(ctx, f, c)
	}
	args := []any{c.Incident, c.Promise, c.Terms, c.Explanation.Strength, c.State, c.Assumed()}
	const find = `SELECT h.id FROM incidents i JOIN report_dimensions h ON h.vendor = i.vendor AND h.service = i.service AND h.kind = i.kind
		WHERE i.id = $1 AND h.promise = $2 AND h.terms = $3 AND h.strength = $4 AND h.state = $5 AND h.assumed = $6`
	if err = t.one(ctx, []any{&id}, nil, find, args...); err != nil || id != 0 {
		return id, err
	}
	const insert = `INSERT INTO report_dimensions (vendor, service, kind, promise, terms, strength, state, assumed)
		SELECT vendor, service, kind, $1, $2, $3, $4, $5 FROM incidents WHERE id = $6 RETURNING id`
	absent := fmt.Errorf("incident %s: %w", c.Incident, tracker.ErrNotFound)
	err = t.one(ctx, []any{&id}, absent, insert, append(args[1:], args[0])...)
	return id, err
}

// headingOfFresh is heading for a clock of an incident whose fields are known.
func (t *tx) headingOfFresh(ctx context.Context, f *fresh, c *sla.Clock) (id int64, err error) {
	d := dimensions{f.vendor, f.service, c.Promise, c.Terms, f.kind, c.Explanation.Strength, c.State, c.Assumed()}
	if id = t.learnt.dimensions[d]; id != 0 {
		return id, nil
	}
	if id = t.db.known.dimensionsID(&d); id != 0 {
		return id, nil
	}
	args := []any{d.vendor, d.service, d.kind, d.promise, d.terms, d.strength, d.state, d.assumed}
	const find = `SELECT id FROM report_dimensions WHERE vendor = $1 AND service = $2 AND kind = $3 AND promise = $4 AND terms = $5
		AND strength = $6 AND state = $7 AND assumed = $8`
	err = t.one(ctx, []any{&id}, nil, find, args...)
	if err == nil && id == 0 {
		const insert = `INSERT INTO report_dimensions (vendor, service, kind, promise, terms, strength, state, assumed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`
		err = t.one(ctx, []any{&id}, nil, insert, args...)
	}
	if err == nil {
		t.learnt.dimensions[d] = id
	}
	return id, err
}

// moveService updates the report keys of an incident's clocks after its service was
// changed.
func (t *tx) moveService(ctx context.Context, inc *sla.Incident) error {
	type move struct{ clock, counted, to int64 }
	var moves []move
	err := t.query(ctx, func(rows *sql.Rows) error {
		var m move
		err := rows.Scan(&m.clock, &m.counted)
		moves = append(moves, m)
		return err
	}, `SELECT c.id, c.report_key FROM clocks c JOIN report_dimensions h ON h.id = c.report_key / 4294967296
		WHERE c.incident_id = $1 AND h.service <> $2`, inc.ID, inc.Service)
	for _, m := range moves {
		if err == nil {
			m.to, err = t.headingOfService(ctx, m.counted/perDimensions, inc.Service)
		}
		if err == nil {
			_, err = t.exec(ctx, `UPDATE clocks SET report_key = $1 WHERE id = $2`, m.to*perDimensions+m.counted%perDimensions, m.clock)
		}
	}
	if err != nil {
		return fmt.Errorf("service of %s: %w", inc.ID, err)
	}
	return nil
}

// headingOfService returns the id of the dimensions that differ from others in the
// service only.
func (t *tx) headingOfService(ctx context.Context, like int64, service string) (id int64, err error) {
	const insert = `INSERT INTO report_dimensions (vendor, service, kind, promise, terms, strength, state, assumed)
		SELECT vendor, $1, kind, promise, terms, strength, state, assumed FROM report_dimensions WHERE id = $2
		ON CONFLICT (vendor, service, kind, promise, terms, strength, state, assumed) DO UPDATE SET service = excluded.service RETURNING id`
	err = t.one(ctx, []any{&id}, nil, insert, service, like)
	return id, err
}

// headings reads all report dimensions by id.
func (r *reader) headings(ctx context.Context) (map[int64]*report.Heading, error) {
	all := make(map[int64]*report.Heading)
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			id int64
			h  report.Heading
		)
		err := rows.Scan(&id, &h.Vendor, &h.Service, &h.Kind, &h.Promise, &h.Terms, &h.Strength, &h.State, &h.Assumed)
		all[id] = &h
		return err
	}, `SELECT id, vendor, service, kind, promise, terms, strength, state, assumed FROM report_dimensions`)
	return all, err
}
