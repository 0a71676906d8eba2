package daemon

import (
	"context"
	"fmt"
	"time"

	"kigen/cmd/kigen/internal/agefile"
	"kigen/cmd/kigen/internal/backups"
	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// makeBackups makes the job that copies the database; nil if none is configured.
func (d *deployment) makeBackups(ctx context.Context) (*backups.Job, error) {
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
	return &backups.Job{
		Schedule: cron, Dir: c.Dir, Keep: c.Keep, Created: created, Copy: copied, Sealed: c.AgeRecipient != "",
		Failed: d.last.backup, Now: wallNow, Log: d.log,
	}, nil
}

// backup alerts about a failed scheduled backup.
func (l *fallbackAlert) backup(ctx context.Context, err error) {
	l.send(ctx, "backup/"+wallNow().UTC().Format(time.RFC3339), catalog.Both("last_backup"), []string{catalog.In(l.writer.Lang).Say("last_backup_note"), err.Error()})
}
