package daemon

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kigen/store/pgtest"
)

// serverDisk names the directory of the disk of a process that plays a server with one.
const serverDisk = "KIGEN_TEST_SERVER_DISK"

// TestHelperServerDisk is no test: it is the process with a disk of its own, on which the
// tables of a PostgreSQL lie. Its log is elsewhere, where a full disk would crash it.
func TestHelperServerDisk(t *testing.T) {
	dir := os.Getenv(serverDisk)
	if dir == "" {
		return
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m,mode=0700"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	c := pgtest.Start(t, "autovacuum = off")
	tables := filepath.Join(dir, "tables")
	if err := os.Mkdir(tables, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Exec(t, "CREATE TABLESPACE small OWNER kigen LOCATION '"+tables+"'")
	c.Exec(t, "ALTER DATABASE kigen SET default_tablespace = small")
	o := newOutage(t, c, c.URL(t))
	filler := fillDisk(t, dir)
	until(t, "an incident that finds no room", func() bool { return !o.log(o.replicas[0]) })
	until(t, "a replica says that the disk is full", func() bool { return strings.Contains(o.ready(o.replicas[0]), "disk") })
	until(t, "people are told", func() bool { return len(o.others("disk/")) > 0 })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	o.well("after the disk was full")
}

// fillDisk writes until nothing more fits, and returns the file to remove.
func fillDisk(t *testing.T, dir string) string {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for page := make([]byte, 4096); ; {
		if _, err := file.Write(page); errors.Is(err, syscall.ENOSPC) {
			return file.Name()
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheServersDiskIsFull runs where the kernel lets a process have a namespace of its own.
// Elsewhere it is skipped, or fails where KIGEN_REQUIRE_EXTRAS is 1.
func TestTheServersDiskIsFull(t *testing.T) {
	t.Parallel()
	const (
		someone  = 1000 // in the namespace: PostgreSQL refuses to run as root
		sysAdmin = 21   // CAP_SYS_ADMIN, to mount
	)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestHelperServerDisk$", "-test.v", "-test.timeout", "5m")
	cmd.Env = append(os.Environ(), serverDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: someone, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: someone, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{sysAdmin},
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
	if err != nil || !strings.Contains(string(out), "--- PASS: TestHelperServerDisk") {
		t.Errorf("%v\n%s", err, out)
	}
}
