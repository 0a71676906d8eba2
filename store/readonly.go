package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrOlder means that a database has to be migrated first.
var ErrOlder = errors.New("made by an older kigen")

// errReadOnly is the error of Update after OpenReadOnly.
var errReadOnly = errors.New("opened for reading only")

// OpenReadOnly opens an existing database for reading, also while another process
// works on it. It creates, migrates and changes nothing, and Update fails. A
// database of an older kigen is an ErrOlder, one of a newer kigen an ErrNewer.
func OpenReadOnly(ctx context.Context, path string) (*DB, error) {
	path, err := filePath(path)
	if err != nil {
		return nil, err
	}
	db := newDB(path)
	if err := db.openReadOnly(ctx); err != nil {
		return nil, errors.Join(db.explain(ctx, err), db.Close())
	}
	return db, nil
}

// OpenShared opens an existing database as OpenReadOnly does, but for writing. The
// caller may only write data that a running daemon does not cache, such as users
// and tokens.
func OpenShared(ctx context.Context, path string) (*DB, error) {
	path, err := databasePath(path)
	if err != nil {
		return nil, err
	}
	db, err := OpenReadOnly(ctx, path)
	if err != nil {
		return nil, err
	}
	db.writer = openPool(db.path, writing())
	return db, nil
}

func (db *DB) openReadOnly(ctx context.Context) error {
	if _, err := os.Stat(db.path); err != nil {
		return err // SQLite would answer "unable to open" to any error
	}
	if err := inspect(ctx, db.path); err != nil {
		return err
	}
	m := reading()
	// A connection in mode ro leaves an empty log behind. query_only prevents writing
	// in mode rw too.
	m.options["mode"] = "rw"
	// The last connection in mode rw writes the log of a killed kigen into the file.
	if held, err := LockedBy(db.path); err != nil || held == nil && hasLog(db.path) {
		m.options["mode"] = "ro"
	}
	// A backup has no write-ahead log, so its journal mode differs.
	delete(m.pragmas, "journal_mode")
	db.reader = openPool(db.path, m)
	stored, err := storedVersion(ctx, db.reader)
	if err != nil {
		return err
	}
	if stored == 0 {
		return fmt.Errorf("%w; name a database that kigen serve made, or a backup", ErrEmpty)
	}
	known, err := knownVersion(db.reader)
	if err != nil {
		return err
	}
	if stored < known {
		return fmt.Errorf("%w: its schema has version %d, this kigen has %d; kigen db migrate brings it up to date", ErrOlder, stored, known)
	}
	return nil
}
