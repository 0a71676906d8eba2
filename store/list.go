package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	defaultLimit = 50
	mostLimit    = 500
	longestText  = 200 // characters to look for; SQLite compares with no pattern of 50,000 bytes
)

// List returns one page of the incidents that the query selects, and how many
// there are in each state. Invalid fields of a query are a tracker.Invalid.
//
// A page takes the same time at any size of the database. Text is looked up in an
// index; of more than mostMatches incidents that contain it only the newest are
// listed. The counts of a month take time in proportion to the month, and so does
// a page of a month with a vendor, a severity or a text.
//
// With a month, an incident is listed by its clocks of that month, and State
// selects among them: "late in October" are the clocks that October's report
// counts as late.
func (db *DB) List(ctx context.Context, q tracker.Query) (tracker.Page, error) {
	after, err := checkQuery(&q)
	if err != nil {
		return tracker.Page{}, err
	}
	var page tracker.Page
	err = db.view(ctx, func(r *reader) error {
		hits, err := r.hits(ctx, &q)
		if err != nil {
			return err
		}
		page.CutShort = hits.cutShort
		ids, next, err := r.pageIDs(ctx, &q, after, hits)
		if err != nil {
			return err
		}
		page.Next = next
		if page.Incidents, err = r.incidentsForList(ctx, ids); err != nil {
			return err
		}
		page.Counts, err = r.counts(ctx, &q, hits)
		return err
	})
	if err != nil {
		return tracker.Page{}, fmt.Errorf("list incidents: %w", err)
	}
	return page, nil
}

// position is the sort key of an incident in a list.
type position struct{ rank, sortKey, newest int64 }

// checkQuery fills in defaults and returns the position after which the page
// begins, nil for the first page.
func checkQuery(q *tracker.Query) (*position, error) {
	var invalid tracker.Invalid
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if q.Limit < 1 || q.Limit > mostLimit {
		invalid.Addf("limit", strconv.Itoa(q.Limit), "give a number from 1 to %d", mostLimit)
	}
	if q.State != "" && !slices.Contains(sla.States[:], q.State) {
		invalid.Addf("state", string(q.State), "unknown state: use one of %s", names(sla.States[:]))
	}
	if graded := append(sla.Severities[:], sla.SeverityUnknown); q.Severity != "" && !slices.Contains(graded, q.Severity) {
		invalid.Addf("severity", string(q.Severity), "unknown severity: use one of %s", names(graded))
	}
	if q.Kind != "" && !q.Kind.Known() {
		invalid.Addf("kind", string(q.Kind), "unknown kind: use one of %s", names(sla.Kinds()))
	}
	if n := utf8.RuneCountInString(q.Text); n > longestText {
		invalid.Addf("q", fmt.Sprintf("(%d characters)", n), "is longer than %d characters: shorten it", longestText)
	}
	invalid.CheckStorable("q", q.Text)
	invalid.CheckStorable("vendor", q.Vendor)
	invalid.CheckStorable("owner", q.Owner)
	after, ok := parseCursor(q.Cursor)
	if !ok {
		invalid.Addf("cursor", q.Cursor, "invalid cursor: use the next value of the previous page, or none for the first page")
	}
	if len(invalid) > 0 {
		return nil, invalid
	}
	return after, nil
}

func names[T ~string](values []T) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return strings.Join(list, ", ")
}

func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", p.rank, p.sortKey, p.newest))
}

func parseCursor(s string) (*position, bool) {
	if s == "" {
		return nil, true
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, false
	}
	parts := strings.Split(string(text), ".")
	if len(parts) != 3 {
		return nil, false
	}
	var values [3]int64
	for i, part := range parts {
		if values[i], err = strconv.ParseInt(part, 10, 64); err != nil {
			return nil, false
		}
	}
	return &position{values[0], values[1], values[2]}, true
}

// pageIDs finds the incidents of a page, and the cursor of the next one.
func (r *reader) pageIDs(ctx context.Context, q *tracker.Query, after *position, hits *found) ([]sla.IncidentID, string, error) {
	find := r.listPositions
	if months(q) {
		find = r.monthPositions
	}
	positions, err := find(ctx, q, after, hits)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(positions) > q.Limit {
		positions = positions[:q.Limit]
		next = positions[q.Limit-1].cursor()
	}
	ids := make([]sla.IncidentID, len(positions))
	for i, p := range positions {
		ids[i] = sla.IncidentID(-p.newest)
	}
	return ids, next, nil
}

// listPositions returns one position more than the page holds if there is another
// page.
func (r *reader) listPositions(ctx context.Context, q *tracker.Query, after *position, hits *found) ([]position, error) {
	var positions []position
	for _, l := range listings(q) {
		if len(positions) > q.Limit {
			break
		}
		s := pageStatement(q, l, after, q.Limit+1-len(positions), hits)
		err := r.query(ctx, func(rows *sql.Rows) error {
			var p position
			err := rows.Scan(&p.rank, &p.sortKey, &p.newest)
			positions = append(positions, p)
			return err
		}, s.String(), s.args...)
		if err != nil {
			return nil, err
		}
	}
	return positions, nil
}

// monthPositions is listPositions for a month. It reads state by state until the
// page is full.
func (r *reader) monthPositions(ctx context.Context, q *tracker.Query, after *position, hits *found) ([]position, error) {
	var positions []position
	for rank, state := range sla.States {
		selected := q.State == "" || q.State == state
		if !selected || after != nil && int64(rank) < after.rank || len(positions) > q.Limit {
			continue
		}
		s := monthStatement(q, rank, after, q.Limit+1-len(positions), hits)
		err := r.query(ctx, func(rows *sql.Rows) error {
			var at, incident int64
			err := rows.Scan(&at, &incident)
			positions = append(positions, position{int64(rank), keyOf(state, at), -incident})
			return err
		}, s.String(), s.args...)
		if err != nil {
			return nil, err
		}
	}
	return positions, nil
}

func (r *reader) counts(ctx context.Context, q *tracker.Query, hits *found) (map[sla.State]int, error) {
	counts := make(map[sla.State]int)
	s := countStatement(q, hits)
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			state sla.State
			n     int
		)
		err := rows.Scan(&state, &n)
		if n > 0 && state != "" { // incidents without clocks have none
			counts[state] = n
		}
		return err
	}, s.String(), s.args...)
	return counts, err
}
