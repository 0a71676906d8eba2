package store_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"

	"kigen/sla/tracker"
)

// A used-up quota is a full disk, whichever word SQLite has for it; a disk that
// fails is told apart from that, until it works again.
func TestQuotaAndFailingDisk(t *testing.T) {
	ofFiles(t)
	ioErr := func(code sqlite3.ErrNo, errno syscall.Errno) error {
		return sqlite3.Error{Code: code, ExtendedCode: sqlite3.ErrNoExtended(code), SystemErrno: errno}
	}
	for name, tc := range map[string]struct {
		err           error
		full, failing bool
	}{
		"quota at a write":   {ioErr(sqlite3.ErrIoErr, syscall.EDQUOT), true, false},
		"quota at opening":   {ioErr(sqlite3.ErrCantOpen, syscall.EDQUOT), true, false},
		"full at a sync":     {ioErr(sqlite3.ErrIoErr, syscall.ENOSPC), true, false},
		"full":               {ioErr(sqlite3.ErrFull, 0), true, false},
		"quota of a file":    {fmt.Errorf("write: %w", syscall.EDQUOT), true, false},
		"EIO":                {ioErr(sqlite3.ErrIoErr, syscall.EIO), false, true},
		"EIO of a file":      {fmt.Errorf("sync: %w", syscall.EIO), false, true},
		"an unknown failure": {ioErr(sqlite3.ErrIoErr, 0), false, true},
		"read-only":          {ioErr(sqlite3.ErrReadonly, 0), false, true},
		"no such directory":  {ioErr(sqlite3.ErrCantOpen, syscall.ENOENT), false, false},
		"busy":               {ioErr(sqlite3.ErrBusy, 0), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			if is, err := db.EnsureDiskReserve(reserve); !is || err != nil {
				t.Fatal("no disk reserve was made: ", err)
			}
			err := db.Update(t.Context(), func(tracker.Tx) error { return tc.err })
			if err == nil || db.Full() != tc.full || (db.Failing() != nil) != tc.failing || hasReserve(db.Path()) == tc.full {
				t.Errorf("%v: full %v, failing %v, reserve kept %v", err, db.Full(), db.Failing(), hasReserve(db.Path()))
			}
			update(t, db, func(tracker.Tx) error { return nil })
			if db.Failing() != nil {
				t.Error("still failing after a commit")
			}
			if is, err := db.EnsureDiskReserve(reserve); !is || err != nil || db.Full() {
				t.Errorf("with room again: %v, %v, full %v", is, err, db.Full())
			}
		})
	}
}
