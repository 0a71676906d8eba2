package daemon

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
	"kigen/sla/tracker"
)

const (
	// backupRetry is long, because a copy of a large database is expensive.
	backupRetry = 5 * time.Minute
	// Backups are named after the scheduled instant in UTC, so that names sort by
	// time and each instant has one backup.
	backupName    = "kigen-20060102T150405Z.db"
	backupPattern = "kigen-*Z.db*"
)

// backups is the job that copies the database on a schedule. After downtime it
// makes up for the newest scheduled instant only.
type backups struct {
	schedule schedule.Cron
	dir      string
	keep     int
	sealed   bool      // new backups are encrypted
	created  time.Time // when the database was created: earlier instants have no backup
	copy     func(ctx context.Context, path string) (record.Head, error)
	failed   func(ctx context.Context, err error) // called once for each run of failures
	now      func() time.Time
	log      *slog.Logger

	latest  atomic.Int64 // the newest backup's instant, Unix milliseconds; 0: none
	failing atomic.Bool
}

// run catches up at once and then at each scheduled instant, until ctx ends.
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

// pause sleeps for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// catchUp makes the backup of the newest scheduled instant, unless it exists.
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
	head, err := b.copy(ctx, path)
	if err != nil {
		return err
	}
	b.log.Info("backup made", "file", path, "record_count", head.Count, "record_head", head.Hash.String())
	kept = append(kept, at)
	b.noteLatest(kept)
	return b.prune(kept)
}

func (b *backups) path(at time.Time) string {
	name := filepath.Join(b.dir, at.UTC().Format(backupName))
	if b.sealed {
		name += agefile.Extension
	}
	return name
}

func (b *backups) noteLatest(kept []time.Time) {
	if len(kept) > 0 {
		b.latest.Store(kept[len(kept)-1].UnixMilli())
	}
}

// list returns the instants of the existing backups, oldest first.
func (b *backups) list() (kept []time.Time, err error) {
	paths, err := filepath.Glob(filepath.Join(b.dir, backupPattern))
	if err != nil {
		return nil, fmt.Errorf("backup.dir %q: %w", b.dir, err)
	}
	for _, path := range paths {
		if at, err := time.Parse(backupName, strings.TrimSuffix(filepath.Base(path), agefile.Extension)); err == nil {
			kept = append(kept, at)
		}
	}
	slices.SortFunc(kept, time.Time.Compare)
	return slices.CompactFunc(kept, time.Time.Equal), nil
}

// removeUnfinished removes the partial copies that a crash left behind. No other
// process writes here while this one holds the database.
func (b *backups) removeUnfinished() error {
	paths, err := filepath.Glob(filepath.Join(b.dir, "."+backupPattern+".*"))
	for _, path := range paths {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// prune removes the oldest backups. It leaves all other files alone.
func (b *backups) prune(kept []time.Time) error {
	var failures []error
	for _, at := range kept[:max(0, len(kept)-b.keep)] {
		name := filepath.Join(b.dir, at.UTC().Format(backupName))
		for _, path := range []string{name, name + agefile.Extension} {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				failures = append(failures, fmt.Errorf("remove an old backup: %w", err))
			}
		}
	}
	return errors.Join(failures...)
}

// last returns the instant of the newest backup; zero if there is none.
func (b *backups) last() time.Time {
	if ms := b.latest.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// makeBackups makes the job that copies the database; nil if none is configured.
func (d *deployment) makeBackups(ctx context.Context) (*backups, error) {
	c := d.config.Backup
	if c.Dir == "" {
		return nil, nil
	}
	cron, err := schedule.ParseCron("backup.schedule", c.Schedule, d.config.Timezone)
	if err != nil {
		return nil, err
	}
	var created time.Time
	err = d.store.View(ctx, func(r tracker.Reader) error {
		created, err = r.CreatedAt(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	copied := d.store.BackupHead
	if c.AgeRecipient != "" {
		seal, err := agefile.Sealer(c.AgeRecipient)
		if err != nil {
			return nil, fmt.Errorf("backup.age_recipient: %w", err)
		}
		copied = func(ctx context.Context, path string) (record.Head, error) {
			return d.store.BackupSealed(ctx, path, seal, agefile.Sealed)
		}
	}
	return &backups{
		schedule: cron, dir: c.Dir, keep: c.Keep, created: created, copy: copied, sealed: c.AgeRecipient != "",
		failed: d.last.backup, now: wallNow, log: d.log,
	}, nil
}

// NewestBackup returns the path of the newest scheduled backup in a directory; empty:
// there is none.
func NewestBackup(dir string) (string, error) {
	b := backups{dir: dir}
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

// backup alerts about a failed scheduled backup.
func (l *fallbackAlert) backup(ctx context.Context, err error) {
	l.send(ctx, "backup/"+wallNow().UTC().Format(time.RFC3339), catalog.Both("last_backup"), []string{catalog.In(l.writer.Lang).Say("last_backup_note"), err.Error()})
}
