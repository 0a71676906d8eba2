package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"kigen/calendar"
)

const (
	// A copy of a large database is work; one that failed is not tried at once.
	backupRetry = 5 * time.Minute
	// Named after the scheduled instant in UTC, so that names sort by time and
	// each instant has one backup, whenever it is made.
	backupName    = "kigen-20060102T150405Z.db"
	backupPattern = "kigen-*Z.db"
)

// backups is the job that copies the database by schedule. An instant that
// passed while kigen was down is made up for, the newest one only.
type backups struct {
	schedule Schedule
	dir      string
	keep     int
	created  time.Time // when the database was made: nothing before that is missing
	copy     func(ctx context.Context, path string) error
	failed   func(ctx context.Context, err error) // told once of each run of failures
	now      func() time.Time
	log      *slog.Logger

	latest  atomic.Int64 // the newest backup's instant, Unix milliseconds; 0: none
	failing atomic.Bool
}

// run catches up at once, then whenever the schedule says so, until ctx ends.
func (b *backups) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.catchUp(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.log.Error("backup failed", "error", err)
			if !b.failing.Swap(true) {
				b.failed(ctx, err)
			}
			pause(ctx, backupRetry)
			continue
		}
		b.failing.Store(false)
		wait := longestSleep
		if next := b.schedule.First(b.now().Add(1)); !next.IsZero() {
			wait = min(wait, next.Sub(b.now()))
		}
		pause(ctx, wait)
	}
}

// pause sleeps until ctx ends or the time is over.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// catchUp makes the backup of the newest scheduled instant, unless it is there.
func (b *backups) catchUp(ctx context.Context) error {
	kept, err := b.list()
	if err != nil {
		return err
	}
	b.noteLatest(kept)
	at := b.schedule.Last(b.now())
	if at.IsZero() || at.Before(b.created) || len(kept) > 0 && !kept[len(kept)-1].Before(at) {
		return nil
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return fmt.Errorf("backup.dir: %w: give a directory that can be made and written", err)
	}
	if err := b.removeUnfinished(); err != nil {
		return err
	}
	path := b.path(at)
	if err := b.copy(ctx, path); err != nil {
		return err
	}
	b.log.Info("backup made", "file", path)
	kept = append(kept, at)
	b.noteLatest(kept)
	return b.prune(kept)
}

func (b *backups) path(at time.Time) string { return filepath.Join(b.dir, at.UTC().Format(backupName)) }

func (b *backups) noteLatest(kept []time.Time) {
	if len(kept) > 0 {
		b.latest.Store(kept[len(kept)-1].UnixMilli())
	}
}

// list returns the instants of the backups that are there, oldest first.
func (b *backups) list() (kept []time.Time, err error) {
	paths, err := filepath.Glob(filepath.Join(b.dir, backupPattern))
	if err != nil {
		return nil, fmt.Errorf("backup.dir %q: %w", b.dir, err)
	}
	for _, path := range paths {
		if at, err := time.Parse(backupName, filepath.Base(path)); err == nil {
			kept = append(kept, at)
		}
	}
	slices.SortFunc(kept, time.Time.Compare)
	return kept, nil
}

// removeUnfinished removes what a crash in the middle of a copy left behind.
// Nobody else copies here while this kigen holds the database.
func (b *backups) removeUnfinished() error {
	paths, err := filepath.Glob(filepath.Join(b.dir, "."+backupPattern+".*"))
	for _, path := range paths {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// prune removes the oldest backups; only what is named as one is touched.
func (b *backups) prune(kept []time.Time) error {
	var failures []error
	for _, at := range kept[:max(0, len(kept)-b.keep)] {
		if err := os.Remove(b.path(at)); err != nil && !errors.Is(err, os.ErrNotExist) {
			failures = append(failures, fmt.Errorf("remove an old backup: %w", err))
		}
	}
	return errors.Join(failures...)
}

// last is the instant of the newest backup; zero when there is none.
func (b *backups) last() time.Time {
	if ms := b.latest.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// makeBackups is the job that copies the database; nil when none is asked for.
func (d *Daemon) makeBackups(ctx context.Context) (*backups, error) {
	c := d.config.Backup
	if c.Dir == "" {
		return nil, nil
	}
	schedule, err := ParseSchedule("backup.schedule", c.Schedule, d.config.Timezone)
	if err != nil {
		return nil, err
	}
	created, err := createdAt(ctx, d.store)
	if err != nil {
		return nil, err
	}
	return &backups{
		schedule: schedule, dir: c.Dir, keep: c.Keep, created: created, copy: d.store.Backup,
		failed: d.last.backup, now: wallNow, log: d.log,
	}, nil
}

// backup tells that the scheduled backups fail.
func (l *lastResort) backup(ctx context.Context, err error) {
	l.tell(ctx, "backup/"+wallNow().UTC().Format(time.RFC3339), calendar.Text{
		Ja: "kigen: バックアップに失敗しました", En: "kigen: the backup failed",
	}, []string{
		calendar.Text{Ja: "5分ごとに再試行します。", En: "It is tried again every five minutes."}.In(l.writer.Lang), err.Error(),
	})
}
