package store

import (
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/tracker"
)

// statement builds SQL. Arguments are numbered in the order of writing, because
// the driver binds them by their first appearance.
type statement struct {
	strings.Builder
	args []any
}

// listing is one of the ranges of list_entries that a page is read from. The list of
// all is one; that of a state has two, of which all of the first come first.
type listing struct {
	name string
	rank int64 // of the entries that are read; -1: of all
}

// listings returns the ranges of a query's list, in order.
func listings(q *tracker.Query) []listing {
	if q.State == "" {
		return []listing{{everywhere, -1}}
	}
	return []listing{{string(q.State), -1}, {everywhere, rankOf(q.State)}}
}

// pageStatement selects at most limit positions of one range of a query's list, for a
// query without a month.
//
// Each range is one of an index. A text is looked up first: CROSS JOIN keeps SQLite
// from scanning the whole list for the few incidents that contain it.
func pageStatement(q *tracker.Query, l listing, after *position, limit int, f *found) *statement {
	s := new(statement)
	s.write("SELECT p.rank, p.sort_key, p.newest FROM ")
	if q.Text != "" {
		s.write("(")
		s.foundIDs(f)
		s.write(") m CROSS JOIN list_entries p WHERE p.incident_id = m.incident_id AND ")
	} else {
		s.write("list_entries p WHERE ")
	}
	s.write("p.listing = ?", l.name)
	if l.rank >= 0 {
		s.write(" AND p.rank = ?", l.rank)
	}
	s.of("p", q)
	switch {
	case after == nil || l.rank > after.rank:
	case l.rank >= 0:
		s.write(" AND (p.sort_key, p.newest) > (?, ?)", after.sortKey, after.newest)
	default:
		s.write(" AND (p.rank, p.sort_key, p.newest) > (?, ?, ?)", after.rank, after.sortKey, after.newest)
	}
	s.write(" ORDER BY p.rank, p.sort_key, p.newest LIMIT ?", limit)
	return s
}

// monthStatement selects the incidents of a query's month by their clocks of one
// state, in the order of a list: clocks of an open state soonest first, others
// latest first. The first of its clocks gives an incident its position.
func monthStatement(q *tracker.Query, rank int, after *position, limit int, f *found) *statement {
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
	s.narrow(q, f)
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

// countStatement counts the incidents of all states, also when the query selects
// one state.
func countStatement(q *tracker.Query, f *found) *statement {
	s := new(statement)
	switch {
	case months(q):
		for rank := range sla.States {
			if rank > 0 {
				s.write(" UNION ALL ")
			}
			s.countInMonth(q, rank, f)
		}
	case q.Text != "":
		s.write("SELECT " + stateSQL + ", COUNT(*) FROM (")
		s.foundIDs(f)
		s.write(") m CROSS JOIN list_entries p WHERE p.incident_id = m.incident_id")
		s.of("p", q)
		s.write(" GROUP BY 1")
	default:
		s.write("SELECT t.listing, SUM(t.incidents) FROM counters t WHERE t.listing <> ?", everywhere)
		s.of("t", q)
		s.write(" GROUP BY t.listing")
	}
	return s
}

// countInMonth counts the incidents with a clock of a state in the query's month,
// by the first such clock of each. has_earlier_clock saves the subquery for the
// many incidents with one clock.
func (s *statement) countInMonth(q *tracker.Query, rank int, f *found) {
	s.write("SELECT ?, COUNT(*) FROM clocks c", sla.States[rank])
	s.join(q)
	s.write("c.rank = ? AND ", rank)
	s.attributed("c", q)
	s.narrow(q, f)
	s.write(" AND NOT (c.has_earlier_clock = 1 AND EXISTS (SELECT 1 FROM clocks e WHERE e.incident_id = c.incident_id AND e.id < c.id AND e.rank = c.rank AND ")
	s.attributed("e", q)
	s.write("))")
}

// write appends SQL and replaces each ? with the number of the next of args.
func (s *statement) write(text string, args ...any) {
	for _, arg := range args {
		before, after, _ := strings.Cut(text, "?")
		s.args = append(s.args, arg)
		s.WriteString(before + "$" + strconv.Itoa(len(s.args)))
		text = after
	}
	s.WriteString(text)
}

// attributed restricts the clocks of a table to the query's period.
func (s *statement) attributed(table string, q *tracker.Query) {
	s.write(table + ".attributed_at IS NOT NULL")
	if !q.From.IsZero() {
		s.write(" AND "+table+".attributed_at >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		s.write(" AND "+table+".attributed_at < ?", q.To.UnixMilli())
	}
}

// of restricts a table to the query's vendor, severity, owner and kind.
func (s *statement) of(table string, q *tracker.Query) {
	if q.Kind != "" {
		s.write(" AND "+table+".kind = ?", q.Kind)
	}
	if q.Vendor != "" {
		s.write(" AND "+table+".vendor = ?", q.Vendor)
	}
	s.graded(table, q)
	s.owned(table, q)
}

// owned restricts a table to the query's owner.
func (s *statement) owned(table string, q *tracker.Query) {
	switch {
	case q.Unowned:
		s.write(" AND " + table + ".owner = ''")
	case q.Owner != "":
		s.write(" AND "+table+".owner = ?", q.Owner)
	}
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

// join joins the incidents i to the clocks c where the query filters by more than
// the index on clocks holds.
func (s *statement) join(q *tracker.Query) {
	if q.Severity == "" && q.Text == "" && q.Owner == "" && !q.Unowned {
		s.write(" WHERE ")
		return
	}
	s.write(" CROSS JOIN incidents i WHERE i.id = c.incident_id AND ")
}

// narrow restricts the clocks c to the query's vendor and kind, by their report dimensions,
// and the incidents i to its severity, owner and text.
func (s *statement) narrow(q *tracker.Query, f *found) {
	if q.Vendor != "" {
		s.write(" AND c.report_key / 4294967296 IN (SELECT id FROM report_dimensions WHERE vendor = ?)", q.Vendor)
	}
	if q.Kind != "" {
		s.write(" AND c.report_key / 4294967296 IN (SELECT id FROM report_dimensions WHERE kind = ?)", q.Kind)
	}
	s.graded("i", q)
	s.owned("i", q)
	if q.Text != "" {
		s.write(" AND ")
		s.matches(q.Text, f)
	}
}

// matches restricts incidents i to those that contain the text, have it as their id,
// or belong to one of the owners whose names contain it.
func (s *statement) matches(text string, f *found) {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	s.write(`(i.folded LIKE ? ESCAPE '\'`, "%"+escape.Replace(fold(text))+"%")
	if id, err := sla.ParseIncidentID(strings.TrimSpace(text)); err == nil {
		s.write(" OR i.id = ?", id)
	}
	if f.owners != "" {
		s.write(" OR i.owner IN (SELECT value FROM "+f.sql.texts+" names)", f.owners)
	}
	s.write(")")
}
