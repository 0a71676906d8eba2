package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A database has one name: its lock and its write-ahead log are files beside it, so a
// kigen that opened it by a second name would share neither, and both would write.

// mostLinks bounds a chain of symbolic links, as Linux does.
const mostLinks = 40

// resolve follows the symbolic links of a path, also where the last one points to a
// file that does not exist yet.
func resolve(path string) (string, error) {
	for range mostLinks {
		target, err := filepath.EvalSymlinks(path)
		if err == nil {
			return target, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return path, nil //nolint:nilerr // opening it reports the missing directory
		}
		path = filepath.Join(dir, filepath.Base(path))
		next, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // no link: the file itself is missing
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(dir, next)
		}
		path = next
	}
	return "", fmt.Errorf("database %s: more than %d symbolic links: name the file itself", path, mostLinks)
}

// databasePath is filePath for a database that will be written or locked: it refuses a
// file that has a second name.
func databasePath(name string) (string, error) {
	path, err := filePath(name)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return path, nil //nolint:nilerr // opening it reports the error
	}
	if others := otherNames(info) - unfinishedAsides(path, info); others > 0 {
		return "", fmt.Errorf("database %s: the file has %d more names (hard links), by which a second kigen could write to it: remove them (find DIR -samefile %s lists them), or copy it by kigen db backup", path, others, path)
	}
	mounted, err := isMounted(path)
	if err != nil {
		return "", fmt.Errorf("database %s: %w", path, err)
	}
	if mounted {
		return "", fmt.Errorf("database %s: the file itself is a mount, so its write-ahead log and its lock are not beside it: mount its directory instead", path)
	}
	return path, nil
}

// otherNames is the number of hard links of a file beyond the first.
func otherNames(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Nlink) - 1 //nolint:gosec // a small number
	}
	return 0
}

// unfinishedAsides counts the second names that a restore gave the database before it
// was killed: setAside links the file before it is replaced.
func unfinishedAsides(path string, info fs.FileInfo) (n int) {
	names, err := filepath.Glob(escapeGlob(path) + ".replaced-*")
	if err != nil {
		return 0
	}
	for _, name := range names {
		if other, err := os.Lstat(name); err == nil && os.SameFile(info, other) {
			n++
		}
	}
	return n
}

func escapeGlob(path string) string {
	var escaped []byte
	for i := range len(path) {
		switch path[i] {
		case '*', '?', '[', '\\':
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, path[i])
	}
	return string(escaped)
}

// openBeside opens a file of kigen's own beside the database. The directory may be
// writable for others, so a symbolic link is not followed and only a plain file is
// accepted.
func openBeside(name string, flags int) (*os.File, error) {
	file, err := os.OpenFile(name, flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s is a symbolic link, which kigen does not follow: remove it", name)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is a %s: remove it", name, kindOf(info))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// checkOwn refuses a file that another user owns or may read, or that has a second
// name: what is written to it would reach others.
func checkOwn(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case ok && int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user (uid %d): remove it", file.Name(), stat.Uid)
	case otherNames(info) > 0:
		return fmt.Errorf("%s has another name (a hard link): remove it", file.Name())
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to other users (mode %04o): remove it", file.Name(), info.Mode().Perm())
	}
	return nil
}
