package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/record"
)

// recordBuffer holds what a transaction will append to the record before it commits:
// the lines in order, and the rows that are read once they have their final values.
type recordBuffer struct {
	lines []record.Line
	rows  []sealedID
	known map[sealedID]bool
	// inserted holds the contents of rows that the transaction inserted and did not
	// change since: these are not read.
	inserted map[sealedID]record.Line
}

// sealedID identifies rows of a sealed table by their value in the column id.
type sealedID struct {
	kind record.Kind
	id   int64
}

// sealRow has the rows with this id sealed at the end of the transaction.
func (t *tx) sealRow(kind record.Kind, id int64) {
	row := sealedID{kind, id}
	delete(t.record.inserted, row)
	if t.record.known[row] {
		return
	}
	if t.record.known == nil {
		t.record.known = make(map[sealedID]bool)
	}
	t.record.known[row] = true
	t.record.rows = append(t.record.rows, row)
}

// sealInserted is sealRow for a new row. values are those of the table's sealed
// columns, in their order, as they were stored: reading them costs as much as
// inserting them.
func (t *tx) sealInserted(kind record.Kind, id int64, values []any) error {
	stored := make([]any, len(values))
	for i, v := range values {
		var err error
		if stored[i], err = storedValue(v); err != nil {
			return fmt.Errorf("seal %s %d: %w", kind, id, err)
		}
	}
	content, err := hashRow(stored)
	if err != nil {
		return fmt.Errorf("seal %s %d: %w", kind, id, err)
	}
	t.sealRow(kind, id)
	if t.record.inserted == nil {
		t.record.inserted = make(map[sealedID]record.Line)
	}
	t.record.inserted[sealedID{kind, id}] = sealedKey{kind: kind, number: id}.line(content)
	return nil
}

// storedValue is an argument of a statement as SQLite returns it.
func storedValue(v any) (any, error) {
	value, err := driver.DefaultParameterConverter.ConvertValue(v)
	if b, ok := value.(bool); ok {
		value = int64(0)
		if b {
			value = int64(1)
		}
	}
	return value, err
}

// sealEvent appends the line of an event, which is sealed by its own hash.
func (t *tx) sealEvent(e *sla.Event) error {
	line, err := eventLine(e)
	if err == nil {
		t.record.lines = append(t.record.lines, line)
	}
	return err
}

// eventLine seals a damaged hash as the text that it is: a bad event of an older
// database must not keep the others from being sealed, and Verify names it.
func eventLine(e *sla.Event) (record.Line, error) {
	content := record.Hash(sha256.Sum256([]byte(e.Hash)))
	if sum, err := hex.DecodeString(e.Hash); err == nil && len(sum) == len(content) {
		copy(content[:], sum)
	}
	return sealedKey{kind: record.Event, number: int64(e.Incident), part: e.Seq}.line(content), nil
}

// appendRecord writes the lines of the transaction.
func (t *tx) appendRecord(ctx context.Context) error {
	if err := t.readSealed(ctx); err != nil {
		return err
	}
	if len(t.record.lines) == 0 {
		return nil
	}
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	rows := make([][]any, len(t.record.lines))
	for i := range t.record.lines {
		l := &t.record.lines[i]
		head = l.Seal(head)
		rows[i] = []any{l.Count, l.Kind, l.Name, l.Number, l.Part, l.Content[:], l.Hash[:]}
	}
	const into = `INSERT INTO record_lines (count, kind, name, number, part, content, hash)`
	if err := t.insertRows(ctx, into, rows); err != nil {
		return fmt.Errorf("append to the record: %w", err)
	}
	t.record = recordBuffer{}
	return nil
}

// readSealed appends the lines of the rows to seal, in their order.
func (t *tx) readSealed(ctx context.Context) error {
	byKind := map[record.Kind][]int64{}
	lines := make(map[sealedID][]record.Line, len(t.record.rows))
	for _, row := range t.record.rows {
		if line, ok := t.record.inserted[row]; ok {
			lines[row] = []record.Line{line}
			continue
		}
		byKind[row.kind] = append(byKind[row.kind], row.id)
	}
	for kind, ids := range byKind {
		for some := range chunks(ids) {
			if err := t.readSome(ctx, kind, some, lines); err != nil {
				return fmt.Errorf("seal %s %d: %w", kind, some, err)
			}
		}
	}
	for _, row := range t.record.rows {
		t.record.lines = append(t.record.lines, lines[row]...)
	}
	return nil
}

