package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kigen/sla/record"
)

// BackupSealed is BackupHead for a copy that is encrypted on the way to path by seal. The
// readable copy lies in the directory of the database meanwhile. An existing file at
// path is replaced if accepts says that it is an older one of its kind.
func (db *DB) BackupSealed(ctx context.Context, path string, seal func(io.Writer) (io.WriteCloser, error), accepts func(path string) (bool, error)) (head record.Head, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return head, err
	}
	if head, err = db.backupSealed(ctx, path, seal, accepts); err != nil {
		return head, fmt.Errorf("backup to %s: %w", path, err)
	}
	return head, nil
}

func (db *DB) backupSealed(ctx context.Context, path string, seal func(io.Writer) (io.WriteCloser, error), accepts func(string) (bool, error)) (head record.Head, err error) {
	from, err := db.file()
	if err != nil {
		return head, err
	}
	switch known, err := accepts(path); {
	case errors.Is(err, os.ErrNotExist): // a new file
	case err != nil:
		return head, err
	case !known:
		return head, errors.New("that file is not an encrypted backup: name another one; a backup replaces an older backup only")
	}
	part, err := openPart(path)
	if err != nil {
		return head, err
	}
	defer func() { _ = os.Remove(part.Name()) }() // does nothing after the rename
	// One name, so that the file of a killed backup is used again and then removed.
	readable, err := openPart(from + ".readable")
	if err != nil {
		return head, errors.Join(err, part.Close())
	}
	defer func() { err = errors.Join(err, os.Remove(readable.Name()), readable.Close()) }()
	if err = db.copyTo(ctx, readable.Name()); err == nil {
		head, err = headOfFile(ctx, readable.Name())
	}
	if err == nil {
		err = stillNamed(readable)
	}
	if err == nil {
		err = sealTo(part, readable, seal)
	}
	if err == nil {
		err = stillNamed(part)
	}
	if err != nil {
		return head, errors.Join(err, part.Close())
	}
	if err := errors.Join(part.Sync(), os.Rename(part.Name(), path), part.Close()); err != nil {
		return head, err
	}
	return head, syncDir(filepath.Dir(path))
}

func sealTo(to io.Writer, from io.ReadSeeker, seal func(io.Writer) (io.WriteCloser, error)) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out, err := seal(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from)
	return errors.Join(err, out.Close())
}
