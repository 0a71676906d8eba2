package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

var (
	// ErrFull means that the disk of the database is full, or its quota used up.
	ErrFull = errors.New("disk full")
	// ErrDisk means that the disk of the database reports I/O errors.
	ErrDisk = errors.New("the disk fails")
)

const (
	// reserveFactor times the size of the reserve must be free before it is written,
	// so that the reserve itself never fills the disk.
	reserveFactor = 4
	// nearlyFull is the number of free bytes below which SQLite's "I/O error" and
	// "can't open" mean that the disk is full.
	nearlyFull = 1 << 20
)

// reservePath keeps the suffix of earlier versions, whose file is used further.
func reservePath(path string) string { return path + ".ballast" }

// FreeDiskReserve removes the disk reserve, a file beside the database at path whose
// space is for the case that the disk is full. It reports whether there was one.
func FreeDiskReserve(path string) (bool, error) {
	path, err := filePath(path)
	if err != nil {
		return false, err
	}
	err = os.Remove(reservePath(path))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// EnsureDiskReserve writes a disk reserve of size bytes unless there is one, and
// reports whether there is one now: on a disk with too little free space it writes
// none. When a transaction finds the disk full, the reserve is removed at once, so
// that the next transaction, such as an alert, has space.
func (db *DB) EnsureDiskReserve(size int64) (bool, error) {
	file, err := db.file()
	if err != nil {
		return false, err
	}
	info, err := os.Stat(reservePath(file))
	if err == nil && info.Size() == size {
		db.full.Store(false)
		return true, nil
	}
	free, err := freeBytes(file)
	if err != nil || free < reserveFactor*size {
		return false, err
	}
	// The free space of a file system does not include a user's quota: after a write
	// has failed, only writing proves that there is enough space again.
	proof := size
	if db.full.Load() {
		proof = reserveFactor * size
	}
	err = writeDiskReserve(reservePath(file), size, proof)
	switch {
	case noRoom(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("write the disk reserve beside the database: %w", err)
	}
	db.full.Store(false)
	return true, nil
}

// writeDiskReserve fills the file with random bytes: a file system that compresses
// or makes sparse files would allocate nothing for zeros. It first writes proof
// bytes and then truncates the file to size.
func writeDiskReserve(path string, size, proof int64) (err error) {
	f, err := openBeside(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{}), proof)
	if err == nil && proof > size {
		err = f.Truncate(size)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// roomSQL takes about a megabyte on the server's disk. It is rolled back.
const roomSQL = `CREATE UNLOGGED TABLE kigen_room AS SELECT md5(CAST(i AS TEXT)) FROM generate_series(1, 16000) AS numbers (i)`

// ProveRoom ends Full if the server's disk has room again.
func (db *DB) ProveRoom(ctx context.Context) error {
	stx, err := db.begin(ctx, func(ctx context.Context) (session, error) { return db.work.open(ctx, db.writer) })
	if err != nil {
		return db.explain(ctx, err)
	}
	defer func() { _ = stx.Rollback() }()
	if _, err := stx.ExecContext(ctx, roomSQL); err != nil {
		return db.explain(ctx, err)
	}
	db.full.Store(false)
	return nil
}

// Full reports whether a transaction has found the disk full since the disk reserve
// was last written, or ProveRoom last succeeded.
func (db *DB) Full() bool { return db.full.Load() }

// SetFull records that the disk was full before the database was opened.
func (db *DB) SetFull() { db.full.Store(true) }

// Failing returns the last I/O error of the disk that made a transaction fail; nil
// since a transaction was committed. A full disk is not among them: see Full.
func (db *DB) Failing() error {
	if err := db.failing.Load(); err != nil {
		return *err
	}
	return nil
}

// noteDisk updates Full and Failing by the outcome of a transaction, and frees the
// disk reserve if the disk is full. It returns err unchanged.
func (db *DB) noteDisk(err error) error {
	if err == nil {
		if db.failing.Load() != nil {
			db.failing.Store(nil)
		}
		return nil // that says nothing about a full disk: a small change may find room in a page
	}
	switch v := db.engine.explain(err); {
	case v.full:
		db.full.Store(true)
		if file, err := db.file(); err == nil {
			_, _ = FreeDiskReserve(file) // the error of the transaction matters more
		}
	case v.failing:
		db.failing.Store(&err)
	case v.standby: // new connections find the server that takes writes
		db.writer.SetMaxIdleConns(0)
		db.writer.SetMaxIdleConns(writerConnections)
	}
	return err
}

// isFull reports whether an error means that the disk or the user's quota is full.
// SQLite has an error code for a full disk. For a full quota, and for both while it
// opens a file, it returns "I/O error" or "can't open".
func isFull(path string, err error) bool {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return noRoom(err)
	}
	switch failed.Code {
	case sqlite3.ErrFull:
		return true
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		if failed.SystemErrno != 0 && failed.SystemErrno != syscall.EIO {
			return noRoom(failed.SystemErrno)
		}
		free, err := freeBytes(path)
		return err == nil && free < nearlyFull
	}
	return false
}

// noRoom reports whether a system call failed because the disk or quota is full.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// isDisk reports whether an error means that the disk reports I/O errors.
func isDisk(err error) bool {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return errors.Is(err, syscall.EIO)
	}
	switch failed.Code {
	case sqlite3.ErrIoErr:
		return true
	case sqlite3.ErrCantOpen:
		return failed.SystemErrno == syscall.EIO || failed.SystemErrno == syscall.EROFS
	case sqlite3.ErrReadonly: // the kernel remounts a failing file system read-only
		return true
	}
	return false
}

// freeBytes is the space available to an unprivileged user on the disk of a file.
func freeBytes(path string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", filepath.Dir(path), err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:gosec,unconvert // their types differ by system
}
