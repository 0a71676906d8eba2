package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/store/disktest"
)

const smallDisk = "72m"

// disks are what happens to the disk on which the built binary works.
func disks() map[string]func(t *testing.T, dir string) {
	return map[string]func(t *testing.T, dir string){
		"fills under the daemon": fillsUnderTheDaemon, "full in a backup": fullInABackup, "read-only": readOnlyDisk,
	}
}

// TestDisks runs the built binary on file systems that really are full or
// read-only.
func TestDisks(t *testing.T) {
	t.Parallel()
	for name := range disks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disktest.Play(t, "TestHelperDisk", name)
		})
	}
}

// TestHelperDisk is no test by itself: it is the process with a disk of its own.
func TestHelperDisk(t *testing.T) {
	play := disks()[disktest.Scenario()]
	if play == nil {
		return
	}
	play(t, disktest.Mount(t, smallDisk))
}

// The disk fills while a deadline runs: people are told of the disk and, in the
// room that was set aside, of the deadline; with room again all is well again.
func fillsUnderTheDaemon(t *testing.T, dir string) {
	kigen := start(t, dir, "serve")
	eventually(t, prompt, "space set aside", func() bool {
		info, err := os.Stat(filepath.Join(dir, "kigen.db.ballast"))
		return err == nil && info.Size() == 16<<20
	})
	id, due := kigen.logDueIn(8*time.Second, "Full disk")
	filler := disktest.Fill(t, dir)
	eventually(t, time.Until(due)+3*prompt, "the news that the disk is full", func() bool {
		return strings.Contains(kigen.out.String(), "ディスクに空きがありません")
	})
	eventually(t, 3*prompt, "the overdue alert", func() bool { return strings.Contains(kigen.out.String(), id) })
	if metrics := kigen.get("/metrics"); !strings.Contains(metrics, "kigen_disk_full 1\n") {
		t.Error("the metrics do not say that the disk is full")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*prompt, "space set aside again", func() bool {
		return strings.Contains(kigen.get("/metrics"), "kigen_disk_full 0\n")
	})
	kigen.ask("incident", "log", "--vendor", "sotas", "--title", "With room again")
	if code := kigen.signal(syscall.SIGTERM); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	worked(t, runIn(t, dir, nil, "", "db", "verify"))
}

// The disk on which a backup is made is full: the command names it and the
// remedy, leaves nothing behind, and neither the database beside it nor the
// room that was set aside for it is touched.
func fullInABackup(t *testing.T, dir string) {
	kigen := start(t, dir, "serve")
	id := readIncident(t, kigen.ask("incident", "log", "--vendor", "sotas", "--title", "Before the backup", "--json")).ID
	eventually(t, prompt, "space set aside", func() bool {
		return strings.Contains(kigen.get("/metrics"), "kigen_disk_full 0\n") && hasFile(dir, "kigen.db.ballast")
	})
	filler := disktest.Fill(t, dir)
	r := runIn(t, dir, english, "", "db", "backup", "copy.db")
	if r.code != 1 || !strings.Contains(r.stderr, "copy.db") || !strings.Contains(r.stderr, "free space on its disk") {
		t.Errorf("a backup to a full disk: %+v, want exit 1, the file and the remedy", r)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.Contains(entry.Name(), "copy") {
			t.Errorf("%s was left behind", entry.Name())
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	worked(t, runIn(t, dir, english, "", "db", "backup", "copy.db"))
	if list := kigen.ask("incident", "list"); !strings.Contains(list, id) {
		t.Errorf("the list is\n%s", list)
	}
	kigen.signal(syscall.SIGTERM)
	worked(t, runIn(t, dir, english, "", "db", "verify"))
}

func hasFile(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// The disk became read-only, as after an error of its own: whatever would write
// names the file and the remedy, and once it is writable again all is there.
func readOnlyDisk(t *testing.T, dir string) {
	kigen := start(t, dir, "serve")
	kigen.ask("incident", "log", "--vendor", "sotas", "--title", "Before the error")
	kigen.signal(syscall.SIGKILL) // as the machine did
	disktest.MakeReadOnly(t, dir, true)
	for _, args := range [][]string{{"serve"}, {"db", "backup", "copy.db"}} {
		r := runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_LISTEN=127.0.0.1:0"}, "", args...)
		if r.code != 1 || !strings.Contains(r.stderr, "kigen.db") && !strings.Contains(r.stderr, "copy.db") || !strings.Contains(r.stderr, "writable") {
			t.Errorf("kigen %v on a read-only disk: %+v, want exit 1, the file and the remedy", args, r)
		}
	}
	worked(t, runIn(t, dir, english, "", "db", "migrate")) // there is nothing to do
	disktest.MakeReadOnly(t, dir, false)
	again := start(t, dir, "serve")
	if list := again.ask("incident", "list"); !strings.Contains(list, "Before the error") {
		t.Errorf("the list is\n%s", list)
	}
	again.signal(syscall.SIGTERM)
	worked(t, runIn(t, dir, english, "", "db", "verify"))
}
