package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/backups"
	"kigen/cmd/kigen/internal/drill"
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
			if err := store.RefuseServer(c.Database); err != nil {
				return badInput(err)
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
	path, err := backups.Newest(c.Backup.Dir)
	if err == nil && path == "" {
		err = fmt.Errorf("backup.dir %q: holds no backup: see the log of kigen serve, or name a FILE", c.Backup.Dir)
	}
	return path, err
}

// drill restores a backup and writes the result to the access log.
func (a *app) drill(ctx context.Context, c *config.Config, path, identity string) error {
	return a.withWritable(ctx, c.Database, false, func(db *store.DB) error {
		trial := drill.Drill{DB: db, Database: c.Database, Now: a.now, By: "cli:" + a.user()}
		head, err := trial.Run(ctx, path, identity)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, say(a.lang(c), "can_be_restored_record_of"), path, head.Count, head.Hash)
		return err
	})
}
