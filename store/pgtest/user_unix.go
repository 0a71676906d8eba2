//go:build unix

package pgtest

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// server is the user that the server runs as where the tests run as root, which
// PostgreSQL refuses; nil elsewhere.
var server = sync.OnceValue(func() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	name := superuser
	u, err := user.Lookup(name)
	if err != nil {
		return nil // initdb says why it does not run
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if errUID != nil || errGID != nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
})

func asServer() *syscall.SysProcAttr { return &syscall.SysProcAttr{Credential: server()} }

// own gives a directory to the server's user.
func own(dir string) error {
	if c := server(); c != nil {
		return os.Chown(dir, int(c.Uid), int(c.Gid))
	}
	return nil
}

// reachable reports whether the server's user can reach what is in dir.
func reachable(dir string) bool {
	if server() == nil {
		return true
	}
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&1 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
