package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// manyRows are 100,000 incidents of five years up to base, with their clocks, list entries,
// alerts and deliveries, as far as plans depend on them: one in fifty is open, one in a
// hundred has a message that waits. t.base is base in milliseconds.
var manyRows = []string{
	`INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity, reference, tags, ack_by, cancel_reason, folded, version, owner)
		SELECT i, 'vendor' || i % 40, '', 'incident ' || i, '', '', '', (ARRAY['', 'low', 'medium', 'high', 'critical'])[1 + i % 5], 'R' || i, '[]', '', '', 'incident ' || i, 1,
			CASE WHEN i % 100 = 0 THEN 'sato' ELSE '' END FROM generate_series(CAST(1 AS BIGINT), 100000) i`,
	`INSERT INTO moments SELECT i, 'logged', t.base - (100000 - i) * 1577000, 0, 'observed' FROM generate_series(CAST(1 AS BIGINT), 100000) i, t`,
	`INSERT INTO report_dimensions (vendor, service, kind, promise, terms, strength, state, assumed)
		SELECT 'vendor' || i, '', 'incident', 'incident-notice', '', 'firm', 'met', 0 FROM generate_series(1, 40) i`,
	`INSERT INTO clocks (incident_id, promise, stage, terms, state, start_from, start_basis, zone, explanation, due_at, attributed_at, notified_at, next_step_at, report_key)
		SELECT i, CASE WHEN i % 200 = 0 THEN 'us/law' ELSE 'incident-notice' END, '', '',
			CASE WHEN i % 50 = 0 THEN (ARRAY['running', 'at_risk', 'overdue'])[1 + i / 50 % 3] WHEN i % 20 = 1 THEN 'late' ELSE 'met' END, '', 'stated', 'UTC', '{}',
			t.base - (100000 - i) * 1577000, t.base - (100000 - i) * 1577000 - 1, CASE WHEN i % 50 > 0 THEN t.base - (100000 - i) * 1577000 + 1000 END,
			CASE WHEN i % 50 = 0 THEN t.base + i * 1000 END, (1 + i % 40) * 4294967296 FROM generate_series(CAST(1 AS BIGINT), 100000) i, t`,
	`INSERT INTO list_entries (incident_id, listing, vendor, severity, rank, sort_key, newest, owner)
		SELECT i.id, '', i.vendor, i.severity, c.rank, -c.due_at, -i.id, i.owner FROM incidents i JOIN clocks c ON c.incident_id = i.id`,
	`INSERT INTO alerts (key, reason, incident_id, clock_id, due_at, at, destinations) SELECT 'a' || c.id, 'overdue', c.incident_id, c.id, c.due_at, c.due_at, '["soc"]' FROM clocks c`,
	`INSERT INTO deliveries (key, alert_id, incident_id, destination, kind, state, attempts, queued_at, next_at, attempt_at, sent_at)
		SELECT a.key || '@soc', a.id, CASE WHEN a.id % 10 > 0 THEN a.incident_id END, CASE WHEN a.id % 2 = 0 THEN 'soc' ELSE 'lead' END, 'post',
			CASE WHEN a.id % 100 = 0 THEN 'pending' WHEN a.id % 1000 = 1 THEN 'unknown' ELSE 'sent' END, 1, a.at, a.at, a.at, a.at FROM alerts a`,
	`INSERT INTO search SELECT i, array_to_tsvector(ARRAY['in', 'nc', 'ci', 'id', 'de', 'en', 'nt', 't', left(CAST(100000 + i AS TEXT), 2), substr(CAST(100000 + i AS TEXT), 3, 2), right(CAST(i + 100000 AS TEXT), 2)])
		FROM generate_series(CAST(1 AS BIGINT), 100000) i`,
	`UPDATE search_backlog SET below = 1, above = 100000`,
	`INSERT INTO counters SELECT '', vendor, severity, owner, 'incident', COUNT(*) FROM incidents GROUP BY vendor, severity, owner`,
	`ANALYZE`,
}

