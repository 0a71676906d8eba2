package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"kigen/sla/record"
)

// Backup writes a copy of the database as of one instant to path; reading and writing
// go on meanwhile. The copy is written beside path, checked, and then renamed, so
// that path never holds half a backup. An older backup at path is replaced; any
// other file is refused.
func (db *DB) Backup(ctx context.Context, path string) error {
	_, err := db.BackupHead(ctx, path)
	return err
}

// BackupHead is Backup, and returns the head of the record that the copy holds.
func (db *DB) BackupHead(ctx context.Context, path string) (head record.Head, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return head, err
	}
	if head, err = db.backup(ctx, path); err != nil {
		return head, fmt.Errorf("backup to %s: %w", path, err)
	}
	return head, nil
}

func (db *DB) backup(ctx context.Context, path string) (head record.Head, err error) {
	if _, err := db.file(); err != nil {
		return head, err
	}
	if err := db.checkTarget(ctx, path); err != nil {
		return head, err
	}
	beside, err := openPart(path)
	if err != nil {
		return head, err
	}
	defer func() { _ = os.Remove(beside.Name()) }() // does nothing after the rename
	err = db.copyTo(ctx, beside.Name())
	if err == nil {
		head, err = headOfFile(ctx, beside.Name())
	}
	if err == nil {
		err = stillNamed(beside)
	}
	if err != nil {
		return head, errors.Join(err, beside.Close())
	}
	if err := errors.Join(beside.Sync(), os.Rename(beside.Name(), path), beside.Close()); err != nil {
		return head, err
	}
	return head, syncDir(filepath.Dir(path))
}

// headOfFile reads the head of the record from a copy.
func headOfFile(ctx context.Context, path string) (head record.Head, err error) {
	about := openFile(path)
	about.reader = openPool(path, inspecting())
	head, err = about.Head(ctx)
	return head, errors.Join(err, about.Close())
}

// stillNamed makes sure that SQLite, which opens a file by its name, wrote to the file
// that was checked.
func stillNamed(file *os.File) error {
	opened, err := file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(file.Name())
	if err != nil {
		return err
	}
	if !os.SameFile(opened, named) {
		return fmt.Errorf("%s was replaced while the copy was written: make its directory writable for this user alone", file.Name())
	}
	return nil
}

// openPart opens the file that the copy is written to. Its name is always the same, so
// that the file of a killed backup is used again. It is locked, so that two backups
// do not write to one file; the kernel releases the lock with the process.
func openPart(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	part, err := openBeside(name, os.O_CREATE|os.O_RDWR)
	switch {
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, fmt.Errorf("%w; make its directory writable for this user, or name a file elsewhere", err)
	case err != nil:
		return nil, err
	}
	if err := checkOwn(part); err != nil {
		return nil, errors.Join(err, part.Close())
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

// checkTarget refuses to overwrite a file that is not a backup.
func (db *DB) checkTarget(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case sameFile(path, db.engine.name()):
		return errors.New("that is the database itself: name another file")
	case !info.Mode().IsRegular():
		return fmt.Errorf("that is a %s: name a file", kindOf(info))
	}
	// A log beside an old copy would be replayed into the new one.
	if _, err := os.Stat(path + "-wal"); err == nil {
		return errors.New("a kigen is using that file: name another one")
	}
	if err := inspect(ctx, path); err != nil {
		return fmt.Errorf("%w; a backup replaces an older backup only", err)
	}
	return nil
}

func (db *DB) copyTo(ctx context.Context, path string) error {
	// VACUUM INTO counts as writing, so SQLite refuses it on the readers' pool, which is
	// query_only.
	from, err := db.file()
	if err != nil {
		return err
	}
	source := openPool(from, inspecting())
	_, err = source.ExecContext(ctx, "VACUUM INTO $1", path)
	if err := errors.Join(err, source.Close()); err != nil {
		return db.explain(ctx, err)
	}
	backup := openPool(path, inspecting())
	return errors.Join(quickCheck(ctx, backup), identify(ctx, backup), backup.Close())
}

// syncDir makes a rename durable.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
