package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// RestartFast restarts the server as an administrator does: sessions are told that they
// end, transactions are rolled back.
func (c *Cluster) RestartFast(t testing.TB) { c.control(t, "restart", "-m", "fast") }

// RestartImmediate restarts the server as a crash does: it recovers from its log.
func (c *Cluster) RestartImmediate(t testing.TB) { c.control(t, "restart", "-m", "immediate") }

// Stop stops the server until Resume.
func (c *Cluster) Stop(t testing.TB) { c.control(t, "stop", "-m", "fast") }

// Resume starts the server that Stop has stopped.
func (c *Cluster) Resume(t testing.TB) { c.control(t, "start") }

// Refuse lets no new connection in to the database until Accept. Those that there are
// stay: Terminate ends them.
func (c *Cluster) Refuse(t testing.TB) { c.allow(t, "false") }

// Accept ends what Refuse began.
func (c *Cluster) Accept(t testing.TB) { c.allow(t, "true") }

// Terminate ends the connections of an address that URL has returned, as the server does
// when an administrator ends a session, and returns how many.
func (c *Cluster) Terminate(t testing.TB, address string) int {
	t.Helper()
	var n int
	c.query(t, &n, "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1", parameter(t, address, "application_name"))
	return n
}

// Exec runs a statement in the database as the superuser.
func (c *Cluster) Exec(t testing.TB, query string) {
	t.Helper()
	if err := c.exec(database, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Superuser returns the address of the database for the superuser.
func (c *Cluster) Superuser() string { return c.superuser(database) }

// Clone returns the address of a copy of the whole database that an address names, until
// the test ends. Nothing may be connected to the database. The server copies the files: to
// write each page to its log instead, as it does by default, takes three times as long.
func (c *Cluster) Clone(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("clone%d", schemas.Add(1))
	create := "CREATE DATABASE " + name + " TEMPLATE " + strings.TrimPrefix(u.Path, "/") + " OWNER " + owner + " STRATEGY FILE_COPY"
	if err := c.exec("postgres", create); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	query := u.Query()
	query.Set("application_name", name)
	u.RawQuery = query.Encode()
	return u.String()
}

// AsSuperuser returns an address for the superuser, whose triggers and references are
// switched off: what only the server's administrator can do.
func AsSuperuser(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(superuser)
	query := u.Query()
	query.Set("session_replication_role", "replica")
	u.RawQuery = query.Encode()
	return u.String()
}

func (c *Cluster) allow(t testing.TB, allowed string) {
	t.Helper()
	if err := c.exec("postgres", "ALTER DATABASE "+database+" ALLOW_CONNECTIONS "+allowed); err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) control(t testing.TB, verb string, args ...string) {
	t.Helper()
	if err := c.pgctl(verb, args...); err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) start() error { return c.pgctl("start") }

// pgctl controls the server and waits until it is done.
func (c *Cluster) pgctl(verb string, args ...string) error {
	args = append([]string{verb, "-D", c.data(), "-l", filepath.Join(c.dir, "log"), "-w", "-t", "60"}, args...)
	return c.run("pg_ctl", args...)
}

// exec runs a statement as the superuser on a connection of its own.
func (c *Cluster) exec(database, query string) error {
	return c.do(database, func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, query)
		return err
	})
}

func (c *Cluster) query(t testing.TB, to any, query string, args ...any) {
	t.Helper()
	err := c.do("postgres", func(ctx context.Context, db *sql.DB) error {
		return db.QueryRowContext(ctx, query, args...).Scan(to)
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func (c *Cluster) do(database string, f func(context.Context, *sql.DB) error) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := sql.Open("pgx", c.superuser(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(ctx, db)
}
