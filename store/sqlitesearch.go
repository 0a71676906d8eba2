package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	longestPhrase = 3
	// mostPhrases is how many of them a search asks for; what is found is
	// compared with the whole text anyway.
	mostPhrases = 4
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

// phrases are what the index can be asked for: the incidents that hold the
// folded text have all of them. The one that few incidents are likely to have
// comes first; none: the text has no letter to go by.
func phrases(folded string) []string {
	found := words(folded)
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(rarity(b), rarity(a)) })
	var list []string
	for _, word := range found {
		pairs := pairs(word)
		if len(pairs) == 1 {
			list = append(list, `"`+pairs[0]+`*"`)
			continue
		}
		pairs = pairs[:len(pairs)-1] // in the middle of a longer word the last letter has a neighbour
		for from := 0; from < len(pairs); from += longestPhrase {
			list = append(list, `"`+strings.Join(pairs[from:min(from+longestPhrase, len(pairs))], " ")+`"`)
		}
	}
	return list[:min(len(list), mostPhrases)]
}

// rarity guesses how few incidents have a word: long ones, numbers and
// ideographs tell more.
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

// found is what a search came to.
type found struct {
	ids      string // of the incidents, as a JSON array
	cutShort bool   // there may be older ones
}

// search finds the newest incidents that hold the text, or bear it as their
// id. It asks the index for as few phrases as make the rest few enough to be
// read.
func (r *reader) search(ctx context.Context, text string) (*found, error) {
	var candidates []sla.IncidentID
	var err error
	list := phrases(fold(text))
	if len(list) == 0 {
		candidates, err = r.ids(ctx, `SELECT id FROM incidents ORDER BY id DESC LIMIT $1`, mostMatches+1)
	}
	for n := 1; n <= len(list) && err == nil && (n == 1 || len(candidates) > mostMatches); n++ {
		candidates, err = r.ids(ctx, `SELECT docid & $1 FROM search WHERE search MATCH $2 ORDER BY docid DESC LIMIT $3`,
			int64(1)<<revision-1, strings.Join(list[:n], " "), mostMatches+1)
	}
	if err != nil {
		return nil, err
	}
	f := &found{cutShort: len(candidates) > mostMatches}
	candidates = candidates[:min(len(candidates), mostMatches)]
	if id, err := sla.ParseIncidentID(strings.TrimSpace(text)); err == nil {
		candidates = append(candidates, id)
	}
	s := new(statement)
	s.write("SELECT DISTINCT i.id FROM json_each(?) c CROSS JOIN incidents i WHERE i.id = c.value AND ", idList(candidates))
	s.matches(text)
	ids, err := r.ids(ctx, s.String(), s.args...)
	f.ids = idList(ids)
	return f, err
}

// foundIDs selects what a search found.
func (s *statement) foundIDs(f *found) {
	s.write("SELECT value AS incident_id FROM json_each(?)", f.ids)
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

// idList writes ids as json_each reads them.
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
