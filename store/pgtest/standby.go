package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// Standby returns a cluster that streams from this one, and makes each commit here wait until
// it is there, too: what was acknowledged is not lost by a failover.
func (c *Cluster) Standby(t testing.TB) *Cluster {
	t.Helper()
	dir, err := directory()
	if err != nil {
		t.Fatal(err)
	}
	s := &Cluster{bin: c.bin, dir: dir}
	if err := s.keep(); err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(dir)))
	}
	t.Cleanup(s.end)
	if err := s.follow(c); err != nil {
		t.Fatalf("the standby did not start: %v", err)
	}
	c.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.Exec(t, "SELECT pg_reload_conf()")
	for n := 0; n == 0; { // else a commit would wait for a standby that streams from later on
		c.query(t, &n, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
	}
	return s
}

// follow copies the data of a primary and starts to stream from it.
func (c *Cluster) follow(primary *Cluster) error {
	from := fmt.Sprintf("host=%s user=%s", primary.dir, superuser)
	if err := c.run("pg_basebackup", "-D", c.data(), "-d", from, "-R", "-X", "stream", "-c", "fast", "--no-sync"); err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conf, "unix_socket_directories = '%s'\n", c.dir)
	if err := errors.Join(err, conf.Close()); err != nil {
		return err
	}
	return c.start()
}

// Promote makes a standby take writes. It waits for no other one.
func (c *Cluster) Promote(t testing.TB) { c.control(t, "promote") }

// Crash ends the server without a word to anyone, until Resume.
func (c *Cluster) Crash(t testing.TB) { c.control(t, "stop", "-m", "immediate") }

// Here returns an address of another cluster as that of this one.
func (c *Cluster) Here(t testing.TB, address string) string {
	t.Helper()
	return withHosts(t, address, func(string) string { return c.dir })
}

// Either returns an address that names this cluster beside another one: the driver finds the
// one that takes writes.
func (c *Cluster) Either(t testing.TB, address string) string {
	t.Helper()
	return withHosts(t, address, func(other string) string { return other + "," + c.dir })
}

func withHosts(t testing.TB, address string, hosts func(string) string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("host", hosts(query.Get("host")))
	u.RawQuery = query.Encode()
	return u.String()
}
