// Package pgtest runs throw-away PostgreSQL clusters for tests: one that the tests of a
// process share, with a schema for each of them, and a cluster for a test that restarts,
// stops or cuts it.
//
// A cluster listens on a Unix socket in a directory of its own and nowhere else. It ends
// with the process that started it, however that ends: a shell that waits at the far end
// of a pipe stops the server and deletes its directory.
package pgtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx" of database/sql
)

// shared is the cluster of the tests that leave the server alone.
var shared = sync.OnceValues(func() (*Cluster, error) { return start() })

// schemas counts the schemas of the process.
var schemas atomic.Int64

// notInName is what a schema's name does not take over from a test's name.
var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// URL returns the address of an empty schema in the cluster that the tests of the process
// share. Without PostgreSQL the test is skipped, or fails where KIGEN_REQUIRE_EXTRAS is 1.
func URL(t testing.TB) string {
	t.Helper()
	need(t)
	c, err := shared()
	if err != nil {
		t.Fatalf("the shared PostgreSQL did not start: %v", err)
	}
	return c.URL(t)
}

// Start returns a cluster of the test's own, which the test may restart, stop and cut.
// Without PostgreSQL the test is skipped, or fails where KIGEN_REQUIRE_EXTRAS is 1.
func Start(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	need(t)
	c, err := start(settings...)
	if err != nil {
		t.Fatalf("PostgreSQL did not start: %v", err)
	}
	t.Cleanup(c.end)
	return c
}

// URL returns the address of a new, empty schema, as the owner of the database, who is no
// superuser. The connections carry the schema's name as their application_name.
func (c *Cluster) URL(t testing.TB) string {
	t.Helper()
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(t.Name()), "_"), "_")
	if len(name) > 40 { // PostgreSQL cuts names at 63 bytes
		name = name[:40]
	}
	name = fmt.Sprintf("t%d_%s", schemas.Add(1), name)
	c.Exec(t, "CREATE SCHEMA "+name+" AUTHORIZATION "+owner)
	return c.address(owner, url.Values{"search_path": {name}, "application_name": {name}})
}

// Database returns the address of a new, empty database in the shared cluster, which stays as
// long as the process, for Copy. Without PostgreSQL it does as URL.
func Database(t testing.TB) string {
	t.Helper()
	first, err := url.Parse(URL(t)) // which starts the cluster
	if err != nil {
		t.Fatal(err)
	}
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("template%d", schemas.Add(1))
	if err := c.exec("postgres", "CREATE DATABASE "+name+" OWNER "+owner); err != nil {
		t.Fatal(err)
	}
	first.Path = "/" + name
	query := first.Query()
	query.Set("search_path", "public")
	first.RawQuery = query.Encode()
	return first.String()
}

// Copy is Clone in the shared cluster.
func Copy(t testing.TB, address string) string {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c.Clone(t, address)
}

// Schema returns the schema of an address.
func Schema(t testing.TB, address string) string {
	t.Helper()
	return parameter(t, address, "search_path")
}

// parameter returns a parameter of an address.
func parameter(t testing.TB, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

// Open returns a pool of connections to address, closed with the test.
func Open(t testing.TB, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// address returns the address of the cluster's database for a user.
func (c *Cluster) address(user string, query url.Values) string {
	query.Set("host", c.dir)
	u := url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}

// need skips a test where PostgreSQL is not installed.
func need(t testing.TB) {
	t.Helper()
	if _, err := binaries(); err != nil {
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatalf("%v. On Debian: sudo apt-get install postgresql", err)
		}
		t.Skip(err)
	}
}
