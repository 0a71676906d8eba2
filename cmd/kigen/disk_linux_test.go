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

// diskEnv makes this test's binary the process with a small disk of its own.
const diskEnv = "KIGEN_TEST_DISK"

// TestDiskFillsUnderTheDaemon runs the built binary on a file system that
// really fills up. It needs no privilege where the kernel lets a process have
// a namespace of its own; elsewhere it is skipped, or fails where
// KIGEN_REQUIRE_EXTRAS is 1.
func TestDiskFillsUnderTheDaemon(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestHelperDisk$", "-test.v")
	cmd.Env = append(os.Environ(), diskEnv+"=1")
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

// TestHelperDisk is no test by itself. The disk fills while a deadline runs:
// people are told of the disk and, in the room that was set aside, of the
// deadline; with room again all is well again.
func TestHelperDisk(t *testing.T) {
	if os.Getenv(diskEnv) == "" {
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=72m"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
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
