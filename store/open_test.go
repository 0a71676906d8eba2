package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// TestPragmasHoldOnEveryConnection asks three connections of the readers'
// pool at once, and the writer's one.
func TestPragmasHoldOnEveryConnection(t *testing.T) {
	ofFiles(t)
	writer, reader := open(t).Pools()
	conns := map[string]*sql.Conn{}
	for name, pool := range map[string]*sql.DB{"writer": writer, "reader 1": reader, "reader 2": reader, "reader 3": reader} {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		conns[name] = conn
	}
	for name, conn := range conns {
		queryOnly := "1"
		if name == "writer" {
			queryOnly = "0"
		}
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "foreign_keys": "1", "query_only": queryOnly,
		} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s: %s is %s, want %s", name, pragma, got, want)
			}
		}
	}
}

func TestMisspeltOptionIsNoticed(t *testing.T) {
	ofFiles(t)
	db := open(t)
	pool := store.OpenMisspelt(db.Path())
	defer pool.Close()
	if err := pool.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "foreign_keys") {
		t.Errorf("a connection without foreign keys was accepted: %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	_, reader := open(t).Pools()
	if _, err := reader.ExecContext(t.Context(), "UPDATE meta SET created_at = 0"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestNewFileIsPrivate(t *testing.T) {
	ofFiles(t)
	db := open(t)
	logged(t, db, "sotas")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(db.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("kigen.db%s has mode %v: others may read incidents", suffix, info.Mode())
		}
	}
}

func TestNamesThatNeedEscaping(t *testing.T) {
	for _, name := range []string{"a?b.db", "100%41.db", "a#b.db", "期限 1.db", "a&mode=memory.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := openAt(t, path)
		logged(t, db, "sotas")
		if db.Path() != path {
			t.Errorf("path is %q, want %q", db.Path(), path)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q is not where the data went: %v", name, err)
		}
	}
}

func TestRefusedNames(t *testing.T) {
	ofFiles(t)
	missing := filepath.Join(t.TempDir(), "missing", "kigen.db")
	for name, want := range map[string]string{
		"mysql://u:geheim@db/kigen": "mysql://…: give the path of a file",
		"":                          "give the path of a file",
		":memory:":                  "give the plain path of a file",
		"file:x.db?mode=memory":     "give the plain path of a file",
		missing:                     "its directory must exist",
		t.TempDir():                 "it is a directory",
	} {
		db, err := store.Open(t.Context(), name, base)
		if err == nil {
			t.Errorf("%q was opened", name)
			_ = db.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v; want %q", name, err, want)
		}
	}
}

// raw opens a database past all checks.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	if store.IsServer(path) {
		return pgtest.Open(t, path)
	}
	ofFiles(t)
	pool := sql.OpenDB(rawConnector{path: path})
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

func rawExec(t *testing.T, path string, stmts ...string) {
	t.Helper()
	pool := raw(t, path)
	defer pool.Close()
	for _, stmt := range stmts {
		if _, err := pool.ExecContext(t.Context(), ownSQL(path, stmt)); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
}

func TestForeignFilesAreRefusedAndKept(t *testing.T) {
	ofFiles(t)
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	rawExec(t, other, "CREATE TABLE customers (name TEXT)")
	marked := filepath.Join(t.TempDir(), "marked.db")
	rawExec(t, marked, "PRAGMA application_id = 7")
	for _, path := range []string{text, other, marked} {
		refused(t, path, store.ErrForeign, "name another file")
	}
}

// refused opens a file, expects the error with the remedy, and compares the
// file before and after.
func refused(t *testing.T, path string, want error, remedy string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path, base)
	if err == nil {
		_ = db.Close()
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), remedy) || !strings.Contains(err.Error(), path) {
		t.Errorf("open %s: %v; want %v with %q", filepath.Base(path), err, want, remedy)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Errorf("%s was changed", filepath.Base(path))
	}
}