// readSome adds the lines of the rows of a kind with these ids.
func (r *reader) readSome(ctx context.Context, kind record.Kind, ids []int64, lines map[sealedID][]record.Line) error {
	s := tableOf(kind)
	var values []any
	return r.query(ctx, func(rows *sql.Rows) error {
		key, content, err := scanSealed(kind, rows, &values)
		row := sealedID{kind, key.number}
		lines[row] = append(lines[row], key.line(content))
		return err
	}, s.selectSQL()+s.condition(s.id+" IN ("+placeholders(1, len(ids))+")"), anys(ids)...)
}

// Head is the newest line of the record.
func (r *reader) Head(ctx context.Context) (record.Head, error) { return r.head(ctx) }

func (r *reader) head(ctx context.Context) (head record.Head, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var hash []byte
		if err := rows.Scan(&head.Count, &hash); err != nil {
			return err
		}
		return readHash(&head.Hash, hash)
	}, `SELECT count, hash FROM record_lines ORDER BY count DESC LIMIT 1`)
	if err != nil {
		return head, fmt.Errorf("head of the record: %w", err)
	}
	return head, nil
}

func readHash(d *record.Hash, stored []byte) error {
	if len(stored) != len(d) {
		return fmt.Errorf("a hash of the record has %d bytes, not %d", len(stored), len(d))
	}
	copy(d[:], stored)
	return nil
}

// Head is the newest line of the record.
func (db *DB) Head(ctx context.Context) (head record.Head, err error) {
	err = db.view(ctx, func(r *reader) error {
		head, err = r.head(ctx)
		return err
	})
	return head, err
}

// ErrOtherHistory means that a database does not hold the history of a head.
var ErrOtherHistory = errors.New("the record is not the one that this head was taken from")

// checkHead proves that the record holds the history that had this head. Without a
// count, any line may be it. The chain itself is checked by verifyRecord.
func (r *reader) checkHead(ctx context.Context, want record.Head) error {
	head, err := r.head(ctx)
	if err != nil {
		return err
	}
	if want == (record.Head{}) {
		return nil // of a record without lines, which every record continues
	}
	if want.Count > head.Count {
		return fmt.Errorf("%w: it has %d lines, and the head is of line %d: lines are missing at the end, or this is an older copy", ErrOtherHistory, head.Count, want.Count)
	}
	var count int64
	const find = `SELECT count FROM record_lines WHERE hash = $1 AND (count = $2 OR $3 = 0) LIMIT 1`
	if err := r.one(ctx, []any{&count}, nil, find, want.Hash[:], want.Count, want.Count); err != nil || count != 0 {
		return err
	}
	if want.Count == 0 {
		return fmt.Errorf("%w: none of its %d lines has the hash %s: lines were replaced or are missing, or this is another database or an older copy", ErrOtherHistory, head.Count, want.Hash)
	}
	return fmt.Errorf("%w: line %d has another hash: a line up to there was replaced, or this is another database", ErrOtherHistory, want.Count)
}

// Checkpoint lets retention delete the contents of a kind with a number up to upTo,
// in the transaction that deletes them: the triggers of their table and Verify then
// accept that these are gone. The lines that sealed them stay, so that every head
// that was published still verifies; a line that seals the checkpoint is appended. It
// does nothing if an earlier checkpoint covers upTo.
func (t *tx) checkpoint(ctx context.Context, kind record.Kind, upTo int64, at time.Time) error {
	// What this transaction has written so far is to be sealed before the checkpoint.
	if err := t.appendRecord(ctx); err != nil {
		return err
	}
	covered, err := t.covered(ctx, kind)
	if err != nil || upTo <= covered {
		return err
	}
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	const stmt = `INSERT INTO record_checkpoints (kind, up_to, count, hash, at) VALUES ($1, $2, $3, $4, $5)`
	if _, err := t.exec(ctx, stmt, kind, upTo, head.Count, head.Hash[:], at.UnixMilli()); err != nil {
		return fmt.Errorf("checkpoint of %s up to %d: %w", kind, upTo, err)
	}
	content, err := hashRow([]any{head.Count, head.Hash[:], at.UnixMilli()})
	t.record.lines = append(t.record.lines, sealedKey{kind: record.Checkpoint, name: string(kind), number: upTo}.line(content))
	return err
}

// covered is the newest checkpoint of a kind; 0: none.
func (r *reader) covered(ctx context.Context, kind record.Kind) (upTo int64, err error) {
	err = r.one(ctx, []any{&upTo}, nil, `SELECT COALESCE(MAX(up_to), 0) FROM record_checkpoints WHERE kind = $1`, kind)
	return upTo, err
}
