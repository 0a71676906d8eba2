package store

import (
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/tracker"
)

// statement is SQL in the making. Arguments are numbered as they are written,
// because the driver binds them by their first appearance.
type statement struct {
	strings.Builder
	args []any
}

// pageStatement finds the positions of a page and of the incident behind it.
//
// A page of a list is a stretch of one index. A month or a text is looked up
// first: CROSS JOIN keeps that order in SQLite, which would otherwise walk the
// whole list in search of the month's few.
func pageStatement(q *tracker.Query, after *position, f *found) *statement {
	s := new(statement)
	s.write("SELECT p.rank, p.sort_due, p.newest FROM ")
	if months(q) || q.Text != "" {
		s.write("(")
		s.chosen(q, f)
		s.write(") m CROSS JOIN places p WHERE p.incident_id = m.incident_id AND ")
	} else {
		s.write("places p WHERE ")
	}
	s.write("p.listing = ?", listing(q))
	if q.Vendor != "" {
		s.write(" AND p.vendor = ?", q.Vendor)
	}
	if after != nil {
		s.write(" AND (p.rank, p.sort_due, p.newest) > (?, ?, ?)", after.rank, after.sortDue, after.newest)
	}
	s.write(" ORDER BY p.rank, p.sort_due, p.newest LIMIT ?", q.Limit+1)
	return s
}

// chosen selects the incidents of the query's month or those that were found.
func (s *statement) chosen(q *tracker.Query, f *found) {
	if !months(q) {
		s.foundIDs(f)
		return
	}
	s.write("SELECT DISTINCT c.incident_id FROM clocks c")
	if q.Text != "" {
		s.write(" CROSS JOIN incidents i")
	}
	s.write(" WHERE ")
	s.attributed(q)
	if q.State != "" {
		s.write(" AND c.state = ?", q.State)
	}
	if q.Text != "" {
		s.write(" AND i.id = c.incident_id AND ")
		s.matches(q.Text)
	}
}

// listing is the list that a query walks.
func listing(q *tracker.Query) string {
	if months(q) {
		return everywhere // the state is asked of the month's clocks
	}
	return string(q.State)
}

func months(q *tracker.Query) bool { return !q.From.IsZero() || !q.To.IsZero() }

// countStatement counts incidents by state, whatever state the query asks for.
func countStatement(q *tracker.Query, f *found) *statement {
	s := new(statement)
	switch {
	case months(q):
		s.write("SELECT c.state, COUNT(DISTINCT c.incident_id) FROM clocks c")
		if q.Vendor == "" && q.Text == "" { // the index on clocks says it all
			s.write(" WHERE ")
		} else {
			s.write(" CROSS JOIN incidents i WHERE i.id = c.incident_id AND ")
		}
		s.attributed(q)
		s.narrow(q)
		s.write(" GROUP BY c.state")
	case q.Text != "":
		s.write("SELECT p.listing, COUNT(*) FROM (")
		s.foundIDs(f)
		s.write(") m CROSS JOIN places p WHERE p.incident_id = m.incident_id AND p.listing <> ?", everywhere)
		if q.Vendor != "" {
			s.write(" AND p.vendor = ?", q.Vendor)
		}
		s.write(" GROUP BY p.listing")
	default:
		s.write("SELECT t.listing, SUM(t.incidents) FROM tallies t WHERE t.listing <> ?", everywhere)
		if q.Vendor != "" {
			s.write(" AND t.vendor = ?", q.Vendor)
		}
		s.write(" GROUP BY t.listing HAVING SUM(t.incidents) > 0")
	}
	return s
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
