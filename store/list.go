package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	defaultLimit = 50
	mostLimit    = 500
)

// List returns one page of the incidents that the query selects, and how many
// there are in each state. The bad fields of a query are a tracker.Invalid.
//
// Without Text and without a month, a page costs the same whatever the
// database holds; with a month it grows with that month. Text is compared
// with every incident of the month, or of the database.
//
// With a month, State asks for a clock that belongs to it: "late in October"
// are the clocks that October's report calls late.
func (db *DB) List(ctx context.Context, q tracker.Query) (tracker.Page, error) {
	after, err := checkQuery(&q)
	if err != nil {
		return tracker.Page{}, err
	}
	var page tracker.Page
	err = db.view(ctx, func(r *reader) error {
		ids, next, err := r.pageIDs(ctx, &q, after)
		if err != nil {
			return err
		}
		page.Next = next
		if page.Incidents, err = r.incidents(ctx, ids); err != nil {
			return err
		}
		page.Counts, err = r.counts(ctx, &q)
		return err
	})
	if err != nil {
		return tracker.Page{}, fmt.Errorf("list incidents: %w", err)
	}
	return page, nil
}

// position is where an incident stands in the order of a list.
type position struct{ rank, sortDue, newest int64 }

// checkQuery fills in defaults and returns the position behind which the page
// begins, nil for the first page.
func checkQuery(q *tracker.Query) (*position, error) {
	var invalid tracker.Invalid
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if q.Limit < 1 || q.Limit > mostLimit {
		invalid = append(invalid, tracker.Problem{
			Field: "limit", Value: strconv.Itoa(q.Limit), Message: fmt.Sprintf("give a number from 1 to %d", mostLimit),
		})
	}
	if q.State != "" && !slices.Contains(sla.States[:], q.State) {
		invalid = append(invalid, tracker.Problem{
			Field: "state", Value: string(q.State), Message: "is no state: use one of " + stateNames(),
		})
	}
	after, ok := parseCursor(q.Cursor)
	if !ok {
		invalid = append(invalid, tracker.Problem{
			Field: "cursor", Value: q.Cursor, Message: "is none of ours: give back the cursor of the page before, or none for the first page",
		})
	}
	if len(invalid) > 0 {
		return nil, invalid
	}
	return after, nil
}

func stateNames() string {
	names := make([]string, len(sla.States))
	for i, s := range sla.States {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", p.rank, p.sortDue, p.newest))
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
func (r *reader) pageIDs(ctx context.Context, q *tracker.Query, after *position) ([]sla.IncidentID, string, error) {
	var s statement
	s.write("SELECT p.rank, p.sort_due, p.newest FROM places p WHERE p.listing = ?", listing(q))
	if q.Vendor != "" {
		s.write(" AND p.vendor = ?", q.Vendor)
	}
	if months(q) {
		s.write(" AND p.incident_id IN (SELECT c.incident_id FROM clocks c WHERE ")
		s.attributed(q)
		if q.State != "" {
			s.write(" AND c.state = ?", q.State)
		}
		s.write(")")
	}
	if q.Text != "" {
		s.write(" AND p.incident_id IN (SELECT i.id FROM incidents i WHERE ")
		s.matches(q.Text)
		s.write(")")
	}
	if after != nil {
		s.write(" AND (p.rank, p.sort_due, p.newest) > (?, ?, ?)", after.rank, after.sortDue, after.newest)
	}
	// One more than asked for tells whether another page follows.
	s.write(" ORDER BY p.rank, p.sort_due, p.newest LIMIT ?", q.Limit+1)

	var found []position
	err := r.query(ctx, func(rows *sql.Rows) error {
		var p position
		err := rows.Scan(&p.rank, &p.sortDue, &p.newest)
		found = append(found, p)
		return err
	}, s.String(), s.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > q.Limit {
		found = found[:q.Limit]
		next = found[q.Limit-1].cursor()
	}
	ids := make([]sla.IncidentID, len(found))
	for i, p := range found {
		ids[i] = sla.IncidentID(-p.newest)
	}
	return ids, next, nil
}

// listing is the list that a query walks.
func listing(q *tracker.Query) string {
	if months(q) {
		return everywhere // the state is asked of the month's clocks
	}
	return string(q.State)
}

func months(q *tracker.Query) bool { return !q.From.IsZero() || !q.To.IsZero() }

// counts counts incidents by state, whatever state the query asks for.
func (r *reader) counts(ctx context.Context, q *tracker.Query) (map[sla.State]int, error) {
	var s statement
	switch {
	case months(q):
		s.write("SELECT c.state, COUNT(DISTINCT c.incident_id) FROM clocks c JOIN incidents i ON i.id = c.incident_id WHERE ")
		s.attributed(q)
		s.narrow(q)
		s.write(" GROUP BY c.state")
	case q.Text != "":
		s.write("SELECT p.listing, COUNT(*) FROM incidents i JOIN places p ON p.incident_id = i.id WHERE p.listing <> ?", everywhere)
		s.narrow(q)
		s.write(" GROUP BY p.listing")
	default:
		s.write("SELECT t.listing, SUM(t.incidents) FROM tallies t WHERE t.listing <> ?", everywhere)
		if q.Vendor != "" {
			s.write(" AND t.vendor = ?", q.Vendor)
		}
		s.write(" GROUP BY t.listing HAVING SUM(t.incidents) > 0")
	}
	counts := make(map[sla.State]int)
	err := r.query(ctx, func(rows *sql.Rows) error {
		var (
			state sla.State
			n     int
		)
		err := rows.Scan(&state, &n)
		counts[state] = n
		return err
	}, s.String(), s.args...)
	return counts, err
}

// statement is SQL in the making. Arguments are numbered as they are written,
// because the driver binds them by their first appearance.
type statement struct {
	strings.Builder
	args []any
}

// write adds SQL in which each ? stands for the next of args.
func (s *statement) write(text string, args ...any) {
	for _, arg := range args {
		before, after, _ := strings.Cut(text, "?")
		s.args = append(s.args, arg)
		s.WriteString(before + "$" + strconv.Itoa(len(s.args)))
		text = after
	}
	s.WriteString(text)
}

// attributed restricts clocks c to the query's time.
func (s *statement) attributed(q *tracker.Query) {
	s.write("c.attributed_at IS NOT NULL")
	if !q.From.IsZero() {
		s.write(" AND c.attributed_at >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		s.write(" AND c.attributed_at < ?", q.To.UnixMilli())
	}
}

// narrow restricts incidents i to the query's vendor and text.
func (s *statement) narrow(q *tracker.Query) {
	if q.Vendor != "" {
		s.write(" AND i.vendor = ?", q.Vendor)
	}
	if q.Text != "" {
		s.write(" AND ")
		s.matches(q.Text)
	}
}

// matches restricts incidents i to those that contain the text or bear it as
// their id.
func (s *statement) matches(text string) {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	s.write(`(i.folded LIKE ? ESCAPE '\'`, "%"+escape.Replace(fold(text))+"%")
	if id, err := sla.ParseIncidentID(strings.TrimSpace(text)); err == nil {
		s.write(" OR i.id = ?", id)
	}
	s.write(")")
}
