package pgtest_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kigen/store/pgtest"
)

func one(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func TestSchemasAreApart(t *testing.T) {
	a, b := pgtest.Open(t, pgtest.URL(t)), pgtest.Open(t, pgtest.URL(t))
	for _, db := range []*sql.DB{a, b} {
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE thing (n INT)"); err != nil {
			t.Fatal(err)
		}
	}
	if x, y := one(t, a, "SELECT current_schema()"), one(t, b, "SELECT current_schema()"); x == y {
		t.Errorf("both tests work in schema %s", x)
	}
	if got := one(t, a, "SELECT current_setting('is_superuser')"); got != "off" {
		t.Errorf("is_superuser = %s", got)
	}
	// An order that is not of bytes shows a query that depends on it.
	if got := one(t, a, "SELECT ('a' < 'B')::text"); got != "true" {
		t.Errorf("'a' < 'B' is %s: the cluster sorts by bytes", got)
	}
}

func TestControl(t *testing.T) {
	c := pgtest.Start(t)
	address := c.URL(t)
	db := pgtest.Open(t, address)
	// A pool of its own each time: a connection that the server has ended fails once more.
	fresh := func(query string) string { return one(t, pgtest.Open(t, address), query) }
	fails := func(why string) {
		t.Helper()
		if err := pgtest.Open(t, address).PingContext(t.Context()); err == nil {
			t.Errorf("the database answers %s", why)
		}
	}
	backend := "SELECT pg_backend_pid()::text"
	first := one(t, db, backend)
	if n := c.Terminate(t, address); n != 1 {
		t.Errorf("%d connections terminated, want 1", n)
	}
	if fresh(backend) == first {
		t.Error("the connection outlived its termination")
	}
	c.Refuse(t)
	fails("while connections are refused")
	c.Accept(t)
	started := fresh("SELECT pg_postmaster_start_time()::text")
	c.RestartFast(t)
	again := fresh("SELECT pg_postmaster_start_time()::text")
	c.RestartImmediate(t)
	if last := fresh("SELECT pg_postmaster_start_time()::text"); again == started || last == again {
		t.Errorf("the server started at %s, %s and %s", started, again, last)
	}
	c.Stop(t)
	fails("while the server is stopped")
	c.Resume(t)
	fresh("SELECT current_schema()")
}

// A process that is killed leaves neither a server nor its directory.
func TestKilled(t *testing.T) {
	if os.Getenv("PGTEST_KILLED") != "" {
		fmt.Println(pgtest.URL(t))
		select {}
	}
	pgtest.URL(t) // skips where there is no PostgreSQL
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$") //nolint:gosec // this very test
	cmd.Env = append(os.Environ(), "PGTEST_KILLED=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	one(t, pgtest.Open(t, address.String()), "SELECT current_schema()")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	dir := address.Query().Get("host")
	for tick := time.NewTicker(10 * time.Millisecond); ctx.Err() == nil; <-tick.C {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
	}
	t.Errorf("%s is still there", dir)
}

// A standby has what was committed, takes no writes, and takes them when it is promoted.
func TestStandby(t *testing.T) {
	c := pgtest.Start(t)
	address := c.URL(t)
	db := pgtest.Open(t, address)
	run := func(db *sql.DB, query string) error {
		_, err := db.ExecContext(t.Context(), query)
		return err
	}
	if err := run(db, "CREATE TABLE thing (n INT)"); err != nil {
		t.Fatal(err)
	}
	s := c.Standby(t)
	if err := run(db, "INSERT INTO thing VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	either, there := pgtest.Open(t, s.Either(t, address)+"&target_session_attrs=read-write"), pgtest.Open(t, s.Here(t, address))
	if err := run(there, "INSERT INTO thing VALUES (8)"); err == nil {
		t.Error("a standby takes writes")
	}
	if err := run(either, "INSERT INTO thing VALUES (8)"); err != nil {
		t.Error(err)
	}
	c.Crash(t)
	s.Promote(t)
	if err := run(there, "INSERT INTO thing VALUES (9)"); err != nil {
		t.Error(err)
	}
	if got := one(t, pgtest.Open(t, s.Either(t, address)+"&target_session_attrs=read-write"), "SELECT string_agg(n::text, ' ' ORDER BY n) FROM thing"); got != "7 8 9" {
		t.Errorf("the standby has %s", got)
	}
}
