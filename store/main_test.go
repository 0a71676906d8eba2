package store_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"kigen/store"
	"kigen/store/pgtest"
)

// suiteVariable set to postgres makes the suite run on PostgreSQL.
const suiteVariable = "KIGEN_TEST_STORE"

var onServer = os.Getenv(suiteVariable) == "postgres"

// TestSuiteOnPostgres runs the tests of this package once more, on PostgreSQL. One of them
// alone: KIGEN_TEST_STORE=postgres go test -run TestName ./store
func TestSuiteOnPostgres(t *testing.T) {
	if onServer {
		t.Skip("this is that run")
	}
	if testing.Short() {
		t.Skip("runs the suite once more")
	}
	pgtest.URL(t) // skips where there is no PostgreSQL
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.timeout=15m", "-rapid.checks=20")
	cmd.Env = append(os.Environ(), suiteVariable+"=postgres")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
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
