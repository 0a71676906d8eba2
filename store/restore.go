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

// RestoreOptions says how to restore.
type RestoreOptions struct {
	Now time.Time
	By  string // actor in the access log, such as cli:root
	// AcceptOldAccess restores users and tokens as they are in the backup, also those
	// that were disabled or revoked since.
	AcceptOldAccess bool
}

// Restored is the result of Restore.
type Restored struct {
	Replaced string   // name under which the replaced database is kept; empty: there was none
	Kept     []string // what the replaced database withdrew since the backup, as in the access log
}

// Restore replaces the database at path by a copy of a backup and keeps the replaced
// one beside it. The copy is migrated and verified whole before anything is replaced;
// the backup is not changed. All sessions end, and what the replaced database
// withdrew since the backup stays withdrawn: revoked tokens, disabled users, lower
// roles, old passwords. If another kigen holds the database, the error is a
// *LockedError.
func Restore(ctx context.Context, path, backup string, o RestoreOptions) (Restored, error) {
	path, err := filePath(path)
	if err != nil {
		return Restored{}, err
	}
	lock, err := AcquireFileLock(ctx, path, o.Now)
	if err != nil {
		return Restored{}, err
	}
	done, err := restore(ctx, path, backup, o)
	if err != nil {
		err = fmt.Errorf("restore from %s: %w; %s was left as it is", backup, err, path)
	}
	return done, errors.Join(err, lock.Release())
}

func restore(ctx context.Context, path, backup string, o RestoreOptions) (Restored, error) {
	if err := checkBackup(ctx, path, backup); err != nil {
		return Restored{}, err
	}
	var from *grants
	var err error
	if !o.AcceptOldAccess {
		if from, err = readGrants(ctx, path); err != nil {
			return Restored{}, fmt.Errorf("%w: users and tokens of the database to be replaced cannot be read, so those disabled or revoked since the backup would come back: accept that with --accept-old-access", err)
		}
	}
	beside, err := copyBeside(path, backup)
	if err != nil {
		return Restored{}, err
	}
	defer func() { _ = os.Remove(beside) }() // does nothing after the rename
	kept, err := makeReady(ctx, beside, filepath.Base(backup), from, o)
	if err != nil {
		return Restored{}, err
	}
	replaced, err := setAside(ctx, path, o.Now)
	if err != nil {
		return Restored{}, err
	}
	if err := os.Rename(beside, path); err != nil {
		return Restored{}, err
	}
	return Restored{Replaced: replaced, Kept: kept}, syncDir(filepath.Dir(path))
}

// checkBackup refuses a file that can't be a backup, before it is copied.
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
	// Transactions that are only in the log would be missing.
	if _, err := os.Stat(backup + "-wal"); err == nil {
		return errors.New("a kigen is using that file, or was killed while it did: copy it by kigen db backup")
	}
	pool := openPool(backup, inspecting())
	err = identify(ctx, pool)
	var version int64
	if err == nil {
		version, err = sqliteMigrations.storedVersion(ctx, pool)
	}
	if err == nil && version == 0 {
		err = fmt.Errorf("%w: it is empty; name a backup", ErrForeign)
	}
	about := openFile(backup)
	return about.explain(ctx, errors.Join(err, pool.Close()))
}

// copyBeside copies the backup into the directory of the database, so that the
// rename is atomic.
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

// makeReady migrates the copy, withdraws access as the replaced database did, and
// verifies the result.
func makeReady(ctx context.Context, copied, backup string, from *grants, o RestoreOptions) (kept []string, err error) {
	db, err := Open(ctx, copied, o.Now)
	if err != nil {
		return nil, err
	}
	kept, err = db.afterRestore(ctx, from, o.By, backup, o.Now)
	if err == nil {
		err = db.Verify(ctx)
	}
	err = errors.Join(err, db.Close())
	for _, suffix := range []string{"-wal", "-shm"} { // exist only after an error
		_ = os.Remove(copied + suffix)
	}
	return kept, err
}

// setAside links the database that will be replaced to a second name. It stays under
// its own until the backup is renamed to it: after a crash in between, the next
// start must not find the name free and create an empty database.
func setAside(ctx context.Context, path string, now time.Time) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	// Write the log of a killed kigen into the file, if possible.
	pool := openPool(path, writing())
	_ = errors.Join(pool.PingContext(ctx), pool.Close())

	aside, err := linkAside(path, path+".replaced-"+now.UTC().Format("20060102T150405Z"))
	if err != nil {
		return "", fmt.Errorf("keep the replaced database: %w", err)
	}
	// A remaining log would be replayed into the backup.
	if err := os.Rename(path+"-wal", aside+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("keep the replaced database's log: %w", err)
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return aside, nil
}

// linkAside links the file to the name, or to the name with the first free number:
// several restores may run within a second.
func linkAside(path, name string) (string, error) {
	aside := name
	for n := 2; ; n++ {
		if err := os.Link(path, aside); !errors.Is(err, os.ErrExist) {
			return aside, err
		}
		aside = fmt.Sprintf("%s-%d", name, n)
	}
}
