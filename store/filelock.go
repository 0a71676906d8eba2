package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

const (
	// A process that is stopping, or that only reads the holder, releases the lock
	// within this time.
	lockTimeout = 2 * time.Second
	lockRetry   = 50 * time.Millisecond
	holderBytes = 4 << 10 // of a lock file that are read
)

// LockHolder describes the process that holds a file lock, as it wrote into the file.
type LockHolder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Address string    `json:"address"` // of its listener; empty: none, or not yet
}

// LockedError means that another kigen holds the lock of the database.
type LockedError struct {
	Path   string
	Holder LockHolder // zero when the file does not describe it
}

// Error names the holder and the remedies.
func (e *LockedError) Error() string {
	who := "another kigen"
	if h := e.Holder; h.PID != 0 {
		who = fmt.Sprintf("a kigen with pid %d on %s, since %s", h.PID, h.Host, h.Since.Format(time.RFC3339))
		if h.Address != "" {
			who += ", which answers at " + h.Address
		}
	}
	return fmt.Sprintf("database %s is held by %s: use that one, stop it first, or name another database", e.Path, who)
}

// FileLock gives one process exclusive use of a database. It is an operating system
// lock (flock) on a file beside the database, so the kernel releases it when the
// process ends, also after a crash. The file's text is for people only; a stale one
// has no effect. (The database's own file must not be locked or even opened here:
// closing it would drop SQLite's locks.)
type FileLock struct {
	file   *os.File
	holder LockHolder
}

// AcquireFileLock locks the database at path for this process. If another process
// holds the lock for two more seconds, the error is a *LockedError.
func AcquireFileLock(ctx context.Context, path string, now time.Time) (*FileLock, error) {
	path, err := databasePath(path)
	if err != nil {
		return nil, err
	}
	file, err := openBeside(lockPath(path), os.O_CREATE|os.O_RDWR)
	if err != nil {
		return nil, fmt.Errorf("lock the database %s: %w; its directory must exist and be writable", path, err)
	}
	if err := lockWithin(ctx, file); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = &LockedError{Path: path, Holder: readHolder(file)}
		}
		return nil, errors.Join(err, file.Close())
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	h := &FileLock{file: file, holder: LockHolder{PID: os.Getpid(), Host: host, Since: now}}
	h.writeHolder()
	return h, nil
}

// lockPath is the file that is locked; path is as filePath returns it.
func lockPath(path string) string { return path + ".lock" }

func lockWithin(ctx context.Context, file *os.File) error {
	timeout, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-timeout.Done():
			return errors.Join(err, ctx.Err())
		case <-retry.C:
		}
	}
}

// Announce adds the address of the holder's listener to the file.
func (h *FileLock) Announce(address string) {
	h.holder.Address = address
	h.writeHolder()
}

// writeHolder describes the holder in the file. Errors are ignored, such as that of
// a full disk: the lock does not depend on the text.
func (h *FileLock) writeHolder() {
	text, err := json.Marshal(h.holder)
	if err != nil {
		return
	}
	if err := h.file.Truncate(0); err == nil {
		_, _ = h.file.WriteAt(append(text, '\n'), 0)
	}
}

// Release ends the lock. The file stays, because another process may be waiting for
// its lock.
func (h *FileLock) Release() error {
	return errors.Join(h.file.Truncate(0), h.file.Close())
}

// LockedBy describes the process that holds the lock of the database at path; nil if
// it is not locked, or on a server.
func LockedBy(path string) (*LockedError, error) {
	if IsServer(path) {
		return nil, nil //nolint:nilnil // what holds a server's database has no file
	}
	path, err := filePath(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(lockPath(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// Shared, so that two processes that only read the holder do not see each other.
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return &LockedError{Path: path, Holder: readHolder(file)}, nil
	}
	return nil, err
}

func readHolder(file *os.File) (h LockHolder) {
	text, err := io.ReadAll(io.NewSectionReader(file, 0, holderBytes))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return LockHolder{} // not written completely
	}
	return h
}
