// Package storetest prepares databases for tests.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // reads the template

	"kigen/store"
	"kigen/store/pgtest"
)

// template is the file of a database that no kigen has opened yet after its migrations.
// They cost more than most of what a test then does, so a process runs them once.
var template = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "kigen-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "kigen.db")
	ctx := context.Background()
	db, err := store.Open(ctx, path, time.UnixMilli(0))
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite3", path)
	if err != nil {
		return nil, err
	}
	_, err = pool.ExecContext(ctx, "DELETE FROM meta") // the first opening writes its own time
	if err := errors.Join(err, pool.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// served is the template of the databases on PostgreSQL, as template is that of files.
var served struct {
	sync.Mutex
	address string
}

func onServer(t testing.TB) (address string) {
	t.Helper()
	served.Lock()
	defer served.Unlock()
	if served.address != "" {
		return served.address
	}
	address = pgtest.Database(t)
	db, err := store.Open(t.Context(), address, time.UnixMilli(0))
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	pool := pgtest.Open(t, address)
	if _, err := pool.ExecContext(t.Context(), "DELETE FROM meta"); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil { // a database that is connected to can't be copied
		t.Fatal(err)
	}
	served.address = address
	return address
}

// Variable set to postgres makes Path name databases on PostgreSQL.
const Variable = "KIGEN_TEST_STORE"

// Path returns the name of an empty database of the test's own: of a migrated file, or
// of a migrated database on PostgreSQL where Variable says so.
func Path(t testing.TB) string {
	t.Helper()
	if OnPostgres() {
		return pgtest.Copy(t, onServer(t))
	}
	path := filepath.Join(t.TempDir(), "kigen.db")
	Migrated(t, path)
	return path
}

// OnPostgres reports whether Path names databases on PostgreSQL.
func OnPostgres() bool { return os.Getenv(Variable) == "postgres" }

// AgainOnPostgres runs the tests of this process's binary whose names match once more,
// on PostgreSQL. One of them alone: KIGEN_TEST_STORE=postgres go test -run TestName PACKAGE
func AgainOnPostgres(t *testing.T, names string, flags ...string) {
	t.Helper()
	if OnPostgres() {
		t.Skip("this is that run")
	}
	pgtest.URL(t)                                                                                                  // skips where there is no PostgreSQL
	cmd := exec.CommandContext(t.Context(), os.Args[0], append(flags, "-test.run="+names, "-test.timeout=15m")...) //nolint:gosec // this very binary
	cmd.Env = append(os.Environ(), Variable+"=postgres")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Migrated writes a migrated and empty database, which store.Open then takes as a new one.
func Migrated(t testing.TB, path string) {
	t.Helper()
	content, err := template()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
