package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// diskEnv names the scenario that this test's binary plays as a process with a
// small disk of its own.
const diskEnv = "KIGEN_TEST_DISK"

const smallDisk = "size=72m"

// disks are what happens to the disk on which the built binary works.
func disks() map[string]func(t *testing.T, dir string) {
	return map[string]func(t *testing.T, dir string){
		"fills under the daemon": fillsUnderTheDaemon, "full in a backup": fullInABackup, "read-only": readOnlyDisk,
	}
}

// TestDisks runs the built binary on file systems that really are full or
// read-only. It needs no privilege where the kernel lets a process have a
// namespace of its own; elsewhere it is skipped, or fails where
// KIGEN_REQUIRE_EXTRAS is 1.
func TestDisks(t *testing.T) {
	t.Parallel()
	for name := range disks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onADisk(t, name)
		})
	}
}

// onADisk plays a scenario in a process with a disk of its own.
func onADisk(t *testing.T, name string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestHelperDisk$", "-test.v")
	cmd.Env = append(os.Environ(), diskEnv+"="+name)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		const why = "this system lets no process have a disk of its own: allow user namespaces, or run as root"
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatal(why, err)
		}
		t.Skip(why, err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestHelperDisk") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestHelperDisk is no test by itself: it is the process with a disk of its own.
func TestHelperDisk(t *testing.T) {
	play := disks()[os.Getenv(diskEnv)]
	if play == nil {
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, smallDisk); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }) // after kigen has ended
	play(t, dir)
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
	filler := fillDisk(t, dir)
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
	filler := fillDisk(t, dir)
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
	mode := func(flags uintptr) {
		t.Helper()
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, smallDisk); err != nil {
			t.Fatal(err)
		}
	}
	mode(syscall.MS_RDONLY)
	for _, args := range [][]string{{"serve"}, {"db", "backup", "copy.db"}} {
		r := runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_LISTEN=127.0.0.1:0"}, "", args...)
		if r.code != 1 || !strings.Contains(r.stderr, "kigen.db") && !strings.Contains(r.stderr, "copy.db") || !strings.Contains(r.stderr, "writable") {
			t.Errorf("kigen %v on a read-only disk: %+v, want exit 1, the file and the remedy", args, r)
		}
	}
	worked(t, runIn(t, dir, english, "", "db", "migrate")) // there is nothing to do
	mode(0)
	again := start(t, dir, "serve")
	if list := again.ask("incident", "list"); !strings.Contains(list, "Before the error") {
		t.Errorf("the list is\n%s", list)
	}
	again.signal(syscall.SIGTERM)
	worked(t, runIn(t, dir, english, "", "db", "verify"))
}

// fillDisk writes until nothing more fits.
func fillDisk(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return path
}
