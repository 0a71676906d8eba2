package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	// mostMatches bounds the incidents that a search reads; it lists the newest.
	mostMatches = 5000
	// revision is the number of bits of a docid below the version of the incident.
	revision = 40
	// longestPhrase is the number of pairs that SQLite compares without first loading
	// all of their occurrences.
	longestPhrase = 3
	// mostPhrases bounds the phrases of a search; the incidents found are compared with
	// the whole text anyway.
	mostPhrases = 4
	// backlogStep is the number of incidents that one transaction indexes.
	backlogStep = 2000
	// indexStep is the number of new incidents that are indexed together. One by one
	// each would be a segment of the index, which costs as much as storing the incident.
	indexStep = 50
)

// words splits folded text at characters other than letters, marks and digits.
func words(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

// pairs splits a word into pairs of neighbouring letters, and the last letter alone,
// so that every letter begins an item and a single letter can be found by prefix.
func pairs(word string) []string {
	letters := []rune(word)
	list := make([]string, len(letters))
	for i := range letters {
		list[i] = string(letters[i:min(i+2, len(letters))])
	}
	return list
}

// indexed is the text that the search index gets for a folded text.
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

// phrases are the index's search terms for a folded text: incidents that contain the
// text have all of them. The rarest comes first. A text without letters has none.
func (d *dialect) phrases(folded string) []string {
	found := words(folded)
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(rarity(b), rarity(a)) })
	var list []string
	for _, word := range found {
		pairs := pairs(word)
		if len(pairs) == 1 {
			list = append(list, d.phrase(pairs, true))
			continue
		}
		pairs = pairs[:len(pairs)-1] // in the middle of a longer word the last letter has a neighbour
		for from := 0; from < len(pairs); from += longestPhrase {
			list = append(list, d.phrase(pairs[from:min(from+longestPhrase, len(pairs))], false))
		}
	}
	return list[:min(len(list), mostPhrases)]
}

// rarity estimates how rare a word is: long words, numbers and ideographs are rarer.
func rarity(word string) int {
	score := min(utf8.RuneCountInString(word), longestPhrase+1)
	if strings.ContainsFunc(word, unicode.IsDigit) {
		score += 4
	}
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		score += 2
	}
	return score
}

// index adds an incident's words to the search index.
func (t *tx) index(ctx context.Context, id sla.IncidentID, version int64, folded string) error {
	docid := int64(id)
	if version > 1 {
		docid += version << revision
	}
	if _, err := t.exec(ctx, t.db.sql.index, docid, indexed(folded)); err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	return nil
}

// reindex calls index again if an amendment changed the words. The words of a new
// incident that waits to be indexed are read from its row.
func (t *tx) reindex(ctx context.Context, id sla.IncidentID, version int64, folded string) error {
	var was string
	absent := fmt.Errorf("%s: %w", id, tracker.ErrConflict)
	if err := t.one(ctx, []any{&was}, absent, `SELECT folded FROM incidents WHERE id = $1`, id); err != nil || was == folded {
		return err
	}
	above, err := t.indexedUpTo(ctx)
	if err != nil || int64(id) > above {
		return err
	}
	return t.index(ctx, id, version, folded)
}

// indexedUpTo is the id above which incidents wait to be indexed.
func (r *reader) indexedUpTo(ctx context.Context) (above int64, err error) {
	err = r.one(ctx, []any{&above}, sql.ErrNoRows, `SELECT above FROM search_backlog`)
	return above, err
}

// indexNew indexes the new incidents up to this one if there are indexStep of them.
func (t *tx) indexNew(ctx context.Context, id sla.IncidentID) error {
	if int64(id)-max(t.learnt.indexed, t.db.known.indexedUpTo()) < indexStep {
		return nil
	}
	above, err := t.indexedUpTo(ctx)
	if err == nil && int64(id)-above >= indexStep {
		err = t.indexRange(ctx, above+1, int64(id)+1)
		above = int64(id)
	}
	if err == nil && above == int64(id) {
		_, err = t.exec(ctx, `UPDATE search_backlog SET above = $1`, above)
	}
	if err != nil {
		return fmt.Errorf("index new incidents for the search: %w", err)
	}
	t.learnt.indexed = above
	return nil
}

// indexRange indexes the incidents from one id to below another one.
func (t *tx) indexRange(ctx context.Context, from, below int64) error {
	texts := map[sla.IncidentID]string{}
	err := t.query(ctx, func(rows *sql.Rows) error {
		var id sla.IncidentID
		var folded string
		err := rows.Scan(&id, &folded)
		texts[id] = folded
		return err
	}, `SELECT id, folded FROM incidents WHERE id >= $1 AND id < $2`, from, below)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		if err := t.index(ctx, id, 1, texts[id]); err != nil {
			return err
		}
	}
	return nil
}

// indexBacklog indexes the incidents that were stored before the search index existed.
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

// indexSome indexes the newest missing incidents, and returns the id below which
// incidents are still missing.
func (t *tx) indexSome(ctx context.Context) (int64, error) {
	var below int64
	if err := t.one(ctx, []any{&below}, sql.ErrNoRows, `SELECT below FROM search_backlog`); err != nil || below <= 1 {
		return below, err
	}
	from := max(below-backlogStep, 1)
	if err := t.indexRange(ctx, from, below); err != nil {
		return 0, err
	}
	_, err := t.exec(ctx, `UPDATE search_backlog SET below = $1`, from)
	return from, err
}

