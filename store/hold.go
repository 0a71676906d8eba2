package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// Whoever just stops, or only looks who holds, is waited for.
	holdPatience = 2 * time.Second
	holdPause    = 50 * time.Millisecond
	longestText  = 4 << 10 // bytes of what a holder wrote about itself
)

// Holder is who works on a database, as it wrote itself.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Address string    `json:"address"` // where it answers; empty: nowhere, or not yet
}

// HeldError says that another kigen works on the database.
type HeldError struct {
	Path   string
	Holder Holder // zero when it did not say who it is
}

// Error names the holder and what can be done.
func (e *HeldError) Error() string {
	who := "another kigen"
	if h := e.Holder; h.PID != 0 {
		who = fmt.Sprintf("a kigen with pid %d on %s, since %s", h.PID, h.Host, h.Since.Format(time.RFC3339))
		if h.Address != "" {
			who += ", which answers at " + h.Address
		}
	}
	return fmt.Sprintf("database %s is held by %s: use that one, stop it first, or name another database", e.Path, who)
}

// Hold keeps every other kigen from working on a database. It is a lock of the
// operating system on a file beside the database, so it ends with the process,
// however that ends; what the file says is only for people, and a stale text
// blocks nobody. (The database's own file must not be locked or even opened
// here: closing it would drop SQLite's locks.)
type Hold struct {
	file   *os.File
	holder Holder
}

// TakeHold takes the database at path for this process. Where another process
// has it, and still has it two seconds later, the error is a *HeldError.
func TakeHold(ctx context.Context, path string, now time.Time) (*Hold, error) {
	path, err := filePath(path)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(lockPath(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take the database %s: %w; its directory must exist and be writable", path, err)
	}
	if err := lockSoon(ctx, file); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = &HeldError{Path: path, Holder: readHolder(file)}
		}
		return nil, errors.Join(err, file.Close())
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	h := &Hold{file: file, holder: Holder{PID: os.Getpid(), Host: host, Since: now}}
	h.write()
	return h, nil
}

// lockPath is the file that is locked. A database that is reached by several
// names must have one.
func lockPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path + ".lock"
}

func lockSoon(ctx context.Context, file *os.File) error {
	patience, cancel := context.WithTimeout(ctx, holdPatience)
	defer cancel()
	retry := time.NewTicker(holdPause)
	defer retry.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-patience.Done():
			return errors.Join(err, ctx.Err())
		case <-retry.C:
		}
	}
}

// Announce adds where the holder answers.
func (h *Hold) Announce(address string) {
	h.holder.Address = address
	h.write()
}

// write says who holds. A full disk may keep it from being said; it is held
// all the same.
func (h *Hold) write() {
	text, err := json.Marshal(h.holder)
	if err != nil {
		return
	}
	if err := h.file.Truncate(0); err == nil {
		_, _ = h.file.WriteAt(append(text, '\n'), 0)
	}
}

// Release lets others work on the database. The file stays: another process
// may be waiting for it.
func (h *Hold) Release() error {
	return errors.Join(h.file.Truncate(0), h.file.Close())
}

// HeldBy returns who works on the database at path, nil when nobody does.
func HeldBy(path string) (*HeldError, error) {
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
	// Shared, so that those who only look do not see each other.
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return &HeldError{Path: path, Holder: readHolder(file)}, nil
	}
	return nil, err
}

func readHolder(file *os.File) (h Holder) {
	text, err := io.ReadAll(io.NewSectionReader(file, 0, longestText))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{} // it is just writing, or could not
	}
	return h
}
