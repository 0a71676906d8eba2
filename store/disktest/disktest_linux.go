// Package disktest gives tests disks that really fill up: a process of its own mounts one in
// memory, which needs no privilege where the kernel lets a process have a namespace of users.
package disktest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// variable names the scenario that the process with a disk plays.
const variable = "KIGEN_TEST_DISK"

const (
	someone  = 1000 // who is not root: PostgreSQL refuses to run as root
	sysAdmin = 21   // CAP_SYS_ADMIN, to mount
)

// Scenario returns what Play has passed; empty: this is not the process with a disk.
func Scenario() string { return os.Getenv(variable) }

// Play runs the test of this binary with that name once more, in a process that may mount,
// and passes it a scenario. It is skipped where the system lets no process have a disk, or
// fails there where KIGEN_REQUIRE_EXTRAS is 1.
func Play(t *testing.T, test, scenario string) { play(t, test, scenario, 0) }

// PlayUnprivileged is Play in a process that is not root by its number.
func PlayUnprivileged(t *testing.T, test, scenario string) { play(t, test, scenario, someone) }

func play(t *testing.T, test, scenario string, user int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+test+"$", "-test.v", "-test.timeout", "5m") //nolint:gosec // this very binary
	cmd.Env = append(os.Environ(), variable+"="+scenario)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getgid(), Size: 1}},
	}
	if user != 0 {
		cmd.SysProcAttr.AmbientCaps = []uintptr{sysAdmin}
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
	if err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
		t.Errorf("%v\n%s", err, out)
	}
}

// Mount returns a directory on a disk of a size such as 6m, which is gone after the test and what
// it has started.
func Mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// MakeReadOnly makes the disk at a directory read-only, as after an error of its own, or
// writable again.
func MakeReadOnly(t *testing.T, dir string, is bool) {
	t.Helper()
	var flags uintptr = syscall.MS_REMOUNT
	if is {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("", dir, "", flags, ""); err != nil {
		t.Fatal(err)
	}
}

// Fill writes until nothing more fits on a disk, and returns the file to remove.
func Fill(t *testing.T, dir string) string {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for page := make([]byte, 4096); err == nil; {
		_, err = file.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return file.Name()
}
