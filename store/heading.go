package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Heading is what a report counts a clock under.
type Heading struct {
	Vendor   string
	Service  string
	Promise  string
	Terms    string // content hash, as of sla.Clock
	Strength sla.Strength
	State    sla.State
	Assumed  bool // the clock's start is
}

const (
	perHeading  = 1 << 32 // a clock's counted column is its heading times this, plus
	noTime      = 1 << 31 // this and its seconds from start to notice; 0: not both are known
	longestTime = noTime - 1
)

// counted gives a clock's column for reports.
func counted(heading int64, c *sla.Clock) int64 {
	n := heading * perHeading
	if c.Start.At.IsZero() || c.NoticeAt.IsZero() {
		return n
	}
	return n + noTime + min(max(c.NoticeAt.Unix()-c.Start.At.Unix(), -longestTime), longestTime)
}

// splitCounted is the inverse of counted.
func splitCounted(n int64) (heading, took int64, measured bool) {
	heading, took = n/perHeading, n%perHeading
	if took == 0 {
		return heading, 0, false
	}
	return heading, took - noTime, true
}

// heading finds the heading of a clock, and makes it where it is new.
func (t *tx) heading(ctx context.Context, c *sla.Clock) (id int64, err error) {
	args := []any{c.Incident, c.Promise, c.Terms, c.Explanation.Strength, c.State, c.Start.Basis == sla.Assumed}
	const find = `SELECT h.id FROM incidents i JOIN headings h ON h.vendor = i.vendor AND h.service = i.service
		WHERE i.id = $1 AND h.promise = $2 AND h.terms = $3 AND h.strength = $4 AND h.state = $5 AND h.assumed = $6`
	if err = t.one(ctx, []any{&id}, nil, find, args...); err != nil || id != 0 {
		return id, err
	}
	const insert = `INSERT INTO headings (vendor, service, promise, terms, strength, state, assumed)
		SELECT vendor, service, $1, $2, $3, $4, $5 FROM incidents WHERE id = $6 RETURNING id`
	absent := fmt.Errorf("incident %s: %w", c.Incident, tracker.ErrNotFound)
	err = t.one(ctx, []any{&id}, absent, insert, append(args[1:], args[0])...)
	return id, err
}

// moveService puts an incident's clocks under the headings of its service, as
// it is named now.
func (t *tx) moveService(ctx context.Context, inc *sla.Incident) error {
	type move struct{ clock, counted, to int64 }
	var moves []move
	err := t.query(ctx, func(rows *sql.Rows) error {
		var m move
		err := rows.Scan(&m.clock, &m.counted)
		moves = append(moves, m)
		return err
	}, `SELECT c.id, c.counted FROM clocks c JOIN headings h ON h.id = c.counted / 4294967296
		WHERE c.incident_id = $1 AND h.service <> $2`, inc.ID, inc.Service)
	for _, m := range moves {
		if err == nil {
			m.to, err = t.headingOfService(ctx, m.counted/perHeading, inc.Service)
		}
		if err == nil {
			_, err = t.exec(ctx, `UPDATE clocks SET counted = $1 WHERE id = $2`, m.to*perHeading+m.counted%perHeading, m.clock)
		}
	}
	if err != nil {
		return fmt.Errorf("service of %s: %w", inc.ID, err)
	}
	return nil
}

// headingOfService is like another heading, but for its service.
func (t *tx) headingOfService(ctx context.Context, like int64, service string) (id int64, err error) {
	const insert = `INSERT INTO headings (vendor, service, promise, terms, strength, state, assumed)
		SELECT vendor, $1, promise, terms, strength, state, assumed FROM headings WHERE id = $2
		ON CONFLICT (vendor, service, promise, terms, strength, state, assumed) DO UPDATE SET service = excluded.service RETURNING id`
	err = t.one(ctx, []any{&id}, nil, insert, service, like)
	return id, err
}

// headings reads all headings by their numbers.
func (r *reader) headings(ctx context.Context) (map[int64]*Heading, error) {
	all := make(map[int64]*Heading)
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			id int64
			h  Heading
		)
		err := rows.Scan(&id, &h.Vendor, &h.Service, &h.Promise, &h.Terms, &h.Strength, &h.State, &h.Assumed)
		all[id] = &h
		return err
	}, `SELECT id, vendor, service, promise, terms, strength, state, assumed FROM headings`)
	return all, err
}
