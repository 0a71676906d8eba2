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

// pageStatement finds the positions of a page and of the incident behind it,
// for a query without a month.
//
// A page of a list is a stretch of one index. A text is looked up first: CROSS
// JOIN keeps that order in SQLite, which would otherwise walk the whole list
// in search of the few that hold it.
func pageStatement(q *tracker.Query, after *position, f *found) *statement {
	s := new(statement)
	s.write("SELECT p.rank, p.sort_key, p.newest FROM ")
	if q.Text != "" {
		s.write("(")
		s.foundIDs(f)
		s.write(") m CROSS JOIN places p WHERE p.incident_id = m.incident_id AND ")
	} else {
		s.write("places p WHERE ")
	}
	s.write("p.listing = ?", string(q.State))
	s.of("p", q)
	if after != nil {
		s.write(" AND (p.rank, p.sort_key, p.newest) > (?, ?, ?)", after.rank, after.sortKey, after.newest)
	}
	s.write(" ORDER BY p.rank, p.sort_key, p.newest LIMIT ?", q.Limit+1)
	return s
}

// stretchStatement finds the incidents of a query's month by the clocks of one
// state, in the order of a list: an open state's soonest first, the others'
// latest first. An incident stands where the first of its clocks does.
func stretchStatement(q *tracker.Query, rank int, after *position, limit int) *statement {
	state := sla.States[rank]
	sooner, later, order := "<", ">", "ASC"
	if !state.Open() {
		sooner, later, order = ">", "<", "DESC"
	}
	s := new(statement)
	s.write("SELECT c.attributed_at, c.incident_id FROM clocks c")
	s.join(q)
	s.write("c.rank = ? AND ", rank)
	s.attributed("c", q)
	s.narrow(q)
	if after != nil && after.rank == int64(rank) {
		at := keyOf(state, after.sortKey) // the inverse is the same
		s.write(" AND c.attributed_at "+later+"= ? AND (c.attributed_at "+later+" ? OR c.incident_id < ?)", at, at, -after.newest)
	}
	s.write(" AND NOT EXISTS (SELECT 1 FROM clocks e WHERE e.incident_id = c.incident_id AND ")
	s.attributed("e", q)
	s.write(" AND (e.rank = c.rank AND (e.attributed_at " + sooner + " c.attributed_at OR e.attributed_at = c.attributed_at AND e.id < c.id)")
	if q.State == "" {
		s.write(" OR e.rank < c.rank")
	}
	s.write(")) ORDER BY c.attributed_at " + order + ", c.incident_id DESC")
	s.write(" LIMIT ?", limit)
	return s
}

func months(q *tracker.Query) bool { return !q.From.IsZero() || !q.To.IsZero() }

// countStatement counts incidents by state, whatever state the query asks for.
func countStatement(q *tracker.Query, f *found) *statement {
	s := new(statement)
	switch {
	case months(q):
		for rank := range sla.States {
			if rank > 0 {
				s.write(" UNION ALL ")
			}
			s.countInMonth(q, rank)
		}
	case q.Text != "":
		s.write("SELECT p.listing, COUNT(*) FROM (")
		s.foundIDs(f)
		s.write(") m CROSS JOIN places p WHERE p.incident_id = m.incident_id AND p.listing <> ?", everywhere)
		s.of("p", q)
		s.write(" GROUP BY p.listing")
	default:
		s.write("SELECT t.listing, SUM(t.incidents) FROM tallies t WHERE t.listing <> ?", everywhere)
		s.of("t", q)
		s.write(" GROUP BY t.listing")
	}
	return s
}

// countInMonth counts the incidents with a clock of a state in the query's
// month: the clocks, but of an incident only the first.
func (s *statement) countInMonth(q *tracker.Query, rank int) {
	s.write("SELECT ?, COUNT(*) FROM clocks c", sla.States[rank])
	s.join(q)
	s.write("c.rank = ? AND ", rank)
	s.attributed("c", q)
	s.narrow(q)
	s.write(" AND NOT (c.follows = 1 AND EXISTS (SELECT 1 FROM clocks e WHERE e.incident_id = c.incident_id AND e.id < c.id AND e.rank = c.rank AND ")
	s.attributed("e", q)
	s.write("))")
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

// attributed restricts the clocks of a table to the query's time.
func (s *statement) attributed(table string, q *tracker.Query) {
	s.write(table + ".attributed_at IS NOT NULL")
	if !q.From.IsZero() {
		s.write(" AND "+table+".attributed_at >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		s.write(" AND "+table+".attributed_at < ?", q.To.UnixMilli())
	}
}

// of restricts a table to the query's vendor and severity.
func (s *statement) of(table string, q *tracker.Query) {
	if q.Vendor != "" {
		s.write(" AND "+table+".vendor = ?", q.Vendor)
	}
	s.graded(table, q)
}

// graded restricts a table to the query's severity.
func (s *statement) graded(table string, q *tracker.Query) {
	switch q.Severity {
	case "":
	case sla.SeverityUnknown:
		s.write(" AND " + table + ".severity = ''")
	default:
		s.write(" AND "+table+".severity = ?", q.Severity)
	}
}

// join adds the incidents i of clocks c where the query asks for more than the
// index on clocks knows.
func (s *statement) join(q *tracker.Query) {
	if q.Severity == "" && q.Text == "" {
		s.write(" WHERE ")
		return
	}
	s.write(" CROSS JOIN incidents i WHERE i.id = c.incident_id AND ")
}

// narrow restricts the clocks c to the query's vendor, which their headings
// know, and the incidents i to its severity and text.
func (s *statement) narrow(q *tracker.Query) {
	if q.Vendor != "" {
		s.write(" AND c.counted / 4294967296 IN (SELECT id FROM headings WHERE vendor = ?)", q.Vendor)
	}
	s.graded("i", q)
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
