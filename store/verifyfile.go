package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kigen/sla/record"
)

// Verified is what VerifyFile found of an intact database.
type Verified struct {
	Head     record.Head
	Newest   time.Time // when its newest event or access was recorded; zero: it has none
	Migrated bool      // it was made by an older kigen: a migrated copy was verified
	NoLog    bool      // see LacksLog
}

// VerifyFile verifies the database at path without writing to it or beside it. A
// file of an older kigen is migrated in a temporary copy. A head proves, beyond
// Verify, that the database holds the history that had it; nil: none is given.
func VerifyFile(ctx context.Context, path string, head *record.Head, now time.Time) (v Verified, err error) {
	if v.NoLog, err = LacksLog(path); err != nil {
		return v, err
	}
	db, err := OpenReadOnly(ctx, path)
	if errors.Is(err, ErrOlder) && !IsServer(path) {
		v.Migrated = true
		return v, withMigratedCopy(ctx, path, now, func(db *DB) error { return v.verify(ctx, db, head) })
	}
	if err != nil {
		return v, err
	}
	return v, errors.Join(v.verify(ctx, db, head), db.Close())
}

func (v *Verified) verify(ctx context.Context, db *DB, head *record.Head) error {
	var err error
	if head == nil {
		err = db.Verify(ctx)
	} else {
		err = db.VerifyHead(ctx, *head)
	}
	if err != nil {
		return err
	}
	return db.view(ctx, func(r *reader) error {
		if v.Head, err = r.head(ctx); err != nil {
			return err
		}
		v.Newest, _, err = r.earliest(ctx, `SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM events UNION ALL SELECT MAX(at) FROM access_log) newest`)
		return err
	})
}

// withMigratedCopy runs f over a migrated copy of an older database.
func withMigratedCopy(ctx context.Context, path string, now time.Time, f func(*DB) error) (err error) {
	dir, err := os.MkdirTemp("", "kigen-verify-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	source, err := filePath(path)
	if err != nil {
		return err
	}
	copied := filepath.Join(dir, "copy.db")
	if err := openFile(source).copyTo(ctx, copied); err != nil {
		return err
	}
	db, err := Open(ctx, copied, now)
	if err == nil {
		err = errors.Join(f(db), db.Close())
	}
	if err != nil {
		return fmt.Errorf("%s, of which a copy was migrated to this version: %w", path, err)
	}
	return nil
}

// headerBytes is how much of a file tells whether SQLite writes a log beside it.
const headerBytes = 20

// LacksLog reports whether a file was copied from a database without its write-ahead
// log: it is in the mode in which SQLite writes one, has none, and is not in use. If
// the database was in use then, what the log held is missing in the file. A database
// that was stopped looks the same, and is complete; a backup by Backup is in another
// mode.
func LacksLog(path string) (bool, error) {
	if IsServer(path) {
		return false, nil
	}
	path, err := filePath(path)
	if err != nil {
		return false, err
	}
	if hasLog(path) {
		return false, nil
	}
	logged, err := writesLog(path)
	if err != nil || !logged {
		return false, err
	}
	held, err := LockedBy(path)
	return held == nil, err
}

func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// writesLog reads the mode from the file's header.
func writesLog(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(file, header); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil // too short for a database
		}
		return false, err
	}
	const writeVersion, wal = 18, 2
	return header[writeVersion] == wal, nil
}
