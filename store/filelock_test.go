package store_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/sla/tracker"
	"kigen/store"
)

// lockEnv makes this test's binary a process that holds the database it names.
const lockEnv = "KIGEN_TEST_LOCK"

// TestHelperFileLock is no test: it is the other process of the tests below.
func TestHelperFileLock(t *testing.T) {
	path := os.Getenv(lockEnv)
	if path == "" {
		return
	}
	lock, err := store.AcquireFileLock(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	lock.Announce("http://127.0.0.1:4711")
	if _, err := os.Stdout.WriteString("held\n"); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the test kills us or goes away
}

// lockElsewhere starts a process that holds the database.
func lockElsewhere(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestHelperFileLock$")
	cmd.Env = append(os.Environ(), lockEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("held\n"))
	if _, err := out.Read(line); err != nil || string(line) != "held\n" {
		t.Fatalf("the other process said %q (%v)", line, err)
	}
	return cmd
}

func TestASecondProcessSeesTheHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	other := lockElsewhere(t, path)
	_, err := store.AcquireFileLock(t.Context(), path, base)
	var held *store.LockedError
	if !errors.As(err, &held) || held.Holder.PID != other.Process.Pid || !held.Holder.Since.Equal(base) {
		t.Fatalf("got %v, want that process %d holds it", err, other.Process.Pid)
	}
	for _, part := range []string{path, "http://127.0.0.1:4711", "2026-05-01T09:00:00Z", "stop it first"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if held, err := store.LockedBy(path); err != nil || held == nil || held.Holder.PID != other.Process.Pid {
		t.Errorf("held by %v (%v)", held, err)
	}

	// kill -9 leaves the text behind, and that blocks nobody.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	if text, err := os.ReadFile(path + ".lock"); err != nil || !strings.Contains(string(text), "4711") {
		t.Fatalf("the dead holder's text is gone, so this shows nothing: %q (%v)", text, err)
	}
	if held, err := store.LockedBy(path); held != nil || err != nil {
		t.Errorf("still held by %v (%v)", held, err)
	}
	lock, err := store.AcquireFileLock(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	if held, err := store.LockedBy(path); err != nil || held == nil || held.Holder.PID != os.Getpid() {
		t.Errorf("held by %v (%v), want this process", held, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if held, err := store.LockedBy(path); held != nil || err != nil {
		t.Errorf("released, and still held by %v (%v)", held, err)
	}
}

func TestFileLockFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, filepath.Join(dir, "kigen.db"))
	link := filepath.Join(dir, "other-name.db")
	if err := os.Symlink(db.Path(), link); err != nil {
		t.Fatal(err)
	}
	lock, err := store.AcquireFileLock(t.Context(), link, base)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Release() }()
	if held, err := store.LockedBy(db.Path()); held == nil || err != nil {
		t.Errorf("held by %v (%v) through another name", held, err)
	}
}

func TestWhoStopsSoonIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	first, err := store.AcquireFileLock(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { _ = first.Release() })
	second, err := store.AcquireFileLock(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenReadOnlyNeverWrites(t *testing.T) {
	ofFiles(t)
	db := open(t)
	inc := logged(t, db, "sotas")
	beside, err := store.OpenReadOnly(t.Context(), db.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if got := incident(t, beside, inc.ID); got.Vendor != "sotas" {
		t.Errorf("read %+v", got)
	}
	if err := beside.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	err = beside.Update(t.Context(), func(tracker.Tx) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "reading only") {
		t.Errorf("an update gave %v", err)
	}
	backup := filepath.Join(t.TempDir(), "copy.db")
	if err := beside.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := store.OpenReadOnly(t.Context(), backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(copied.Verify(t.Context()), copied.Close()); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(backup); err != nil || !bytes.Equal(after, before) {
		t.Errorf("reading a backup changed it (%v)", err)
	}
}

func TestOpenReadOnlyMigratesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, "DELETE FROM schema_versions WHERE version_id = (SELECT MAX(version_id) FROM schema_versions)")
	if db, err := store.OpenReadOnly(t.Context(), path); !errors.Is(err, store.ErrOlder) || !strings.Contains(err.Error(), "kigen db migrate") {
		t.Errorf("got %v, %v", db, err)
	}
	if _, err := store.OpenReadOnly(t.Context(), path+"-missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gave %v", err)
	}
	if _, err := os.Stat(path + "-missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file was made (%v)", err)
	}
}
