package main_test

import (
	"compress/gzip"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/sla/seedtest"
)

// version1 puts a database into dir that the first version of kigen made: 37
// incidents, with notices, an acknowledgement, a cancellation and alerts.
func version1(t *testing.T, dir string) {
	t.Helper()
	packed, err := os.Open("testdata/version1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "kigen.db"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(file, unpacked); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"kigen.db-wal", "kigen.db-shm"} {
		_ = os.Remove(filepath.Join(dir, beside)) // of a run before
	}
}

// killAfter starts a command and kills it after a time.
func killAfter(t *testing.T, dir string, d time.Duration, args ...string) {
	t.Helper()
	cmd := command(t.Context(), dir, nil, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pause(t, d)
	_ = cmd.Process.Signal(syscall.SIGKILL) // it may be done already
	_ = cmd.Wait()
}

// random draws lengths up to the time that a command takes here.
func killTimes(t *testing.T, seed uint64, whole time.Duration, n int) []time.Duration {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(random.Int64N(int64(whole)))
	}
	return times
}

// asOf is the last column of a report whose period has not ended.
var asOf = regexp.MustCompile(`(?m),\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)\r?$`)

// november is the report of the month of the tests' database, without the time at which
// it was made.
func november(t *testing.T, dir string) string {
	t.Helper()
	return asOf.ReplaceAllString(worked(t, runIn(t, dir, nil, "", "report", "2026-11", "--format", "csv")), "")
}

// A migration that is killed at any time is done again as if nothing had been.
func TestKilledDuringMigration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	version1(t, dir)
	worked(t, runIn(t, dir, nil, "", "db", "verify")) // in a migrated copy
	began := time.Now()
	version1(t, dir)
	worked(t, runIn(t, dir, nil, "", "db", "migrate"))
	whole := time.Since(began)
	before := worked(t, runIn(t, dir, nil, "", "db", "verify")) // with the head of the record
	list := november(t, dir)
	for _, d := range killTimes(t, seedtest.Of(t), whole, max(8, killsWanted(t)/4)) {
		version1(t, dir)
		killAfter(t, dir, d, "db", "migrate")
		worked(t, runIn(t, dir, nil, "", "db", "migrate"))
		if after := worked(t, runIn(t, dir, nil, "", "db", "verify")); after != before {
			t.Fatalf("killed after %s: verified as %q, want %q", d, after, before)
		}
		if got := november(t, dir); got != list {
			t.Fatalf("killed after %s: the report is\n%s\nwant\n%s", d, got, list)
		}
	}
}

// A backup that is killed leaves the older backup, or none, and never half a
// one; and the database that it copied is as it was.
func TestKilledDuringBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	version1(t, dir)
	copied := filepath.Join(dir, "backup.db")
	began := time.Now()
	worked(t, runIn(t, dir, nil, "", "db", "backup", copied))
	whole := time.Since(began)
	for i, d := range killTimes(t, seedtest.Of(t), whole, max(8, killsWanted(t)/4)) {
		if i%2 == 0 {
			_ = os.Remove(copied)
		}
		killAfter(t, dir, d, "db", "backup", copied)
		if _, err := os.Stat(copied); err == nil {
			worked(t, runIn(t, dir, []string{"KIGEN_DATABASE=" + copied}, "", "db", "verify"))
		}
		worked(t, runIn(t, dir, nil, "", "db", "verify"))
	}
	worked(t, runIn(t, dir, nil, "", "db", "backup", copied))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.Contains(name, "backup") && name != "backup.db" {
			t.Errorf("%s was left behind", name)
		}
	}
}
