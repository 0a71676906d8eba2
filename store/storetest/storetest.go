// Package storetest prepares databases for tests.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"os"
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

// Variable set to postgres makes Path name databases on PostgreSQL.
const Variable = "KIGEN_TEST_STORE"

// Path returns the name of an empty database of the test's own: of a migrated file, or
// of a schema on PostgreSQL where Variable says so.
func Path(t testing.TB) string {
	t.Helper()
	if os.Getenv(Variable) == "postgres" {
		return pgtest.URL(t)
	}
	path := filepath.Join(t.TempDir(), "kigen.db")
	Migrated(t, path)
	return path
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
