package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Restore puts a backup in the place of the database at path and returns under
// which name the replaced one is kept, beside it; empty when there was none.
// The backup is copied, brought up to date and verified whole before anything
// is replaced, and itself stays as it is. While another kigen holds the
// database, the error is a *HeldError.
func Restore(ctx context.Context, path, backup string, now time.Time) (replaced string, err error) {
	path, err = filePath(path)
	if err != nil {
		return "", err
	}
	hold, err := TakeHold(ctx, path, now)
	if err != nil {
		return "", err
	}
	replaced, err = restore(ctx, path, backup, now)
	if err != nil {
		err = fmt.Errorf("restore from %s: %w; %s was left as it is", backup, err, path)
	}
	return replaced, errors.Join(err, hold.Release())
}

func restore(ctx context.Context, path, backup string, now time.Time) (string, error) {
	if err := checkBackup(ctx, path, backup); err != nil {
		return "", err
	}
	beside, err := copyBeside(path, backup)
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(beside) }() // gone already when renamed
	if err := makeReady(ctx, beside, now); err != nil {
		return "", err
	}
	replaced, err := setAside(ctx, path, now)
	if err != nil {
		return "", err
	}
	if err := os.Rename(beside, path); err != nil {
		return "", err
	}
	return replaced, syncDir(filepath.Dir(path))
}

// checkBackup refuses what can't be a backup, before anything is copied.
func checkBackup(ctx context.Context, path, backup string) error {
	info, err := os.Stat(backup)
	switch {
	case err != nil:
		return err
	case sameFile(path, backup):
		return errors.New("that is the database itself: name a backup")
	case !info.Mode().IsRegular():
		return fmt.Errorf("that is a %s: name a file", kindOf(info))
	}
	// What stands in the log only would be missing.
	if _, err := os.Stat(backup + "-wal"); err == nil {
		return errors.New("a kigen is using that file, or was killed while it did: copy it by kigen db backup")
	}
	pool := openPool(backup, inspecting())
	err = identify(ctx, pool)
	var version int64
	if err == nil {
		version, err = storedVersion(ctx, pool)
	}
	if err == nil && version == 0 {
		err = fmt.Errorf("%w: it holds nothing; name a backup", ErrForeign)
	}
	about := &DB{path: backup}
	return about.explain(ctx, errors.Join(err, pool.Close()))
}

// copyBeside copies the backup next to the database, from where a rename is
// all or nothing.
func copyBeside(path, backup string) (name string, err error) {
	from, err := os.Open(backup)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".restore-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Sync(), to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(to.Name()))
	}
	return to.Name(), nil
}

// makeReady migrates and verifies the copy.
func makeReady(ctx context.Context, copied string, now time.Time) error {
	db, err := Open(ctx, copied, now)
	if err != nil {
		return err
	}
	err = errors.Join(db.Verify(ctx), db.Close())
	for _, suffix := range []string{"-wal", "-shm"} { // left only after an error
		_ = os.Remove(copied + suffix)
	}
	return err
}

// setAside keeps the database that is to be replaced under another name. Until
// the backup takes its place it also stays under its own: a crash in between
// must not leave a name without a database, which the next start would make
// anew and empty.
func setAside(ctx context.Context, path string, now time.Time) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	// What a killed kigen left in the log goes into the file, if it still can.
	pool := openPool(path, writing())
	_ = errors.Join(pool.PingContext(ctx), pool.Close())

	aside := path + ".replaced-" + now.UTC().Format("20060102T150405Z")
	if err := os.Link(path, aside); err != nil {
		return "", fmt.Errorf("keep the replaced database: %w", err)
	}
	// A log that stayed would be replayed into the backup.
	if err := os.Rename(path+"-wal", aside+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("keep the replaced database's log: %w", err)
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return aside, nil
}
