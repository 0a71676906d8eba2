package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	// mostMatches bounds what a search reads. Of a text that more incidents
	// hold, the newest so many are listed.
	mostMatches = 5000
	// revision is where a docid holds the version of an incident's words.
	revision = 40
	// longestPhrase is how many pairs SQLite compares without loading all of
	// their occurrences first.
	longestPhrase = 4
	// backlogStep is how many incidents one transaction adds to the search.
	backlogStep = 2000
)

// words cuts folded text at whatever is no letter and no digit.
func words(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

// pairs gives a word as pairs of neighbouring letters. The last letter stands
// alone at the end, so that a single letter is the beginning of some pair
// wherever it stands.
func pairs(word string) []string {
	letters := []rune(word)
	list := make([]string, len(letters))
	for i := range letters {
		list[i] = string(letters[i:min(i+2, len(letters))])
	}
	return list
}

// indexed is what the search keeps of a folded text.
func indexed(folded string) string {
	var b strings.Builder
	for _, word := range words(folded) {
		for _, pair := range pairs(word) {
			b.WriteString(pair)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// matchExpression finds at least the incidents that hold the folded text; empty:
// it has no letter to go by.
func matchExpression(folded string) string {
	var phrases []string
	for _, word := range words(folded) {
		list := pairs(word)
		if len(list) == 1 {
			phrases = append(phrases, `"`+list[0]+`*"`)
			continue
		}
		list = list[:len(list)-1] // in the middle of a longer word the last letter has a neighbour
		for from := 0; from < len(list); from += longestPhrase {
			phrases = append(phrases, `"`+strings.Join(list[from:min(from+longestPhrase, len(list))], " ")+`"`)
		}
	}
	return strings.Join(phrases, " ")
}

// index makes an incident's words findable.
func (t *tx) index(ctx context.Context, id sla.IncidentID, version int64, folded string) error {
	docid := int64(id)
	if version > 1 {
		docid += version << revision
	}
	if _, err := t.exec(ctx, `INSERT INTO search (docid, pairs) VALUES ($1, $2)`, docid, indexed(folded)); err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	return nil
}

// reindex does so again where an amendment changed the words.
func (t *tx) reindex(ctx context.Context, id sla.IncidentID, version int64, folded string) error {
	var was string
	absent := fmt.Errorf("%s: %w", id, tracker.ErrConflict)
	if err := t.one(ctx, []any{&was}, absent, `SELECT folded FROM incidents WHERE id = $1`, id); err != nil || was == folded {
		return err
	}
	return t.index(ctx, id, version, folded)
}

// indexBacklog adds the incidents of a database from before there was a search.
func (db *DB) indexBacklog(ctx context.Context) error {
	for below := int64(backlogStep); below > 1; {
		err := db.update(ctx, func(t *tx) (err error) {
			below, err = t.indexSome(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("index older incidents for the search: %w", err)
		}
	}
	return nil
}

// indexSome adds the newest of those that are missing, and returns below which
// id some are missing still.
func (t *tx) indexSome(ctx context.Context) (int64, error) {
	var below int64
	if err := t.one(ctx, []any{&below}, sql.ErrNoRows, `SELECT below FROM search_backlog`); err != nil || below <= 1 {
		return below, err
	}
	from := max(below-backlogStep, 1)
	texts := map[sla.IncidentID]string{}
	err := t.query(ctx, func(rows *sql.Rows) error {
		var id sla.IncidentID
		var folded string
		err := rows.Scan(&id, &folded)
		texts[id] = folded
		return err
	}, `SELECT id, folded FROM incidents WHERE id >= $1 AND id < $2`, from, below)
	if err != nil {
		return 0, err
	}
	for id, folded := range texts {
		if err := t.index(ctx, id, 1, folded); err != nil {
			return 0, err
		}
	}
	_, err = t.exec(ctx, `UPDATE search_backlog SET below = $1`, from)
	return from, err
}

// matching selects as m the ids of the newest incidents that hold the text, or
// bear it as their id.
func (s *statement) matching(text string) {
	s.write("SELECT i.id AS incident_id FROM (")
	if expression := matchExpression(fold(text)); expression != "" {
		s.write("SELECT DISTINCT docid & ? AS id FROM (SELECT docid FROM search WHERE search MATCH ? ORDER BY docid DESC LIMIT ?)",
			int64(1)<<revision-1, expression, mostMatches)
	} else {
		s.write("SELECT id FROM (SELECT id FROM incidents ORDER BY id DESC LIMIT ?)", mostMatches)
	}
	if id, err := sla.ParseIncidentID(strings.TrimSpace(text)); err == nil {
		s.write(" UNION SELECT ?", id)
	}
	s.write(") found CROSS JOIN incidents i WHERE i.id = found.id AND ")
	s.matches(text)
}

// cutShort reports whether more incidents may hold the text than a search reads.
func (r *reader) cutShort(ctx context.Context, text string) (bool, error) {
	expression := matchExpression(fold(text))
	n := 0
	stmt, args := `SELECT COUNT(*) FROM (SELECT docid FROM search WHERE search MATCH $1 LIMIT $2)`, []any{expression, mostMatches + 1}
	if expression == "" {
		stmt, args = `SELECT COUNT(*) FROM (SELECT id FROM incidents LIMIT $1)`, []any{mostMatches + 1}
	}
	err := r.one(ctx, []any{&n}, nil, stmt, args...)
	return n > mostMatches, err
}
