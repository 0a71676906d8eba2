package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrNewer means that a newer kigen made the database.
var ErrNewer = errors.New("made by a newer kigen")

// ErrForeign means that a file is no kigen database.
var ErrForeign = errors.New("no kigen database")

// ErrEmpty is an ErrForeign: the file has no tables yet.
var ErrEmpty = fmt.Errorf("%w: it is empty", ErrForeign)

// filePath checks the name of a database, makes it absolute, so that it names the
// same file after a change of the working directory, and follows symbolic links, so
// that all names of a file are one.
func filePath(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("database is empty: give the path of a file, such as kigen.db")
	case strings.Contains(name, ":memory:"), strings.HasPrefix(name, "file:"):
		return "", fmt.Errorf("database %q: give the plain path of a file, such as kigen.db", name)
	case IsServer(name):
		return "", noFile(redacted(name))
	case strings.Contains(name, "://"):
		scheme, _, _ := strings.Cut(name, "://") // the rest may hold a password
		return "", fmt.Errorf("database %s://…: give the path of a file such as kigen.db, or a postgres:// URL", scheme)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return resolve(path)
}

// prepareFile ensures that path is a file that may be migrated: a new one, readable by
// its owner alone, or a kigen database that is not newer.
func prepareFile(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("create the database: %w; its directory must exist and be writable", err)
		}
		return f.Close()
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is a %s; name a file", ErrForeign, kindOf(info))
	case info.Size() == 0:
		return nil
	}
	return inspect(ctx, path)
}

func kindOf(info os.FileInfo) string {
	if info.IsDir() {
		return "directory"
	}
	return "special file"
}

// inspect refuses a file that is no kigen database or is newer, without changing it.
func inspect(ctx context.Context, path string) error {
	pool := openPool(path, inspecting())
	err := identify(ctx, pool)
	return errors.Join(err, pool.Close())
}

func identify(ctx context.Context, pool *sql.DB) error {
	var id, tables int64
	if err := pool.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 && id == 0 {
		return nil // a crash came between the creation of the file and mark
	}
	if id != applicationID {
		return fmt.Errorf("%w: it is a database of another program; name another file", ErrForeign)
	}
	return sqliteMigrations.refuseNewer(ctx, pool)
}

// sameFile reports whether both paths name one existing file.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
