package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/disktest"
)

const (
	disk    = "6m"
	reserve = 512 << 10
)

// scenarios are played on a real file system that is really full or read-only:
// what SQLite and the system then say is theirs.
func scenarios() map[string]func(t *testing.T, dir string) {
	return map[string]func(t *testing.T, dir string){
		"full at open": fullAtOpen, "full in a transaction": fullInATransaction,
		"full in a backup": fullInABackup, "read-only": readOnly, "one file mounted": oneFileMounted,
	}
}

// TestHelperDisk is no test: it is the process with a disk of its own.
func TestHelperDisk(t *testing.T) {
	play := scenarios()[disktest.Scenario()]
	if play == nil {
		return
	}
	play(t, disktest.Mount(t, disk))
}

func TestDisks(t *testing.T) {
	ofFiles(t)
	for name := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disktest.Play(t, "TestHelperDisk", name)
		})
	}
}

func wantFull(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "free space on its disk") {
		t.Errorf("%s on a full disk: %v, want that it is full and the remedy", what, err)
	}
}

func kept(t *testing.T, db *store.DB) {
	t.Helper()
	if is, err := db.EnsureDiskReserve(reserve); !is || err != nil {
		t.Fatalf("the disk reserve was not made: %v", err)
	}
}

func hasReserve(path string) bool {
	_, err := os.Stat(path + ".ballast")
	return err == nil
}

func fullAtOpen(t *testing.T, dir string) {
	path := filepath.Join(dir, "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	inc := logged(t, db, "sotas")
	kept(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	disktest.Fill(t, dir)
	_, err = store.Open(t.Context(), path, base)
	wantFull(t, "open", err)
	if freed, err := store.FreeDiskReserve(path); !freed || err != nil {
		t.Fatalf("no disk reserve was freed: %v", err)
	}
	again := openAt(t, path)
	if got := incident(t, again, inc.ID); got.Vendor != "sotas" {
		t.Errorf("read %+v", got)
	}
	logged(t, again, "sustaina") // with the disk reserve gone there is room
}

func fullInATransaction(t *testing.T, dir string) {
	db := openAt(t, filepath.Join(dir, "kigen.db"))
	kept(t, db)
	filler := disktest.Fill(t, dir)
	committed := 0
	var err error
	for err == nil && committed < 100_000 {
		if err = db.Update(t.Context(), func(tx tracker.Tx) error { return insert(t.Context(), tx, sizeable()) }); err == nil {
			committed++
		}
	}
	wantFull(t, "a transaction", err)
	if hasReserve(db.Path()) || !db.Full() {
		t.Error("the disk reserve is still there")
	}
	page, err := db.List(t.Context(), tracker.Query{Limit: 1})
	if err != nil || page.Counts == nil && committed > 0 {
		t.Errorf("list: %v", err)
	}
	if err := db.Update(t.Context(), func(tx tracker.Tx) error { return insert(t.Context(), tx, sizeable()) }); err != nil {
		t.Errorf("the disk reserve is gone, and there is no room: %v", err)
	}
	if n := count(t, db.Path()); n != committed+1 {
		t.Errorf("%d incidents, of which %d were committed", n, committed+1)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if is, err := db.EnsureDiskReserve(reserve); is || err != nil || !db.Full() {
		t.Errorf("the disk reserve was made again on a disk without room (%v)", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	kept(t, db)
	if db.Full() {
		t.Error("with room and ballast it still counts as full")
	}
}

func fullInABackup(t *testing.T, dir string) {
	db := openAt(t, filepath.Join(dir, "kigen.db"))
	for range 10 {
		update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, sizeable()) })
	}
	kept(t, db)
	disktest.Fill(t, dir)
	err := db.Backup(t.Context(), filepath.Join(dir, "backup.db"))
	if err == nil || !strings.Contains(err.Error(), "full") && !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a backup to a full disk gave %v", err)
	}
	for _, name := range names(t, dir) {
		if strings.Contains(name, "backup") {
			t.Errorf("%s was left behind", name)
		}
	}
	if !hasReserve(db.Path()) || db.Full() {
		t.Error("a backup that failed took the database's disk reserve")
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// readOnly: the disk was mounted read-only, as after an error of its own.
func readOnly(t *testing.T, dir string) {
	path := filepath.Join(dir, "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	disktest.MakeReadOnly(t, dir, true)
	_, openErr := store.Open(t.Context(), path, base)
	_, holdErr := store.AcquireFileLock(t.Context(), path, base)
	_, newErr := store.Open(t.Context(), filepath.Join(dir, "new.db"), base)
	for what, err := range map[string]error{"open": openErr, "hold": holdErr, "make": newErr} {
		if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "writable") || errors.Is(err, store.ErrFull) {
			t.Errorf("%s on a read-only disk: %v, want the file and the remedy", what, err)
		}
	}
}

// oneFileMounted: the database has a second name by a bind mount of the file alone, as
// a container gives it, while its lock and its write-ahead log are beside the first name.
func oneFileMounted(t *testing.T, dir string) {
	path := filepath.Join(dir, "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, where := range map[string]string{"in another directory": "other/kigen.db", "beside it": "second.db"} {
		mount := filepath.Join(dir, where)
		if err := errors.Join(os.MkdirAll(filepath.Dir(mount), 0o700), os.WriteFile(mount, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount(path, mount, "", syscall.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "link.db")
		if err := os.Symlink(mount, link); err != nil {
			t.Fatal(err)
		}
		_, openErr := store.Open(t.Context(), mount, base)
		_, holdErr := store.AcquireFileLock(t.Context(), mount, base)
		_, linkErr := store.Open(t.Context(), link, base)
		_, sharedErr := store.OpenShared(t.Context(), mount)
		for what, err := range map[string]error{"open": openErr, "hold": holdErr, "open by a link": linkErr, "open beside a daemon": sharedErr} {
			if err == nil || !strings.Contains(err.Error(), mount) || !strings.Contains(err.Error(), "mount its directory instead") {
				t.Errorf("%s, %s: %v, want a refusal with the remedy", name, what, err)
			}
		}
		if err := errors.Join(os.Remove(link), syscall.Unmount(mount, 0)); err != nil {
			t.Fatal(err)
		}
	}
}
