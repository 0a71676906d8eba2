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
// asks for a month or for text.
func TestListsAreReadFromIndexes(t *testing.T) {
	db := open(t)
	cursor := tracker.Query{Limit: 1}
	for range 2 {
		logged(t, db, "sotas", sla.Clock{State: sla.Met})
	}
	page, err := db.List(t.Context(), cursor)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		q                    tracker.Query
		mayScan, mayMaterial bool
	}{
		"all":          {q: tracker.Query{}},
		"next page":    {q: tracker.Query{Cursor: page.Next}},
		"vendor":       {q: tracker.Query{Vendor: "sotas", Cursor: page.Next}},
		"state":        {q: tracker.Query{State: sla.Met, Cursor: page.Next}},
		"vendor state": {q: tracker.Query{Vendor: "sotas", State: sla.Met, Cursor: page.Next}},
		"month":        {q: tracker.Query{From: base, To: base.AddDate(0, 1, 0), State: sla.Met}, mayMaterial: true},
		"month text":   {q: tracker.Query{From: base, To: base.AddDate(0, 1, 0), Text: "x", Vendor: "a"}, mayMaterial: true},
		"text":         {q: tracker.Query{Text: "x"}, mayMaterial: true, mayScan: true},
	} {
		pageSQL, countSQL, pageArgs, countArgs := store.ListSQL(tc.q)
		for stmt, args := range map[string][]any{pageSQL: pageArgs, countSQL: countArgs} {
			got := plan(t, db, stmt, args)
			t.Logf("%s: %s\n%s", name, stmt, got)
			for line := range strings.Lines(got) {
				if strings.HasPrefix(line, "SCAN") && strings.TrimSpace(line) != "SCAN t" && strings.TrimSpace(line) != "SCAN m" && !tc.mayScan {
					t.Errorf("%s reads a whole table:\n%s\n%s", name, stmt, got)
				}
				if strings.Contains(line, "TEMP B-TREE FOR ORDER BY") && !tc.mayMaterial {
					t.Errorf("%s sorts:\n%s\n%s", name, stmt, got)
				}
			}
		}
	}
}

// TestTheLoopReadsFromIndexes holds that a step costs the same however many
// clocks and messages there are: ten thousand may fall due at one instant.
func TestTheLoopReadsFromIndexes(t *testing.T) {
	db := open(t)
	for stmt, want := range store.LoopSQL() {
		args := make([]any, strings.Count(stmt, "$"))
		got := plan(t, db, stmt, args)
		if !strings.Contains(got, want) || strings.Contains(got, "SCAN") {
			t.Errorf("%s\nis read by\n%s\nwant %s", stmt, got, want)
		}
	}
}

// TestAReportReadsOnlyItsMonth holds that a report costs the same however many
// incidents lie outside its time. What is joined to a clock that was found is
// found by its key.
func TestAReportReadsOnlyItsMonth(t *testing.T) {
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
