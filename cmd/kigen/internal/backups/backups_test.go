package backups

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla/record"
	"kigen/store"
	"kigen/store/storetest"
)

// backupJob is a backup job over a real database, on virtual time.
func backupJob(t *testing.T, spec string) *Job {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Path(t), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	cron, err := schedule.ParseCron("backup.schedule", spec, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return &Job{
		Schedule: cron, Dir: filepath.Join(t.TempDir(), "deep", "backups"), Keep: 3, Created: time.Now(), Copy: db.BackupHead,
		Failed: func(context.Context, error) {}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
}

func (b *Job) files(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(b.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Virtual time begins at midnight on 2000-01-01, UTC.
func TestBackupsBySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backupJob(t, "0 3 * * *")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()
		time.Sleep(3*time.Hour - time.Second)
		if names := b.files(t); len(names) != 0 {
			t.Errorf("before the first instant there are %v", names)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if names := b.files(t); !slices.Equal(names, []string{"kigen-20000101T030000Z.db"}) {
			t.Errorf("after the first instant there are %v", names)
		}
		if at := b.Last(); !at.Equal(time.Date(2000, 1, 1, 3, 0, 0, 0, time.UTC)) {
			t.Errorf("the last backup is of %s", at)
		}
		time.Sleep(4 * 24 * time.Hour)
		if names := b.files(t); !slices.Equal(names, []string{"kigen-20000103T030000Z.db", "kigen-20000104T030000Z.db", "kigen-20000105T030000Z.db"}) {
			t.Errorf("of five, three are to be kept: %v", names)
		}
		cancel()
		<-done
		copied, err := store.OpenReadOnly(t.Context(), filepath.Join(b.Dir, "kigen-20000105T030000Z.db"))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(copied.Verify(t.Context()), copied.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestBackupsAreCaughtUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backupJob(t, "0 3 * * *")
		time.Sleep(10*24*time.Hour + 12*time.Hour)
		if err := os.MkdirAll(b.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		// A crash left half a copy; the other file is nobody's business.
		for _, name := range []string{".kigen-20000109T030000Z.db.123", "notes.db"} {
			if err := os.WriteFile(filepath.Join(b.Dir, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if err := b.catchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if names := b.files(t); !slices.Equal(names, []string{"kigen-20000111T030000Z.db", "notes.db"}) {
			t.Errorf("there are %v, want the newest instant's alone", names)
		}
	})
}

func TestAFailedBackupIsToldOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backupJob(t, "0 3 * * *")
		full := errors.New("disk full")
		tries, told := 0, 0
		whole := b.Copy
		b.Copy = func(ctx context.Context, path string) (record.Head, error) {
			if tries++; tries < 4 {
				return record.Head{}, full
			}
			return whole(ctx, path)
		}
		b.Failed = func(_ context.Context, err error) {
			if told++; !errors.Is(err, full) {
				t.Errorf("told %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()
		time.Sleep(3*time.Hour + time.Minute)
		synctest.Wait()
		if !b.failing.Load() || told != 1 {
			t.Errorf("failing is %t, told %d times", b.failing.Load(), told)
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if b.failing.Load() || told != 1 || len(b.files(t)) != 1 {
			t.Errorf("after the disk has room: failing is %t, told %d times, files %v", b.failing.Load(), told, b.files(t))
		}
		cancel()
		<-done
	})
}

// TestEncryptedBackupsBySchedule: they count and go like the readable ones before them.
func TestEncryptedBackupsBySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backupJob(t, "0 3 * * *")
		b.Keep = 2
		day := func() {
			t.Helper()
			time.Sleep(24 * time.Hour)
			if err := b.catchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		day()
		b.Sealed = true
		day()
		if got := b.files(t); !slices.Equal(got, []string{"kigen-20000101T030000Z.db", "kigen-20000102T030000Z.db.age"}) {
			t.Errorf("files are %v", got)
		}
		day()
		if got := b.files(t); !slices.Equal(got, []string{"kigen-20000102T030000Z.db.age", "kigen-20000103T030000Z.db.age"}) {
			t.Errorf("files are %v", got)
		}
		newest, err := Newest(b.Dir)
		if err != nil || filepath.Base(newest) != "kigen-20000103T030000Z.db.age" {
			t.Errorf("the newest is %s, %v", newest, err)
		}
	})
}