func TestNewerDatabaseIsRefusedAndKept(t *testing.T) {
	ofFiles(t)
	path := filepath.Join(t.TempDir(), "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, "INSERT INTO schema_versions (version_id, is_applied) VALUES (9001, 1)")
	refused(t, path, store.ErrNewer, "version 9001, this kigen knows up to")
}

func TestCrashBeforeTheFirstTable(t *testing.T) {
	ofFiles(t)
	for name, prepare := range map[string]func(path string) error{
		"empty file":  func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"only header": func(path string) error { rawExec(t, path, "PRAGMA journal_mode = wal"); return nil },
		"only marked": func(path string) error { rawExec(t, path, "PRAGMA application_id = 1263093582"); return nil },
	} {
		path := filepath.Join(t.TempDir(), "kigen.db")
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), path, base)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		logged(t, db, "sotas")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	ofFiles(t)
	path := filepath.Join(t.TempDir(), "kigen.db")
	first, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	inc := logged(t, first, "sotas", sla.Clock{State: sla.Running, Due: base})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := store.Open(t.Context(), path, base.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	view(t, second, func(r tracker.Reader) error {
		created, err := r.CreatedAt(t.Context())
		if !created.Equal(base) {
			t.Errorf("created at %s, want %s", created, base)
		}
		return err
	})
	if got, want := asJSON(t, incident(t, second, inc.ID)), asJSON(t, inc); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Whoever only reads leaves the file as it was, byte for byte.
func TestOpeningWritesNothing(t *testing.T) {
	ofFiles(t)
	path := filepath.Join(t.TempDir(), "kigen.db")
	read := func() []byte {
		db, err := store.Open(t.Context(), path, base)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.List(t.Context(), tracker.Query{}); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if made := read(); !bytes.Equal(made, read()) {
		t.Error("opening a finished database changed it")
	}
}

// TestKilledDatabaseGoesOn copies the file and its log while they are open:
// that is what a killed process leaves behind.
func TestKilledDatabaseGoesOn(t *testing.T) {
	ofFiles(t)
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	left := filepath.Join(t.TempDir(), "left.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(db.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if suffix == "-wal" && len(b) == 0 {
			t.Fatal("the log is empty: this test would show nothing")
		}
		if err := os.WriteFile(left+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := openAt(t, left)
	if got, want := asJSON(t, incident(t, again, inc.ID)), asJSON(t, inc); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if err := again.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	logged(t, again, "sotas")
}

func TestOpenHeedsItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Open(ctx, filepath.Join(t.TempDir(), "kigen.db"), base); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsNameTheFileAndTheRemedy(t *testing.T) {
	ofFiles(t)
	insertOne := func(db *store.DB) error {
		return db.Update(t.Context(), func(tx tracker.Tx) error {
			return tx.InsertIncident(t.Context(), &sla.Incident{Vendor: "sotas", Title: strings.Repeat("長", 100_000)})
		})
	}
	for name, tc := range map[string]struct {
		harm   string
		code   sqlite3.ErrNo
		remedy string
	}{
		"full disk": {"PRAGMA max_page_count = 1", sqlite3.ErrFull, "free space"},
		"read-only": {"PRAGMA query_only = 1", sqlite3.ErrReadonly, "writable"},
	} {
		db := open(t)
		writer, _ := db.Pools()
		if _, err := writer.ExecContext(t.Context(), tc.harm); err != nil {
			t.Fatal(err)
		}
		explained(t, name, db, insertOne(db), tc.code, tc.remedy)
	}

	db := open(t)
	writer, _ := db.Pools()
	if _, err := writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 0"); err != nil {
		t.Fatal(err)
	}
	holder := raw(t, at(db))
	holder.SetMaxOpenConns(1)
	if _, err := holder.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	explained(t, "locked", db, insertOne(db), sqlite3.ErrBusy, "another process holds it")
}

func explained(t *testing.T, name string, db *store.DB, err error, code sqlite3.ErrNo, remedy string) {
	t.Helper()
	var failed sqlite3.Error
	if !errors.As(err, &failed) || failed.Code != code {
		t.Errorf("%s: got %v, want code %d", name, err, code)
		return
	}
	if n := strings.Count(err.Error(), db.Path()); n != 1 || !strings.Contains(err.Error(), remedy) {
		t.Errorf("%s: %q does not name the file once and the remedy %q", name, err, remedy)
	}
}

func TestCorruptFileIsExplained(t *testing.T) {
	ofFiles(t)
	path := filepath.Join(t.TempDir(), "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		logged(t, db, "sotas", sla.Clock{State: sla.Met, Due: base})
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for i := 5 * page; i < len(b); i++ {
		b[i] = 0xA5
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err = store.Open(t.Context(), path, base)
	if err == nil {
		err = db.Verify(t.Context())
		defer db.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("got %v", err)
	}
}

// TestUnsureZonesFallBackToTheirOffset: a name that is unknown here, or whose
// rules are others here, must not move what people read.
func TestUnsureZonesFallBackToTheirOffset(t *testing.T) {
	db := open(t)
	for _, zone := range []*time.Location{
		time.FixedZone("Nowhere/Else", 5*3600+45*60),
		time.FixedZone("Asia/Tokyo", 10*3600),
		time.FixedZone("", -3*3600),
		time.UTC,
	} {
		due := base.Add(time.Hour).In(zone)
		inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: due})
		got := incident(t, db, inc.ID).Clocks[0].Due
		if got.Format(time.RFC3339) != due.Format(time.RFC3339) {
			t.Errorf("zone %s: due comes back as %s, went in as %s", zone, got.Format(time.RFC3339), due.Format(time.RFC3339))
		}
	}
}