// found is the result of a search.
type found struct {
	ids      string // of the incidents, as a JSON array
	owners   string // whose names contain the text, as a JSON array; empty: none
	cutShort bool   // there may be older ones beyond mostMatches
	sql      *dialect
}

// hits looks up the text of a query. In a month only the owners are looked up: its
// incidents are compared with the text one by one.
func (r *reader) hits(ctx context.Context, q *tracker.Query) (*found, error) {
	if q.Text == "" {
		return &found{sql: r.db.sql}, nil
	}
	owners, err := r.ownersLike(ctx, q.Text)
	if err != nil || months(q) {
		return &found{owners: owners, sql: r.db.sql}, err
	}
	return r.search(ctx, q.Text, owners)
}

// ownersLike lists the owners whose names contain the text, from the counters, which
// hold each owner a few times.
func (r *reader) ownersLike(ctx context.Context, text string) (string, error) {
	var owners []string
	err := r.query(ctx, func(rows *sql.Rows) error {
		var owner string
		err := rows.Scan(&owner)
		if strings.Contains(fold(owner), fold(text)) {
			owners = append(owners, owner)
		}
		return err
	}, `SELECT DISTINCT owner FROM counters WHERE owner <> '' AND incidents > 0`)
	if err != nil || len(owners) == 0 {
		return "", err
	}
	return listText(owners)
}

// ownedBy lists incidents of owners, the most urgent first.
func (r *reader) ownedBy(ctx context.Context, owners string) ([]sla.IncidentID, error) {
	if owners == "" {
		return nil, nil
	}
	s := new(statement)
	s.write("SELECT e.incident_id FROM "+r.db.sql.texts+" o CROSS JOIN list_entries e WHERE e.listing = '' AND e.owner = o.value LIMIT ?", owners, mostMatches+1)
	return r.ids(ctx, s.String(), s.args...)
}

// search finds the newest incidents that contain the text or have it as their id, and
// those of the owners. It
// adds phrases to the query of the index until at most mostMatches incidents remain.
func (r *reader) search(ctx context.Context, text, owners string) (*found, error) {
	var candidates []sla.IncidentID
	var err error
	list := r.db.sql.phrases(fold(text))
	if len(list) == 0 {
		candidates, err = r.ids(ctx, `SELECT id FROM incidents ORDER BY id DESC LIMIT $1`, mostMatches+1)
	}
	for n := 1; n <= len(list) && err == nil && (n == 1 || len(candidates) > mostMatches); n++ {
		s := new(statement)
		s.write("SELECT docid & ? FROM search WHERE "+r.db.sql.match+" ORDER BY docid DESC LIMIT ?",
			int64(1)<<revision-1, strings.Join(list[:n], r.db.sql.and), mostMatches+1)
		candidates, err = r.ids(ctx, s.String(), s.args...)
	}
	if err != nil {
		return nil, err
	}
	waiting, err := r.waiting(ctx, text, list)
	if err != nil {
		return nil, err
	}
	candidates = append(waiting, candidates...)
	owned, err := r.ownedBy(ctx, owners)
	if err != nil {
		return nil, err
	}
	f := &found{owners: owners, sql: r.db.sql, cutShort: max(len(candidates), len(owned)) > mostMatches}
	candidates = append(candidates[:min(len(candidates), mostMatches)], owned[:min(len(owned), mostMatches)]...)
	if id, err := sla.ParseIncidentID(strings.TrimSpace(text)); err == nil {
		candidates = append(candidates, id)
	}
	s := new(statement)
	s.write("SELECT DISTINCT i.id FROM "+r.db.sql.numbers+" c CROSS JOIN incidents i WHERE i.id = c.value AND ", idList(candidates))
	s.matches(text, f)
	ids, err := r.ids(ctx, s.String(), s.args...)
	f.ids = idList(ids)
	return f, err
}

// waiting finds the incidents that contain the text among the newest, which are not
// indexed yet. A text without phrases is not looked up in the index.
func (r *reader) waiting(ctx context.Context, text string, phrases []string) ([]sla.IncidentID, error) {
	if len(phrases) == 0 {
		return nil, nil
	}
	s := new(statement)
	s.write("SELECT i.id FROM search_backlog b CROSS JOIN incidents i WHERE i.id > b.above AND ")
	s.matches(text, &found{sql: r.db.sql})
	s.write(" ORDER BY i.id DESC")
	return r.ids(ctx, s.String(), s.args...)
}

// foundIDs selects the incidents that a search found.
func (s *statement) foundIDs(f *found) {
	s.write("SELECT value AS incident_id FROM "+f.sql.numbers+" ids", f.ids)
}

func (r *reader) ids(ctx context.Context, stmt string, args ...any) ([]sla.IncidentID, error) {
	var ids []sla.IncidentID
	err := r.query(ctx, func(rows *sql.Rows) error {
		var id sla.IncidentID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, stmt, args...)
	return ids, err
}

// idList encodes ids as a JSON array.
func idList(ids []sla.IncidentID) string {
	list := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, int64(id), 10)
	}
	return string(append(list, ']'))
}
