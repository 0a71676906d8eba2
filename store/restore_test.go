package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/store"
)

// backedUp makes a database with one incident, a backup of it, and then a
// second incident, which the backup lacks. The database is closed.
func backedUp(t *testing.T) (path, backup string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	backup = filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	logged(t, db, "sustaina")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path, backup
}

// restored restores as root does, and returns the name of the replaced database.
func restored(t *testing.T, path, backup string, now time.Time) (replaced string, err error) {
	t.Helper()
	done, err := store.Restore(t.Context(), path, backup, store.RestoreOptions{Now: now, By: "cli:root"})
	return done.Replaced, err
}

func count(t *testing.T, path string) (n int) {
	t.Helper()
	if err := raw(t, path).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM incidents").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestRestoreKeepsWhatItReplaces(t *testing.T) {
	path, backup := backedUp(t)
	before, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	replaced, err := restored(t, path, backup, base)
	if err != nil {
		t.Fatal(err)
	}
	if want := path + ".replaced-20260501T090000Z"; replaced != want {
		t.Errorf("replaced is kept as %s, want %s", replaced, want)
	}
	if got := count(t, path); got != 1 {
		t.Errorf("the restored database has %d incidents, want 1", got)
	}
	if got := count(t, replaced); got != 2 {
		t.Errorf("the replaced database has %d incidents, want 2", got)
	}
	if after, err := os.ReadFile(backup); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed (%v)", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the restored database: %v (%v)", info.Mode(), err)
	}
	again := openAt(t, path)
	logged(t, again, "sotas")
	for _, name := range names(t, filepath.Dir(path)) {
		if strings.Contains(name, ".restore-") {
			t.Errorf("%s was left behind", name)
		}
	}
}

func TestRestoreWhereNothingWas(t *testing.T) {
	_, backup := backedUp(t)
	path := filepath.Join(t.TempDir(), "new.db")
	if replaced, err := restored(t, path, backup, base); err != nil || replaced != "" {
		t.Fatalf("replaced %q (%v)", replaced, err)
	}
	if got := count(t, path); got != 1 {
		t.Errorf("%d incidents, want 1", got)
	}
}

// A killed kigen leaves the newest commits in its log; they belong to what is
// replaced, and must not end up in the backup.
func TestRestoreOverAKilledDatabase(t *testing.T) {
	ofFiles(t)
	_, backup := backedUp(t)
	live := open(t)
	for range 3 {
		logged(t, live, "sotas")
	}
	left := filepath.Join(t.TempDir(), "left.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(live.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replaced, err := restored(t, left, backup, base)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, left); n != 1 {
		t.Errorf("the restored database has %d incidents, want the backup's one", n)
	}
	if n := count(t, replaced); n != 3 {
		t.Errorf("the replaced database has %d incidents, want 3", n)
	}
}

func TestRestoreMigratesAnOlderBackup(t *testing.T) {
	path, backup := backedUp(t)
	rawExec(t, backup, "DROP INDEX clocks_open_due", "DELETE FROM schema_versions WHERE version_id = 5")
	if _, err := restored(t, path, backup, base); err != nil {
		t.Fatal(err)
	}
	db, err := store.OpenReadOnly(t.Context(), path) // which takes no older one
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Verify(t.Context()), db.Close()); err != nil {
		t.Error(err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	path, backup := backedUp(t)
	file := func(name string, content []byte) string {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	rawExec(t, foreign, "CREATE TABLE customers (name TEXT)")
	changed := file("changed.db", whole)
	rawExec(t, changed, "UPDATE counters SET incidents = 7")
	planted := file("planted.db", whole)
	rawExec(t, planted, "CREATE TRIGGER helpful AFTER INSERT ON notices BEGIN UPDATE clocks SET state = 'met' WHERE incident_id = NEW.incident_id; END")
	unguarded := file("unguarded.db", whole)
	rawExec(t, unguarded, "DROP TRIGGER events_are_kept")
	newer := file("newer.db", whole)
	rawExec(t, newer, "INSERT INTO schema_versions (version_id, is_applied) VALUES (9001, 1)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for backup, want := range map[string]string{
		path:                               "that is the database itself",
		filepath.Join(t.TempDir(), "gone"): "no such file",
		t.TempDir():                        "directory",
		file("empty.db", nil):              "it is empty",
		file("text.db", bytes.Repeat([]byte("not a database\n"), 100)): "no kigen database",
		file("half.db", whole[:len(whole)/2]):                          "",
		foreign:                                                        "another program",
		changed:                                                        "the counter of list",
		planted:                                                        "trigger helpful",
		unguarded:                                                      "trigger events_are_kept",
		newer:                                                          "use the newer kigen",
	} {
		_, err := restored(t, path, backup, base)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path+" was left as it is") {
			t.Errorf("%s: %v, want %q", filepath.Base(backup), err, want)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused backup changed the database (%v)", err)
	}
	if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"kigen.db", "kigen.db.lock"}) {
		t.Errorf("left behind: %v", got)
	}
}

func TestRestoreRefusesALockedDatabase(t *testing.T) {
	path, backup := backedUp(t)
	other := lockElsewhere(t, path)
	_, err := restored(t, path, backup, time.Now())
	var held *store.LockedError
	if !errors.As(err, &held) || held.Holder.PID != other.Process.Pid {
		t.Errorf("got %v, want who holds it", err)
	}
	if got := count(t, path); got != 2 {
		t.Errorf("the held database has %d incidents, want both", got)
	}
}

// sizeable is an incident of some pages.
func sizeable() *sla.Incident {
	return &sla.Incident{Vendor: "sotas", Title: "outage", Description: strings.Repeat("長い説明", 1000)}
}
