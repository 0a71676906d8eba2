package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

func plan(t *testing.T, db *store.DB, stmt string, args []any) string {
	t.Helper()
	_, pool := db.Pools()
	rows, err := pool.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+stmt, args...)
	if err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused sql.RawBytes
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestListsAreReadFromIndexes holds the promise that a page costs the same at
// any size: no whole table is read, and nothing is sorted, unless the query
// asks for text. Of a month's clocks, those of one instant may be.
func TestListsAreReadFromIndexes(t *testing.T) {
	ofFiles(t)
	db := open(t)
	for range 2 {
		logged(t, db, "sotas", sla.Clock{State: sla.Met})
	}
	page, err := db.List(t.Context(), tracker.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	month := tracker.Query{From: base, To: base.AddDate(0, 1, 0)}
	for name, tc := range map[string]struct {
		q     tracker.Query
		sorts bool
		from  string // the index that its places are read from
		then  string // the range of that index for a state's second part
	}{
		"all":             {q: tracker.Query{}, from: "list_entries_order (listing=?)"},
		"next page":       {q: tracker.Query{Cursor: page.Next}, from: "list_entries_order (listing=? AND (rank,sort_key,newest)>(?,?,?))"},
		"vendor":          {q: tracker.Query{Vendor: "sotas", Cursor: page.Next}, from: "list_entries_vendor (listing=? AND vendor=? AND (rank,sort_key,newest)>(?,?,?))"},
		"severity":        {q: tracker.Query{Severity: sla.SeverityHigh}, from: "list_entries_severity (listing=? AND severity=?)"},
		"vendor severity": {q: tracker.Query{Vendor: "a", Severity: sla.SeverityUnknown}, from: "list_entries_vendor_severity (listing=? AND vendor=? AND severity=?)"},
		"state": {
			q: tracker.Query{State: sla.Met, Cursor: page.Next}, from: "list_entries_order (listing=? AND (rank,sort_key,newest)>(?,?,?))",
			then: "list_entries_order (listing=? AND rank=? AND (sort_key,newest)>(?,?))",
		},
		"vendor state": {
			q: tracker.Query{Vendor: "sotas", State: sla.Met}, from: "list_entries_vendor (listing=? AND vendor=?)",
			then: "list_entries_vendor (listing=? AND vendor=? AND rank=?)",
		},
		"owner":      {q: tracker.Query{Owner: "sato"}, from: "list_entries_owner (listing=? AND owner=?)"},
		"unowned":    {q: tracker.Query{Unowned: true, Cursor: page.Next}, from: "list_entries_owner (listing=? AND owner=? AND (rank,sort_key,newest)>(?,?,?))"},
		"kind":       {q: tracker.Query{Kind: sla.KindMaintenance, Cursor: page.Next}, from: "list_entries_kind (listing=? AND kind=? AND (rank,sort_key,newest)>(?,?,?))"},
		"month kind": {q: tracker.Query{From: base, To: base.AddDate(0, 1, 0), Kind: sla.KindChange}, from: "clocks_month (rank=? AND attributed_at>? AND attributed_at<?)"},
		"month":      {q: month, from: "clocks_month (rank=? AND attributed_at>? AND attributed_at<?)"},
		"month text": {q: tracker.Query{From: base, To: base.AddDate(0, 1, 0), Text: "x", Vendor: "a"}, from: "clocks_month (rank=? AND attributed_at>? AND attributed_at<?)"},
		"text":       {q: tracker.Query{Text: "x"}, from: "(incident_id=? AND listing=?)", sorts: true},
	} {
		read, continued := false, tc.then == ""
		for stmt, args := range db.ListSQL(tc.q) {
			got := plan(t, db, stmt, args)
			t.Logf("%s: %s\n%s", name, stmt, got)
			read = read || strings.Contains(got, tc.from)
			continued = continued || strings.Contains(got, tc.then)
			for line := range strings.Lines(got) {
				line = strings.TrimSpace(line)
				if strings.HasPrefix(line, "SCAN") && line != "SCAN t" && line != "SCAN m" && !strings.HasPrefix(line, "SCAN ids") && !strings.HasPrefix(line, "SCAN names") && !strings.HasPrefix(line, "SCAN json_each") && !tc.sorts {
					t.Errorf("%s reads a whole table:\n%s\n%s", name, stmt, got)
				}
				if strings.Contains(line, "TEMP B-TREE FOR ORDER BY") && !tc.sorts {
					t.Errorf("%s sorts:\n%s\n%s", name, stmt, got)
				}
			}
		}
		if !read {
			t.Errorf("%s is not read from %s", name, tc.from)
		}
		if !continued {
			t.Errorf("%s is not read on from %s", name, tc.then)
		}
	}
}

// TestTheLoopReadsFromIndexes holds that a step costs the same however many
// clocks and messages there are: ten thousand may fall due at one instant.
func TestTheLoopReadsFromIndexes(t *testing.T) {
	ofFiles(t)
	db := open(t)
	for stmt, want := range store.LoopSQL() {
		args := make([]any, strings.Count(stmt, "$"))
		got := plan(t, db, stmt, args)
		tables := strings.ReplaceAll(got, "SCAN (subquery", "") // of the statement's own rows
		if !strings.Contains(got, want) || strings.Contains(tables, "SCAN") {
			t.Errorf("%s\nis read by\n%s\nwant %s", stmt, got, want)
		}
	}
}

// TestAReportReadsOnlyItsMonth holds that a report costs the same however many
// incidents lie outside its time. What is joined to a clock that was found is
// found by its key.
func TestAReportReadsOnlyItsMonth(t *testing.T) {
	ofFiles(t)
	db := open(t)
	for stmt, want := range store.ReportSQL() {
		args := make([]any, strings.Count(stmt, "$"))
		got := plan(t, db, stmt, args)
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "SCAN") && strings.TrimSpace(line) != "SCAN s" {
				t.Errorf("%s\nreads a whole table:\n%s", stmt, got)
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s\nis read by\n%s\nwant %s", stmt, got, want)
		}
	}
}

// TestReferencesAreFoundByTheirIndex: a batch finds earlier incidents without reading
// those of other references.
func TestReferencesAreFoundByTheirIndex(t *testing.T) {
	ofFiles(t)
	db := open(t)
	got := plan(t, db, store.ReferencedSQL(2), []any{"sotas", "A", "B"})
	if want := "SEARCH incidents USING COVERING INDEX incidents_reference (vendor=? AND reference=?)"; got != want {
		t.Errorf("the plan is\n%s\nwant\n%s", got, want)
	}
}
