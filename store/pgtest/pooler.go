package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// poolerSettings make PgBouncer listen on a Unix socket alone, and trust who connects.
const poolerSettings = `[databases]
%[1]s = host=%[2]s dbname=%[1]s user=%[3]s
[pgbouncer]
listen_addr =
unix_socket_dir = %[4]s
auth_type = any
pool_mode = %[5]s
ignore_startup_parameters = %[6]s
`

// Pooler runs PgBouncer in front of the cluster until the test ends, and returns the
// address of the database through it. It ignores the named parameters of a connection, or
// refuses them. Without PgBouncer the test is skipped, or fails where KIGEN_REQUIRE_EXTRAS
// is 1.
func (c *Cluster) Pooler(t testing.TB, mode, ignored string) string {
	t.Helper()
	path, err := pgbouncer()
	if err != nil {
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatalf("%v. On Debian: sudo apt-get install pgbouncer", err)
		}
		t.Skip(err)
	}
	dir, err := directory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf(poolerSettings, database, c.dir, owner, dir, mode, ignored)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil { //nolint:gosec // the server's user reads it
		t.Fatal(err)
	}
	cmd := c.command(path, config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	socket := filepath.Join(dir, ".s.PGSQL.6432")
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("PgBouncer does not listen")
		}
	}
	u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + database, RawQuery: url.Values{"host": {dir}, "port": {"6432"}}.Encode()}
	return u.String()
}

func pgbouncer() (string, error) {
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		return path, nil
	}
	const debian = "/usr/sbin/pgbouncer" // not in the PATH of everyone
	if _, err := os.Stat(debian); err != nil {
		return "", errors.New("PgBouncer is not installed")
	}
	return debian, nil
}
