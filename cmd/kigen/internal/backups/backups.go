// Package backups copies the database into a directory on a schedule, keeps the newest
// copies and removes the others.
package backups

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"kigen/cmd/kigen/internal/agefile"
	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla/record"
)

const (
	// retry is long, because a copy of a large database is expensive.
	retry = 5 * time.Minute
	// Backups are named after the scheduled instant in UTC, so that names sort by
	// time and each instant has one backup.
	format  = "kigen-20060102T150405Z.db"
	pattern = "kigen-*Z.db*"
)

// Job copies the database on a schedule. After downtime it makes up for the newest
// scheduled instant only.
type Job struct {
	Schedule schedule.Cron
	Dir      string
	Keep     int
	Sealed   bool      // new backups are encrypted
	Created  time.Time // when the database was created: earlier instants have no backup
	Copy     func(ctx context.Context, path string) (record.Head, error)
	Failed   func(ctx context.Context, err error) // called once for each run of failures
	Now      func() time.Time
	Log      *slog.Logger

	latest  atomic.Int64 // the newest backup's instant, Unix milliseconds; 0: none
	failing atomic.Bool
}

// Run catches up at once and then at each scheduled instant, until ctx ends.
func (b *Job) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.catchUp(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.Log.Error("backup failed", "error", err)
			if !b.failing.Swap(true) {
				b.Failed(ctx, err)
			}
			schedule.Pause(ctx, retry)
			continue
		}
		b.failing.Store(false)
		b.Schedule.Sleep(ctx, b.Now)
	}
}

// Failing reports whether the newest copy failed.
func (b *Job) Failing() bool { return b.failing.Load() }

// Inherit takes over whether copies fail from a job that was stopped.
func (b *Job) Inherit(previous *Job) { b.failing.Store(previous.failing.Load()) }

// catchUp makes the backup of the newest scheduled instant, unless it exists.
func (b *Job) catchUp(ctx context.Context) error {
	kept, err := b.list()
	if err != nil {
		return err
	}
	b.noteLatest(kept)
	at := b.Schedule.Last(b.Now())
	if at.IsZero() || at.Before(b.Created) || len(kept) > 0 && !kept[len(kept)-1].Before(at) {
		return nil
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return fmt.Errorf("backup.dir: %w: give a directory that can be made and written", err)
	}
	if err := b.removeUnfinished(); err != nil {
		return err
	}
	path := b.path(at)
	head, err := b.Copy(ctx, path)
	if err != nil {
		return err
	}
	b.Log.Info("backup made", "file", path, "record_count", head.Count, "record_head", head.Hash.String())
	kept = append(kept, at)
	b.noteLatest(kept)
	return b.prune(kept)
}

func (b *Job) path(at time.Time) string {
	name := filepath.Join(b.Dir, at.UTC().Format(format))
	if b.Sealed {
		name += agefile.Extension
	}
	return name
}

func (b *Job) noteLatest(kept []time.Time) {
	if len(kept) > 0 {
		b.latest.Store(kept[len(kept)-1].UnixMilli())
	}
}

// list returns the instants of the existing backups, oldest first.
func (b *Job) list() (kept []time.Time, err error) {
	paths, err := filepath.Glob(filepath.Join(b.Dir, pattern))
	if err != nil {
		return nil, fmt.Errorf("backup.dir %q: %w", b.Dir, err)
	}
	for _, path := range paths {
		if at, err := time.Parse(format, strings.TrimSuffix(filepath.Base(path), agefile.Extension)); err == nil {
			kept = append(kept, at)
		}
	}
	slices.SortFunc(kept, time.Time.Compare)
	return slices.CompactFunc(kept, time.Time.Equal), nil
}

// removeUnfinished removes the partial copies that a crash left behind. No other
// process writes here while this one holds the database.
func (b *Job) removeUnfinished() error {
	paths, err := filepath.Glob(filepath.Join(b.Dir, "."+pattern+".*"))
	for _, path := range paths {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// prune removes the oldest backups. It leaves all other files alone.
func (b *Job) prune(kept []time.Time) error {
	var failures []error
	for _, at := range kept[:max(0, len(kept)-b.Keep)] {
		name := filepath.Join(b.Dir, at.UTC().Format(format))
		for _, path := range []string{name, name + agefile.Extension} {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				failures = append(failures, fmt.Errorf("remove an old backup: %w", err))
			}
		}
	}
	return errors.Join(failures...)
}

// Last returns the instant of the newest backup; zero if there is none.
func (b *Job) Last() time.Time {
	if ms := b.latest.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// Newest returns the path of the newest scheduled backup in a directory; empty:
// there is none.
func Newest(dir string) (string, error) {
	b := Job{Dir: dir}
	kept, err := b.list()
	if err != nil || len(kept) == 0 {
		return "", err
	}
	name := b.path(kept[len(kept)-1])
	if _, err := os.Stat(name + agefile.Extension); err == nil {
		name += agefile.Extension
	}
	return name, nil
}
