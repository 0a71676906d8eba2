package daemon

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

var copiedAt = time.Date(2026, 4, 10, 12, 0, 0, 0, time.UTC)

func noProgress(store.CopyPart, string, int64) {}

// raw opens a database as it is.
func raw(t *testing.T, place string) *sql.DB {
	t.Helper()
	if store.IsServer(place) {
		return pgtest.Open(t, place)
	}
	db, err := sql.Open("sqlite3", "file:"+place+"?_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// fillers give a row to each table that the use cases of filled leave empty.
var fillers = []string{
	`INSERT INTO vendor_drafts (vendor, text, base, revision, saved_at, saved_by) VALUES ('draft', 'id: draft', 0, 1, 5, 'user:佐藤')`,
	`INSERT INTO recovery_codes (user_id, hash, used_at) SELECT id, 'code', NULL FROM users`,
	`INSERT INTO files (sha256, body) VALUES ('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', CAST('a' AS %[1]s))`,
	`INSERT INTO alert_files (alert_id, part, name, media_type, sha256) SELECT MIN(id), 1, 'a.txt', 'text/plain', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' FROM alerts`,
	`INSERT INTO access_keys (name, key, created_at) VALUES ('sign', CAST('key' AS %[1]s), 7)`,
	`INSERT INTO idempotency (key, content, incident_id, at) VALUES ('once', 'sum', 1, 8)`,
	`INSERT INTO sessions (hash, user_id, created_at, seen_at) SELECT 'session', id, 1, 2 FROM users`,
	`INSERT INTO destinations (name, place, left_at) VALUES ('old', 'webhook', 9)`,
	`INSERT INTO aside (incident_id, since, tries, next_at, error) VALUES (4, 1, 2, 3, 'x')`,
	`INSERT INTO recipients (destination, address, refused, since, reason) VALUES ('lead', 'a@example.jp', 1, 4, 'unknown')`,
	`INSERT INTO unalerted_deadlines (clock_id, due_at, after_ms, destinations, since) VALUES (1, 2, 3, '["soc"]', 4)`,
	// A row that refers to a later one.
	`UPDATE deliveries SET instead_of = (SELECT MAX(id) FROM deliveries) WHERE id = (SELECT MIN(id) FROM deliveries)`,
}

// filled makes a database in which every table has rows.
func filled(t *testing.T, place string) {
	t.Helper()
	evidential(t, place)
	ctx := t.Context()
	now := copiedAt
	db, err := store.Open(ctx, place, now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("kigen.yaml", []byte("duties: [eu-gdpr]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Duties: c.Duties, Policies: c.Alerts, Now: func() time.Time { return now }}
	by := tracker.Request{Actor: "user:sato"}
	var last *sla.Incident
	for i := range 60 {
		e := tracker.Entry{Vendor: "sotas", Title: fmt.Sprintf("ログイン障害 %d", i), Description: strings.Repeat("長い説明 ", 200)}
		e.Impact = sla.ImpactSerious
		e.Times[sla.Occurred] = sla.Stamp{At: now.Add(-time.Hour)}
		if last, err = tr.Log(ctx, by, e); err != nil {
			t.Fatal(err)
		}
	}
	_, decided := tr.Decide(ctx, by, last.ID, tracker.DecisionEntry{Duty: "eu-gdpr", Applies: true, Reason: "personal data", AwareAt: now.Add(-time.Hour)})
	now = now.Add(time.Minute)
	_, submitted := tr.Submit(ctx, by, last.ID, tracker.SubmissionEntry{
		Duty: "eu-gdpr", SubmittedAt: now, Reference: "A-1", Files: []tracker.Attachment{{Name: "form.txt", Type: "text/plain", Content: []byte("form")}},
	})
	if err := errors.Join(decided, submitted, takenIn(ctx, db, now), db.Close()); err != nil {
		t.Fatal(err)
	}
	blob := "BLOB"
	if store.IsServer(place) {
		blob = "BYTEA"
	}
	pool := raw(t, place)
	for _, stmt := range fillers {
		if strings.Contains(stmt, "%[1]s") {
			stmt = fmt.Sprintf(stmt, blob)
		}
		if _, err := pool.ExecContext(ctx, stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	for table, rows := range content(t, place) {
		if len(rows) == 0 && table != "record_backlog" { // what a migration has left to do
			t.Errorf("the table %s is empty: give it a row here, so that its copy is tested", table)
		}
	}
}

// takenIn fills the inbox: an item of a page in two revisions, which somebody dismissed.
func takenIn(ctx context.Context, db *store.DB, now time.Time) error {
	return db.UpdateInbox(ctx, func(_ tracker.Tx, in inbox.Tx) error {
		it := inbox.Item{
			Source: "status", SourceID: "i-1", Revision: 1, State: inbox.Candidate, Kind: inbox.KindIncident, Title: "障害", Text: "調査中です",
			Channel: "status_page", ReceivedAt: now, TakenAt: now, ChangedAt: now,
		}
		document := func(text string) inbox.Document {
			sum := sha256.Sum256([]byte(text))
			it.Evidence = hex.EncodeToString(sum[:])
			return inbox.Document{Name: "page.json", Type: "application/json", Content: []byte(text)}
		}
		inserted := in.InsertItem(ctx, &it, document("{}"))
		it.Text = "復旧しました"
		revised := in.Revise(ctx, &it, document(`{"resolved": true}`))
		decided := in.Decide(ctx, &it, &inbox.Decision{At: now, By: "user:sato", Action: inbox.Dismiss, State: inbox.Dismissed, Reason: "not ours"})
		kept := in.PutSource(ctx, inbox.Source{Name: "status", State: []byte("{}"), Since: now, LastSuccess: now})
		return errors.Join(inserted, revised, decided, kept, in.PutPart(ctx, "status", "i-1", []byte("{}")))
	})
}

// content is what each table holds, as text, row by row. The tables come from the schema.
func content(t *testing.T, place string) map[string][]string {
	t.Helper()
	pool := raw(t, place)
	tables := `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`
	if store.IsServer(place) {
		tables = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	all := map[string][]string{}
	for _, row := range texts(t, pool, tables) {
		switch table := strings.Trim(row, "[]"); table {
		case "schema_versions", "search", "leadership":
		default:
			columns := "*"
			switch table {
			case "meta": // a server also counts changes there
				columns = `"only", created_at, policies, reached_at`
			case "search_backlog": // the index of a copy is complete
				columns = `"only", below`
			}
			order := ""
			if table == "events" || table == "reports" || table == "record_checkpoints" || table == "vendor_versions" {
				order = " ORDER BY rowid"
			}
			all[table] = texts(t, pool, "SELECT "+columns+" FROM "+table+order)
			if order == "" {
				slices.Sort(all[table])
			}
		}
	}
	return all
}

// texts returns the rows of a query as text; the order of columns does not count, nor does
// a rowid, which a file has of itself.
func texts(t *testing.T, pool *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for i, v := range values {
			switch text, isText := v.(string); {
			case len(columns) == 1 && isText:
				cells = append(cells, text)
			case columns[i] != "rowid":
				cells = append(cells, fmt.Sprintf("%s=%T %q", columns[i], v, fmt.Sprint(v)))
			}
		}
		slices.Sort(cells)
		all = append(all, fmt.Sprint(cells))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func sameContent(t *testing.T, a, b map[string][]string) {
	t.Helper()
	for table, want := range a {
		if got, there := b[table]; !there || !slices.Equal(got, want) {
			t.Errorf("%s has %d rows, want %d", table, len(got), len(want))
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("got  %s\nwant %s", got[i], want[i])
					break
				}
			}
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d tables in the one, %d in the other", len(a), len(b))
	}
}

// worksOn logs an incident and finds an old one in a copied database.
func worksOn(t *testing.T, place string) {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, place, copiedAt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c, err := config.Parse("kigen.yaml", []byte("duties: [eu-gdpr]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := copiedAt.Add(time.Hour)
	tr := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Duties: c.Duties, Policies: c.Alerts, Now: func() time.Time { return now }}
	by := tracker.Request{Actor: "user:sato"}
	inc, err := tr.Log(ctx, by, tracker.Entry{Vendor: "sotas", Title: "after the copy"})
	if err != nil {
		t.Fatal(err)
	}
	if inc.ID != 69 {
		t.Errorf("the next incident is %s", inc.ID)
	}
	_, noticed := tr.Notice(ctx, by, inc.ID, tracker.NoticeEntry{Channel: "email", Text: "x"})
	_, noted := tr.Note(ctx, by, inc.ID, tracker.NoteEntry{Text: "x"})
	_, stepped := tr.Step(ctx)
	line := store.AccessLine{At: now, Actor: "user:sato", Kind: "x", Origin: "10.0.0.1"}
	if err := errors.Join(noticed, noted, stepped, db.AddUser(ctx, &store.User{Name: "mori", Role: "viewer", CreatedAt: now}, line), db.Verify(ctx)); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]int{"ログイン障害 7": 1, "after the copy": 1, "長い説明": 60} {
		page, err := db.List(ctx, tracker.Query{Text: text, Limit: 100})
		if err != nil || len(page.Incidents) != want {
			t.Errorf("%q is found %d times, want %d: %v", text, len(page.Incidents), want, err)
		}
	}
}

func TestCopyToAServerAndBack(t *testing.T) {
	dir := t.TempDir()
	file, server, back := filepath.Join(dir, "kigen.db"), pgtest.URL(t), filepath.Join(dir, "back.db")
	filled(t, file)
	want := content(t, file)
	parts := map[store.CopyPart]bool{}
	there, err := store.Copy(t.Context(), file, server, copiedAt, func(part store.CopyPart, _ string, _ int64) { parts[part] = true })
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 5 || there.Tables != len(want) {
		t.Errorf("parts %v, %d tables of %d", parts, there.Tables, len(want))
	}
	sameContent(t, want, content(t, server))
	sameContent(t, want, content(t, file))
	again, err := store.Copy(t.Context(), server, back, copiedAt, noProgress)
	if err != nil {
		t.Fatal(err)
	}
	if again != there {
		t.Errorf("there %+v, back %+v", there, again)
	}
	sameContent(t, want, content(t, back))
	worksOn(t, server)
	worksOn(t, back)
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Numbers that the record holds and that retention has deleted are not given again.
func TestSequencesGoOnAfterTheRecord(t *testing.T) {
	file, server := filepath.Join(t.TempDir(), "kigen.db"), pgtest.URL(t)
	evidential(t, file)
	db, err := store.Open(t.Context(), file, copiedAt)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.RetainAccess(t.Context(), copiedAt.AddDate(1, 0, 0), 1000, copiedAt)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Copy(t.Context(), file, server, copiedAt, noProgress); err != nil {
		t.Fatal(err)
	}
	pool := raw(t, server)
	var highest, next int64
	if err := pool.QueryRowContext(t.Context(), `SELECT MAX(number) FROM record_lines WHERE kind = 'access'`).Scan(&highest); err != nil {
		t.Fatal(err)
	}
	if err := pool.QueryRowContext(t.Context(), `SELECT nextval(pg_get_serial_sequence('access_log', 'id'))`).Scan(&next); err != nil {
		t.Fatal(err)
	}
	if next <= highest {
		t.Errorf("the next line of the access log is %d, the record holds %d", next, highest)
	}
}

// An interruption at any part leaves the target as empty as it was, and a second run
// completes the copy.
func TestInterruptedCopies(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kigen.db")
	filled(t, file)
	server := pgtest.URL(t)
	if _, err := store.Copy(t.Context(), file, server, copiedAt, noProgress); err != nil {
		t.Fatal(err)
	}
	cluster := pgtest.Start(t)
	for _, part := range []store.CopyPart{store.CopyWrites, store.CopyCompares, store.CopyIndexes, store.CopyConcludes} {
		for name, table := range map[string]string{"first": "", "amid": "events"} {
			if table != "" && part != store.CopyWrites && part != store.CopyCompares {
				continue
			}
			t.Run(string(part)+" "+name, func(t *testing.T) {
				at := func(p store.CopyPart, on string) bool { return p == part && (table == "" || on == table) }

				target := cluster.URL(t)
				ctx, cancel := context.WithCancel(t.Context())
				_, err := store.Copy(ctx, file, target, copiedAt, func(p store.CopyPart, on string, _ int64) {
					if at(p, on) {
						cancel()
					}
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: %v", err)
				}
				wantEmpty(t, target)
				ended := false
				_, err = store.Copy(t.Context(), file, target, copiedAt, func(p store.CopyPart, on string, _ int64) {
					if at(p, on) && !ended {
						ended = cluster.Terminate(t, target) > 0
					}
				})
				if err == nil || !ended {
					t.Errorf("ended by the server %t: %v", ended, err)
				}
				wantEmpty(t, target)
				if _, err := store.Copy(t.Context(), file, target, copiedAt, noProgress); err != nil {
					t.Errorf("afterwards: %v", err)
				}

				back := filepath.Join(dir, "back.db")
				ctx, cancel = context.WithCancel(t.Context())
				_, err = store.Copy(ctx, server, back, copiedAt, func(p store.CopyPart, on string, _ int64) {
					if at(p, on) {
						cancel()
					}
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("to a file: %v", err)
				}
				if left, err := filepath.Glob(filepath.Join(dir, "*back*")); err != nil || slices.Contains(left, back) {
					t.Errorf("left behind: %v, %v", left, err)
				}
				if hidden, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(hidden) > 0 {
					t.Errorf("left behind: %v, %v", hidden, err)
				}
			})
		}
	}
}

// wantEmpty checks that a target has the tables of the migrations and nothing in them.
func wantEmpty(t *testing.T, place string) {
	t.Helper()
	for table, rows := range content(t, place) {
		if len(rows) > 1 || len(rows) == 1 && !slices.Contains([]string{"meta", "promised_backlog", "search_backlog", "access_sent"}, table) {
			t.Errorf("%s has %d rows", table, len(rows))
		}
	}
}

func TestRefusedCopies(t *testing.T) {
	dir := t.TempDir()
	file, server := filepath.Join(dir, "kigen.db"), pgtest.URL(t)
	evidential(t, file)
	honest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(name string, stmts ...string) string {
		place := filepath.Join(dir, name)
		if err := os.WriteFile(place, honest, 0o600); err != nil {
			t.Fatal(err)
		}
		pool := raw(t, place)
		for _, stmt := range stmts {
			if _, err := pool.ExecContext(t.Context(), stmt); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
		}
		if err := pool.Close(); err != nil {
			t.Fatal(err)
		}
		return place
	}
	occupied, used := pgtest.URL(t), pgtest.URL(t)
	evidential(t, occupied)
	if db, err := store.Open(t.Context(), used, copiedAt); err != nil {
		t.Fatal(err)
	} else if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, used).ExecContext(t.Context(), `INSERT INTO destinations (name) VALUES ('soc')`); err != nil {
		t.Fatal(err)
	}
	led, foreign := pgtest.URL(t), pgtest.URL(t)
	evidential(t, led)
	if _, err := raw(t, led).ExecContext(t.Context(), `INSERT INTO leadership VALUES (1, 1, 'h', 'soc-1', 'http://soc-1', clock_timestamp() + INTERVAL '1 hour')`); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, foreign).ExecContext(t.Context(), `CREATE TABLE customers (name TEXT)`); err != nil {
		t.Fatal(err)
	}
	held := changed("held.db")
	hold, err := store.AcquireFileLock(t.Context(), held, copiedAt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hold.Release() })
	var locked *store.LockedError
	for name, tc := range map[string]struct {
		from, to string
		is       error
		as       any
		says     string
	}{
		"two files":              {from: file, to: filepath.Join(dir, "b.db"), says: "kigen db backup"},
		"two servers":            {from: occupied, to: server, says: "pg_dump"},
		"no source":              {from: filepath.Join(dir, "none.db"), to: server, is: os.ErrNotExist},
		"an empty source":        {from: pgtest.URL(t), to: filepath.Join(dir, "c.db"), is: store.ErrEmpty},
		"a full server":          {from: file, to: occupied, is: store.ErrNotEmpty, says: "name an empty database"},
		"a used server":          {from: file, to: used, is: store.ErrNotEmpty, says: "the table destinations has rows"},
		"a server of another":    {from: file, to: foreign, is: store.ErrForeign},
		"an existing file":       {from: occupied, to: file, is: store.ErrNotEmpty, says: "name a file that does not exist"},
		"a led source":           {from: led, to: filepath.Join(dir, "d.db"), is: store.ErrCopyInUse, says: "soc-1"},
		"a led target":           {from: file, to: led, is: store.ErrCopyInUse, says: "soc-1"},
		"a held source":          {from: held, to: server, as: &locked},
		"a damaged source":       {from: changed("damaged.db", `UPDATE counters SET incidents = incidents + 1`), to: server, says: "does not verify"},
		"a broken chain":         {from: changed("broken.db", `DROP TRIGGER record_stays_as_it_is`, `UPDATE record_lines SET content = zeroblob(32) WHERE count = 5`), to: server, says: "line 5 of the record"},
		"an older source":        {from: changed("older.db", `DELETE FROM schema_versions WHERE version_id >= 60`), to: server, is: store.ErrOlder, says: "kigen db migrate"},
		"a newer source":         {from: changed("newer.db", `INSERT INTO schema_versions (version_id, is_applied) VALUES (9999, 1)`), to: server, is: store.ErrNewer},
		"an unfinished source":   {from: changed("unfinished.db", `UPDATE search_backlog SET below = 3`), to: server, says: "kigen db migrate"},
		"a text that is no text": {from: changed("nul.db", `INSERT INTO idempotency (key, content, incident_id, at) VALUES ('a' || char(0) || 'b', '', 1, 1)`), to: server, says: "the column key holds a NUL character"},
	} {
		_, err := store.Copy(t.Context(), tc.from, tc.to, copiedAt, noProgress)
		switch {
		case err == nil, !strings.Contains(err.Error(), tc.says):
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		case tc.is != nil && !errors.Is(err, tc.is), tc.as != nil && !errors.As(err, tc.as):
			t.Errorf("%s: %v, want %v", name, err, tc.is)
		}
	}
	wantEmpty(t, server)
	if _, err := store.Copy(t.Context(), file, server, copiedAt, noProgress); err != nil {
		t.Errorf("after all of it: %v", err)
	}
}
