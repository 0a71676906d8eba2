package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/store/disktest"
	"kigen/store/pgtest"
)

// TestHelperServerDisk is no test: it is the process with a disk of its own, on which the
// tables of a PostgreSQL lie. Its log is elsewhere, where a full disk would crash it.
func TestHelperServerDisk(t *testing.T) {
	if disktest.Scenario() == "" {
		return
	}
	dir := disktest.Mount(t, "24m")
	c := pgtest.Start(t, "autovacuum = off")
	tables := filepath.Join(dir, "tables")
	if err := os.Mkdir(tables, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Exec(t, "CREATE TABLESPACE small OWNER kigen LOCATION '"+tables+"'")
	c.Exec(t, "ALTER DATABASE kigen SET default_tablespace = small")
	o := newOutage(t, c, c.URL(t))
	filler := disktest.Fill(t, dir)
	until(t, "an incident that finds no room", func() bool { return !o.log(o.replicas[0]) })
	until(t, "a replica says that the disk is full", func() bool { return strings.Contains(o.ready(o.replicas[0]), "disk") })
	until(t, "people are told", func() bool { return len(o.others("disk/")) > 0 })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	o.well("after the disk was full")
}

func TestTheServersDiskIsFull(t *testing.T) {
	t.Parallel()
	disktest.PlayUnprivileged(t, "TestHelperServerDisk", "full")
}
