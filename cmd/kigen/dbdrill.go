package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/agefile"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/store"
)

// dbDrillCommand proves that the newest backup can be restored. It works beside a
// running daemon.
func (a *app) dbDrillCommand() *cobra.Command {
	var identity string
	cmd := &cobra.Command{
		Use: "drill [FILE]", Args: cobra.MaximumNArgs(1),
		Long: "Restore the newest scheduled backup, or FILE, into a temporary directory beside the database, verify it whole,\n" +
			"and check that the database continues its record. The access log keeps the result (kigen user log), and so do\n" +
			"/health and the metric kigen_restore_drill_timestamp_seconds. The database itself stays as it is.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			path, err := drilled(c, args)
			if err != nil {
				return err
			}
			return a.drill(cmd.Context(), c, path, identity)
		},
	}
	identityFlag(cmd, &identity)
	return cmd
}

// drilled returns the backup to restore.
func drilled(c *config.Config, args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	if c.Backup.Dir == "" {
		return "", badInput(errors.New("no backups are configured: set backup, or name a FILE"))
	}
	path, err := daemon.NewestBackup(c.Backup.Dir)
	if err == nil && path == "" {
		err = fmt.Errorf("backup.dir %q: holds no backup: see the log of kigen serve, or name a FILE", c.Backup.Dir)
	}
	return path, err
}

// drill restores a backup and writes the result to the access log.
func (a *app) drill(ctx context.Context, c *config.Config, path, identity string) error {
	return a.withWritable(ctx, c.Database, false, func(db *store.DB) error {
		line := store.AccessLine{At: a.now(), Actor: "cli:" + a.user(), Kind: store.DrillPassed, Subject: filepath.Base(path), Origin: "local"}
		found, err := a.restoreAside(ctx, db, c.Database, path, identity)
		if err != nil {
			line.Kind = store.DrillFailed
			return errors.Join(fmt.Errorf("the drill with %s failed: %w", path, err), db.LogAccess(ctx, line))
		}
		line.Subject += " " + found.Head.String()
		if err := db.LogAccess(ctx, line); err != nil {
			return err
		}
		lang := a.lang(c)
		_, err = fmt.Fprintf(a.out, say(lang, "can_be_restored_record_of"), path, found.Head.Count, found.Head.Hash)
		return err
	})
}

// restoreAside restores a backup to a temporary place and verifies it there.
func (a *app) restoreAside(ctx context.Context, db *store.DB, database, backup, identity string) (found store.Verified, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(database), ".kigen-drill-*")
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	err = agefile.Opened(backup, identity, dir, func(readable string) error {
		if found, err = store.VerifyFile(ctx, readable, nil, a.now()); err != nil {
			return err
		}
		if !found.Migrated { // a migration adds lines of its own
			if err := db.Continues(ctx, found.Head); err != nil {
				return err
			}
		}
		_, err := store.Restore(ctx, filepath.Join(dir, "restored.db"), readable, store.RestoreOptions{Now: a.now(), By: "cli:" + a.user()})
		return err
	})
	return found, err
}
