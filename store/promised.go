package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"kigen/sla"
)

// explanationSQL is the whole explanation of a row of clocks, as JSON.
const explanationSQL = `COALESCE((SELECT text FROM promised WHERE id = clocks.promised_id), '') || explanation`

// stepsKey begins what explanations of one promise do not share. A text inside the
// JSON can't hold it, because its quotes would be escaped.
const stepsKey = `,"steps":[`

// shortenStep is the number of clocks that one transaction of shortenBacklog handles.
const shortenStep = 2000

// splitExplanation cuts an explanation into what promised holds, empty where it has
// no steps, and the rest. The two parts make the explanation again.
func splitExplanation(whole string) (promised, rest string) {
	if at := strings.Index(whole, stepsKey); at >= 0 {
		return whole[:at], whole[at:]
	}
	return "", whole
}

// explanationText is the whole explanation of a clock, as JSON.
func explanationText(c *sla.Clock) (string, error) {
	whole, err := json.Marshal(&c.Explanation)
	if err != nil {
		return "", fmt.Errorf("explanation of clock %s of %s: %w", c.Promise, c.Incident, err)
	}
	return string(whole), nil
}

// explanationValues are the columns promised_id and explanation for an explanation.
func (t *tx) explanationValues(ctx context.Context, whole string) ([]any, error) {
	promised, rest := splitExplanation(whole)
	id, err := t.promisedID(ctx, promised)
	return []any{id, rest}, err
}

// promisedID returns the id of a text of promised, which it stores if it is new; NULL
// of the empty text.
func (t *tx) promisedID(ctx context.Context, text string) (id nullInt, err error) {
	if text == "" {
		return id, nil
	}
	id.Valid = true
	if id.V = t.learnt.promised[text]; id.V != 0 {
		return id, nil
	}
	if id.V = t.db.known.promisedID(text); id.V != 0 {
		return id, nil
	}
	err = t.one(ctx, []any{&id.V}, nil, `SELECT id FROM promised WHERE text = $1`, text)
	if err == nil && id.V == 0 {
		err = t.one(ctx, []any{&id.V}, nil, `INSERT INTO promised (text) VALUES ($1) RETURNING id`, text)
	}
	if err != nil {
		return id, fmt.Errorf("store what clocks keep of a promise: %w", err)
	}
	t.learnt.promised[text] = id.V
	return id, nil
}

// shortenBacklog shortens the explanations that an older version stored whole. It goes
// on where an earlier run was killed.
func (db *DB) shortenBacklog(ctx context.Context, progress func(done int64)) error {
	below, err := db.unshortened(ctx)
	for first := below; err == nil && below > 1; progress(first - below) {
		err = db.update(ctx, func(t *tx) (err error) {
			below, err = t.shortenSome(ctx)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("shorten the explanations of older clocks: %w", err)
	}
	return nil
}

// unshortened is the id below which clocks may be whole; it looks without the write
// lock, which another process may hold.
func (db *DB) unshortened(ctx context.Context) (below int64, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.one(ctx, []any{&below}, sql.ErrNoRows, `SELECT below FROM promised_backlog`)
	})
	return below, err
}

// shortenSome shortens the newest whole explanations, and returns the id below which
// others may be whole.
func (t *tx) shortenSome(ctx context.Context) (int64, error) {
	var below int64
	if err := t.one(ctx, []any{&below}, sql.ErrNoRows, `SELECT below FROM promised_backlog`); err != nil || below <= 1 {
		return below, err
	}
	from := max(below-shortenStep, 1)
	wholes := map[int64]string{}
	err := t.query(ctx, func(rows *sql.Rows) error {
		var id int64
		var whole string
		err := rows.Scan(&id, &whole)
		wholes[id] = whole
		return err
	}, `SELECT id, explanation FROM clocks WHERE id >= $1 AND id < $2 AND promised_id IS NULL`, from, below)
	if err != nil {
		return 0, err
	}
	for id, whole := range wholes {
		promised, rest := splitExplanation(whole)
		if promised == "" {
			continue
		}
		ref, err := t.promisedID(ctx, promised)
		if err != nil {
			return 0, err
		}
		if _, err := t.exec(ctx, `UPDATE clocks SET promised_id = $1, explanation = $2 WHERE id = $3`, ref, rest, id); err != nil {
			return 0, err
		}
	}
	_, err = t.exec(ctx, `UPDATE promised_backlog SET below = $1`, from)
	return from, err
}
