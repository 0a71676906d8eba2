package store

import (
	"context"
	"errors"
)

// ErrOlder means that a database has to be migrated first.
var ErrOlder = errors.New("made by an older kigen")

// errReadOnly is the error of Update after OpenReadOnly.
var errReadOnly = errors.New("opened for reading only")

// OpenReadOnly opens an existing database for reading, also while another process
// works on it. It creates, migrates and changes nothing, and Update fails. A
// database of an older kigen is an ErrOlder, one of a newer kigen an ErrNewer.
func OpenReadOnly(ctx context.Context, database string) (*DB, error) {
	db, err := existing(database)
	if err != nil {
		return nil, err
	}
	if db.reader, err = db.engine.openCurrent(ctx); err != nil {
		return nil, errors.Join(db.explain(ctx, err), db.Close())
	}
	return db, nil
}

// OpenShared opens an existing database as OpenReadOnly does, but for writing. The
// caller may only write data that a running daemon does not cache, such as users
// and tokens.
func OpenShared(ctx context.Context, database string) (*DB, error) {
	if !IsServer(database) {
		if _, err := databasePath(database); err != nil {
			return nil, err
		}
	}
	db, err := OpenReadOnly(ctx, database)
	if err != nil {
		return nil, err
	}
	db.writer = db.engine.pool(writes)
	return db, nil
}
