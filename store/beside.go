package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrOlder means that a database waits to be brought up to this version.
var ErrOlder = errors.New("made by an older kigen")

// errReadOnly means that a database was opened by OpenBeside.
var errReadOnly = errors.New("opened for reading only")

// OpenBeside opens an existing database for reading, beside whoever works on
// it: nothing in it is made, migrated or changed, and Update fails. A database
// of an older kigen is an ErrOlder, one of a newer kigen an ErrNewer.
func OpenBeside(ctx context.Context, path string) (*DB, error) {
	path, err := filePath(path)
	if err != nil {
		return nil, err
	}
	db := &DB{path: path}
	if err := db.openBeside(ctx); err != nil {
		return nil, errors.Join(db.explain(ctx, err), db.Close())
	}
	return db, nil
}

// OpenJoined is OpenBeside for what may also be written while somebody else
// works on the database: whatever no running kigen keeps in its memory.
func OpenJoined(ctx context.Context, path string) (*DB, error) {
	db, err := OpenBeside(ctx, path)
	if err != nil {
		return nil, err
	}
	db.writer = openPool(db.path, writing())
	return db, nil
}

func (db *DB) openBeside(ctx context.Context) error {
	if _, err := os.Stat(db.path); err != nil {
		return err // SQLite would say "unable to open" to whatever it is
	}
	if err := inspect(ctx, db.path); err != nil {
		return err
	}
	m := reading()
	// Who may only read leaves an empty log behind. Nothing is written all the
	// same: query_only is on.
	m.options["mode"] = "rw"
	// A backup is one file, without a log beside it.
	delete(m.pragmas, "journal_mode")
	db.reader = openPool(db.path, m)
	stored, err := storedVersion(ctx, db.reader)
	if err != nil {
		return err
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
