package store

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isMounted reports whether a file itself is the root of a mount, as a container makes
// it from a single file. Kernels before 5.8 do not say.
func isMounted(path string) (bool, error) {
	var stat unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, 0, &stat)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // an old kernel, or a sandbox without the call
		return false, nil
	}
	return stat.Attributes&stat.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0, err
}
