// Package drill restores backups on trial.
package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kigen/cmd/kigen/internal/agefile"
	"kigen/sla/record"
	"kigen/store"
)

// Drill proves that backups of a database can be restored. The database itself stays as
// it is but for the access log, which keeps the result.
type Drill struct {
	DB       *store.DB
	Database string // its path; the backup is restored beside it
	Now      func() time.Time
	By       string // who runs it, such as cli:yamada
}

// Run restores a backup aside and returns the head of its record. The identity is the
// path of the secret key of an encrypted backup; it may be empty.
func (d *Drill) Run(ctx context.Context, backup, identity string) (record.Head, error) {
	line := store.AccessLine{At: d.Now(), Actor: d.By, Kind: store.DrillPassed, Subject: filepath.Base(backup), Origin: "local"}
	found, err := d.restoreAside(ctx, backup, identity)
	if err != nil {
		line.Kind = store.DrillFailed
		return record.Head{}, errors.Join(fmt.Errorf("the drill with %s failed: %w", backup, err), d.DB.LogAccess(ctx, line))
	}
	line.Subject += " " + found.Head.String()
	return found.Head, d.DB.LogAccess(ctx, line)
}

// restoreAside restores a backup to a temporary place and verifies it there.
func (d *Drill) restoreAside(ctx context.Context, backup, identity string) (found store.Verified, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(d.Database), ".kigen-drill-*")
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	err = agefile.Opened(backup, identity, dir, func(readable string) error {
		if found, err = store.VerifyFile(ctx, readable, nil, d.Now()); err != nil {
			return err
		}
		if !found.Migrated { // a migration adds lines of its own
			if err := d.DB.Continues(ctx, found.Head); err != nil {
				return err
			}
		}
		_, err := store.Restore(ctx, filepath.Join(dir, "restored.db"), readable, store.RestoreOptions{Now: d.Now(), By: d.By})
		return err
	})
	return found, err
}
