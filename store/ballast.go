package store

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// ErrFull means that the disk of the database is full.
var ErrFull = errors.New("disk full")

const (
	// roomFor is how many times a ballast's size must be free before it is made:
	// what kigen sets aside must never be what fills the disk.
	roomFor = 4
	// almostNothing: below this many free bytes SQLite's "I/O error" and "can't
	// open" mean that the disk is full.
	almostNothing = 1 << 20
)

func ballastPath(path string) string { return path + ".ballast" }

// FreeBallast removes the file that is set aside beside the database at path
// for the day when its disk is full. It reports whether there was one.
func FreeBallast(path string) (bool, error) {
	path, err := filePath(path)
	if err != nil {
		return false, err
	}
	err = os.Remove(ballastPath(path))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// KeepBallast sets size bytes aside in a file beside the database, unless they
// are, and reports whether they are now: a disk without room to spare is left
// alone. When a transaction finds the disk full, the file is removed at once,
// so that what comes next, such as an alert, has room.
func (db *DB) KeepBallast(size int64) (bool, error) {
	info, err := os.Stat(ballastPath(db.path))
	if err == nil && info.Size() == size {
		db.full.Store(false)
		return true, nil
	}
	free, err := freeBytes(db.path)
	if err != nil || free < roomFor*size {
		return false, err
	}
	if err := writeBallast(ballastPath(db.path), size); err != nil {
		return false, fmt.Errorf("set space aside beside the database: %w", err)
	}
	db.full.Store(false)
	return true, nil
}

// writeBallast fills the file with noise: a file system that compresses or
// leaves holes would set nothing aside for zeros.
func writeBallast(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{}), size)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Full reports whether a transaction found the disk full since the ballast was
// last made.
func (db *DB) Full() bool { return db.full.Load() }

// SetFull says that the disk was full before the database was opened.
func (db *DB) SetFull() { db.full.Store(true) }

// noteFull frees the ballast when a transaction failed for want of space. It
// returns the error as it was.
func (db *DB) noteFull(err error) error {
	if err != nil && isFull(db.path, err) {
		db.full.Store(true)
		_, _ = FreeBallast(db.path) // the error that is told already says more
	}
	return err
}

// isFull reports whether an error of SQLite's means that the disk is full. At
// opening SQLite has other words for it.
func isFull(path string, err error) bool {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return errors.Is(err, syscall.ENOSPC)
	}
	switch failed.Code {
	case sqlite3.ErrFull:
		return true
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		free, err := freeBytes(path)
		return err == nil && free < almostNothing
	}
	return false
}

// freeBytes is how much room an ordinary user has on the disk of a file.
func freeBytes(path string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", filepath.Dir(path), err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:gosec,unconvert // their types differ by system
}
