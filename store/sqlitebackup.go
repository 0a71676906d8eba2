package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Backup writes a copy of the database, as it stands at one instant, to path,
// while others go on reading and writing. The copy is made beside path,
// checked, and then renamed, so that path never holds half a backup. An older
// backup at path is replaced; any other file is refused.
func (db *DB) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := db.backup(ctx, path); err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	return nil
}

func (db *DB) backup(ctx context.Context, path string) error {
	if err := db.checkTarget(ctx, path); err != nil {
		return err
	}
	beside, err := openPart(path)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(beside.Name()) }() // gone already when renamed
	if err := db.copyTo(ctx, beside.Name()); err != nil {
		return errors.Join(err, beside.Close())
	}
	if err := errors.Join(beside.Sync(), os.Rename(beside.Name(), path), beside.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// openPart opens the file in which a copy is made. It always has the same
// name, so that what a killed backup left is used again, and a lock, which
// ends with the process, so that two backups do not write into one.
func openPart(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	part, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, fmt.Errorf("%w; make its directory writable for this user, or name a file elsewhere", err)
	case err != nil:
		return nil, err
	}
	if err := syscall.Flock(int(part.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another backup to it is under way: wait for it, or name another file: %w", err), part.Close())
	}
	err = os.Remove(name + "-journal")
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err := errors.Join(err, part.Truncate(0)); err != nil {
		return nil, errors.Join(err, part.Close())
	}
	return part, nil
}

// checkTarget refuses to overwrite what is no backup.
func (db *DB) checkTarget(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case sameFile(path, db.path):
		return errors.New("that is the database itself: name another file")
	case !info.Mode().IsRegular():
		return fmt.Errorf("that is a %s: name a file", kindOf(info))
	}
	// A log left beside an old copy would be replayed into the new one.
	if _, err := os.Stat(path + "-wal"); err == nil {
		return errors.New("a kigen is using that file: name another one")
	}
	if err := inspect(ctx, path); err != nil {
		return fmt.Errorf("%w; a backup replaces an older backup only", err)
	}
	return nil
}

func (db *DB) copyTo(ctx context.Context, path string) error {
	// VACUUM INTO writes, to another file, and is refused on a connection of
	// the readers' pool, which is query_only.
	source := openPool(db.path, inspecting())
	_, err := source.ExecContext(ctx, "VACUUM INTO $1", path)
	if err := errors.Join(err, source.Close()); err != nil {
		return db.explain(ctx, err)
	}
	backup := openPool(path, inspecting())
	return errors.Join(quickCheck(ctx, backup), identify(ctx, backup), backup.Close())
}

// syncDir makes a rename last through a power loss.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
