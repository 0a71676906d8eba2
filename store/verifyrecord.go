package store

import (
	"context"
	"database/sql"
	"fmt"

	"kigen/sla"
	"kigen/sla/record"
)

// verifyRecord checks the chain of the record, and that every sealed content is there
// as its newest line sealed it, with nothing beside it.
func (r *reader) verifyRecord(ctx context.Context, f *findings) error {
	if err := r.verifyChain(ctx, f); err != nil {
		return err
	}
	if err := r.verifyCheckpoints(ctx, f); err != nil {
		return err
	}
	var backlog bool
	err := r.one(ctx, []any{&backlog}, nil, `SELECT EXISTS (SELECT 1 FROM record_backlog)`)
	if err != nil {
		return err
	}
	if backlog {
		f.addf("older rows are not sealed yet: start kigen serve, or run kigen db migrate, which goes on where it was stopped")
		return nil
	}
	events := comparison{
		kind: record.Event, rows: `SELECT ` + eventColumns + ` FROM events ORDER BY incident_id, seq`, scan: scanEventKey,
		name: func(k sealedKey) string { return fmt.Sprintf("%s: event %d", sla.IncidentID(k.number), k.part) },
	}
	if err := r.compare(ctx, f, &events); err != nil {
		return err
	}
	for i := range sealedTables {
		s := &sealedTables[i]
		covered, err := r.covered(ctx, s.kind)
		if err != nil {
			return err
		}
		var values []any
		err = r.compare(ctx, f, &comparison{
			kind: s.kind, rows: s.allSQL(), covered: covered, name: s.called,
			scan: func(rows *sql.Rows) (sealedKey, record.Hash, error) { return scanSealed(s.kind, rows, &values) },
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// called names a row in a finding.
func (s *sealedTable) called(k sealedKey) string {
	switch {
	case s.kind == record.Incident:
		return sla.IncidentID(k.number).String()
	case k.name != "":
		return fmt.Sprintf("%s %s %d", s.noun, k.name, k.number)
	case k.part != 0:
		return fmt.Sprintf("%s %d, %d", s.noun, k.number, k.part)
	}
	return fmt.Sprintf("%s %d", s.noun, k.number)
}

func scanEventKey(rows *sql.Rows) (sealedKey, record.Hash, error) {
	e, err := scanEvent(rows)
	if err != nil {
		return sealedKey{}, record.Hash{}, err
	}
	line, err := eventLine(&e)
	if err != nil {
		line.Content = record.Hash{} // matches no line
	}
	return sealedKey{kind: record.Event, number: int64(e.Incident), part: e.Seq}, line.Content, nil
}

func (r *reader) verifyChain(ctx context.Context, f *findings) error {
	var head record.Head
	return r.query(ctx, func(rows *sql.Rows) error {
		l, err := scanRecordLine(rows)
		if err != nil {
			return err
		}
		switch {
		case l.Count != head.Count+1:
			f.addf("line %d of the record follows line %d: lines are missing", l.Count, head.Count)
		case !l.Follows(head):
			f.addf("line %d of the record (%s) was changed after it was written", l.Count, l.Kind)
		}
		head = record.Head{Count: l.Count, Hash: l.Hash}
		return nil
	}, `SELECT count, kind, name, number, part, content, hash FROM record_lines ORDER BY count`)
}

func scanRecordLine(rows *sql.Rows) (l record.Line, err error) {
	var content, hash sql.RawBytes
	if err := rows.Scan(&l.Count, &l.Kind, &l.Name, &l.Number, &l.Part, &content, &hash); err != nil {
		return l, err
	}
	if err := readHash(&l.Content, content); err != nil {
		return l, err
	}
	err = readHash(&l.Hash, hash)
	return l, err
}

// verifyCheckpoints checks that each checkpoint names a line of this record.
func (r *reader) verifyCheckpoints(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var kind string
		var upTo int64
		if err := rows.Scan(&kind, &upTo); err != nil {
			return err
		}
		f.addf("checkpoint %s %d does not match the record", kind, upTo)
		return nil
	}, `SELECT kind, up_to FROM record_checkpoints c
		WHERE NOT EXISTS (SELECT 1 FROM record_lines WHERE count = c.count AND hash = c.hash)`)
}

// comparison is what the record seals of one kind beside what is stored.
type comparison struct {
	kind    record.Kind
	rows    string // selects what is stored, in the order of sealedKey.compare
	scan    func(*sql.Rows) (sealedKey, record.Hash, error)
	covered int64 // contents up to this number may be gone: a checkpoint says so
	name    func(sealedKey) string
}

// newestLinesSQL selects the lines of a kind in the order of sealedKey.compare; of the
// lines about one content the newest comes last.
func newestLinesSQL(kind record.Kind) string {
	return `SELECT name, number, part, content FROM record_lines WHERE kind = '` + string(kind) + `' ORDER BY name, number, part, count`
}

// compare reads both sides in the same order, so that memory does not grow with them.
func (r *reader) compare(ctx context.Context, f *findings, c *comparison) error {
	lines, err := r.pull(ctx, func(rows *sql.Rows) (key sealedKey, content record.Hash, err error) {
		key.kind = c.kind
		var sum sql.RawBytes
		if err := rows.Scan(&key.name, &key.number, &key.part, &sum); err != nil {
			return key, content, err
		}
		err = readHash(&content, sum)
		return key, content, err
	}, "lines_"+string(c.kind), newestLinesSQL(c.kind))
	if err != nil {
		return err
	}
	defer lines.close()
	stored, err := r.pull(ctx, c.scan, "stored_"+string(c.kind), c.rows)
	if err != nil {
		return err
	}
	defer stored.close()
	for !lines.done || !stored.done {
		switch side := beside(lines, stored); {
		case side < 0:
			if lines.key.number > c.covered {
				f.addf("%s is missing: the record holds it", c.name(lines.key))
			}
			lines.advance()
		case side > 0:
			f.addf("%s is not in the record: it was not written by kigen", c.name(stored.key))
			stored.advance()
		default:
			if lines.content != stored.content {
				f.addf("%s was changed: it is not as the record seals it", c.name(stored.key))
			}
			lines.advance()
			stored.advance()
		}
	}
	return r.db.explain(ctx, lines.errorOr(stored))
}

// beside compares the positions of two cursors; one that is done is behind all.
func beside(a, b *cursor) int {
	switch {
	case a.done:
		return 1
	case b.done:
		return -1
	}
	return a.key.compare(b.key)
}