// manyAt fills a database on a server and returns a connection to it.
func manyAt(t *testing.T, address string) *sql.Conn {
	t.Helper()
	pool := pgtest.Open(t, address)
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	begin := []string{`SET jit = off`, fmt.Sprintf(`CREATE TEMP TABLE t AS SELECT CAST(%d AS BIGINT) AS base`, base.UnixMilli())}
	for _, stmt := range append(begin, manyRows...) {
		if _, err := conn.ExecContext(t.Context(), stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	return conn
}

// serverPlan returns the plan of a statement.
func serverPlan(ctx context.Context, conn *sql.Conn, stmt string, args ...any) (string, error) {
	rows, err := conn.QueryContext(ctx, stmt, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), rows.Err()
}

// genericPlan is the plan that the server keeps for a statement, whatever its arguments.
func genericPlan(t *testing.T, conn *sql.Conn, stmt string) string {
	t.Helper()
	parameters := 0
	for _, m := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(stmt, -1) {
		var n int
		if _, err := fmt.Sscan(m[1], &n); err == nil {
			parameters = max(parameters, n)
		}
	}
	execute := "EXPLAIN EXECUTE planned"
	if parameters > 0 {
		execute += "(NULL" + strings.Repeat(", NULL", parameters-1) + ")"
	}
	for _, s := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE planned AS " + stmt} {
		if _, err := conn.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	plan, err := serverPlan(t.Context(), conn, execute)
	if err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	if _, err := conn.ExecContext(t.Context(), "DEALLOCATE planned"); err != nil {
		t.Fatal(err)
	}
	return plan
}

var wholeTable = regexp.MustCompile(`Seq Scan on (incidents|moments|clocks|list_entries|alerts|deliveries|search)\b`)

// TestPlansOnAServer: with 100,000 incidents and statistics, the server reads no large table
// whole for a page, a count, the watch loop, the outbox, a report or a search; pages come
// from their index, as in SQLite. Of several indexes it takes the one that its statistics
// tell.
func TestPlansOnAServer(t *testing.T) {
	if onServer {
		t.Skip("has a server of its own")
	}
	address := pgtest.URL(t)
	db := openAt(t, address)
	conn := manyAt(t, address)

	var err error
	for kind, statements := range map[string]map[string]string{"loop": store.LoopSQL(), "report": store.ReportSQL()} {
		for stmt, want := range statements {
			plan := genericPlan(t, conn, stmt)
			// A plan for any arguments would guess that a third of all is meant.
			for mark, args := range map[string][]any{
				"clocks_notified (notified_at": {base.AddDate(0, 0, -1).UnixMilli(), 4, 5, 6, 100},
				"clocks_open_due (due_at<?)":   {base.UnixMilli(), 0, 0, ",soc,", base.UnixMilli(), 20},
			} {
				if !strings.Contains(want, mark) {
					continue
				}
				if plan, err = serverPlan(t.Context(), conn, "EXPLAIN "+stmt, args...); err != nil {
					t.Fatal(err)
				}
			}
			if found := wholeTable.FindString(plan); found != "" {
				t.Errorf("%s: %s\nreads a whole table:\n%s", kind, stmt, plan)
			}
		}
	}
	page, err := db.List(t.Context(), tracker.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	month := tracker.Query{From: base.AddDate(0, -2, 0), To: base.AddDate(0, -1, 0)}
	for name, tc := range map[string]struct {
		q    tracker.Query
		from string
	}{
		"all":             {tracker.Query{}, "list_entries_order"},
		"next page":       {tracker.Query{Cursor: page.Next}, "list_entries_order"},
		"vendor":          {tracker.Query{Vendor: "vendor7", Cursor: page.Next}, "list_entries_vendor"},
		"severity":        {tracker.Query{Severity: sla.SeverityHigh}, "list_entries_severity"},
		"vendor severity": {tracker.Query{Vendor: "vendor7", Severity: sla.SeverityHigh}, "list_entries_vendor_severity"},
		"state":           {tracker.Query{State: sla.Met, Cursor: page.Next}, "list_entries_order"},
		"owner":           {tracker.Query{Owner: "sato"}, "list_entries_owner"},
		"month":           {month, "clocks_"},
		"text":            {tracker.Query{Text: "incident 77"}, ""},
	} {
		read := false
		for stmt, args := range db.ListSQL(tc.q) {
			plan, err := serverPlan(t.Context(), conn, "EXPLAIN "+stmt, args...)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, stmt, err)
			}
			read = read || strings.Contains(plan, tc.from)
			if found := wholeTable.FindString(plan); found != "" {
				t.Errorf("%s: %s\nreads a whole table:\n%s", name, stmt, plan)
			}
		}
		if !read {
			t.Errorf("%s is not read from %s", name, tc.from)
		}
	}
	plan, err := serverPlan(t.Context(), conn, `EXPLAIN SELECT docid FROM search WHERE pairs @@ CAST($1 AS tsquery) ORDER BY docid DESC LIMIT 5001`, "'77'")
	if err != nil || !strings.Contains(plan, "search_pairs") {
		t.Errorf("a search is read by\n%s, %v", plan, err)
	}
	begun := time.Now()
	if _, err := db.List(t.Context(), tracker.Query{Text: "incident 77777"}); err != nil {
		t.Error(err)
	}
	t.Logf("a search took %v", time.Since(begun))
}
