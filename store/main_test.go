package store_test

import (
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"kigen/store"
	"kigen/store/pgtest"
	"kigen/store/storetest"
)

var onServer = storetest.OnPostgres()

// TestSuiteOnPostgres runs the tests of this package once more, on PostgreSQL.
func TestSuiteOnPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the suite once more")
	}
	storetest.AgainOnPostgres(t, ".", "-rapid.checks=20")
}

// newPlace returns the name of a database of the test's own, which does not exist yet.
func newPlace(t testing.TB) string {
	t.Helper()
	if onServer {
		return pgtest.URL(t)
	}
	return filepath.Join(t.TempDir(), "kigen.db")
}

// ofFiles ends a test that is about files where the suite runs on a server.
func ofFiles(t testing.TB) {
	t.Helper()
	if onServer {
		t.Skip("is about files")
	}
}

// places holds the names by which the databases of tests were opened.
var places sync.Map

// at returns the name by which a database is opened again.
func at(db *store.DB) string {
	name, _ := places.Load(db)
	return name.(string)
}

var dropTrigger = regexp.MustCompile(`^DROP TRIGGER (\w+)$`)

var hexadecimal = regexp.MustCompile(`\bx'([0-9a-f]*)'`)

// ownSQL is a statement of a test as the database at a place takes it.
func ownSQL(place, stmt string) string {
	if !store.IsServer(place) {
		return stmt
	}
	if m := dropTrigger.FindStringSubmatch(stmt); m != nil {
		return `DO $$ BEGIN EXECUTE (SELECT 'DROP TRIGGER ` + m[1] + ` ON ' || tgrelid::regclass FROM pg_trigger
			WHERE tgname = '` + m[1] + `' AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)); END $$`
	}
	return hexadecimal.ReplaceAllString(stmt, `'\x$1'`)
}
