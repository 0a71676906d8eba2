package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"kigen/store"
)

func (a *app) dbCommand() *cobra.Command {
	return group("db", "Look after the database / データベースを管理する",
		a.dbMigrateCommand(), a.dbBackupCommand(), a.dbRestoreCommand(), a.dbVerifyCommand())
}

// withDatabase opens a database, existing ones only unless create is set,
// runs f and closes it. It reads beside a running daemon; what has to be made
// or brought up to date first must be nobody else's meanwhile.
func (a *app) withDatabase(ctx context.Context, path string, create bool, f func(*store.DB) error) error {
	return a.withOpened(ctx, store.OpenBeside, path, create, f)
}

// withOpened is withDatabase with another way to open what needs no migration.
func (a *app) withOpened(ctx context.Context, open func(context.Context, string) (*store.DB, error), path string, create bool, f func(*store.DB) error) error {
	db, err := open(ctx, path)
	switch {
	case err == nil:
		return errors.Join(f(db), db.Close())
	case errors.Is(err, store.ErrOlder), errors.Is(err, fs.ErrNotExist) && create:
		return a.withMigrated(ctx, path, f)
	case errors.Is(err, fs.ErrNotExist):
		return badInput(fmt.Errorf("database %q: does not exist: kigen serve makes it; give another one by --config or KIGEN_DATABASE", path))
	}
	return databaseError(err)
}

// withWritable opens a database that stands, and is of this version, for one
// small write. A daemon may work on it meanwhile: nothing that it works on is
// touched.
func (a *app) withWritable(ctx context.Context, path string, create bool, f func(*store.DB) error) error {
	if err := a.withDatabase(ctx, path, create, func(*store.DB) error { return nil }); err != nil {
		return err
	}
	db, err := store.Open(ctx, path, a.now())
	if err != nil {
		return databaseError(err)
	}
	return errors.Join(f(db), db.Close())
}

func (a *app) withMigrated(ctx context.Context, path string, f func(*store.DB) error) error {
	hold, err := store.TakeHold(ctx, path, a.now())
	var held *store.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("%w; this kigen is newer than the one that runs: restart that one with this version", err)
	}
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, path, a.now())
	if err != nil {
		return errors.Join(databaseError(err), hold.Release())
	}
	return errors.Join(f(db), db.Close(), hold.Release())
}

// dbMigrateCommand does what serve does at its start, for those who want to
// see it succeed before they restart the daemon.
func (a *app) dbMigrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Make the database, or bring it up to this version / 作成・更新する", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.withDatabase(cmd.Context(), c.Database, true, func(db *store.DB) error {
				_, err := fmt.Fprintf(a.out, say(a.lang(c), "%s: 最新の形式です\n", "%s: up to date\n"), db.Path())
				return err
			})
		},
	}
}

// dbBackupCommand works beside a running daemon.
func (a *app) dbBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the database while it is in use / 稼働中に複製する", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.withDatabase(cmd.Context(), c.Database, false, func(db *store.DB) error {
				if err := db.Backup(cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.out, say(a.lang(c), "%s: %s の複製を検査済みで保存しました\n", "%s: a checked copy of %s\n"), args[0], db.Path())
				return err
			})
		},
	}
}

// dbRestoreCommand works only while no daemon does.
func (a *app) dbRestoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of the database / 複製から戻す", Args: cobra.ExactArgs(1),
		Long: "Verify a backup and put it in the place of the configured database, which is kept beside it under\n" +
			"another name. Stop kigen serve first. What was logged after the backup is not in it, and what was\n" +
			"told after it may be told again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			replaced, err := store.Restore(cmd.Context(), c.Database, args[0], a.now())
			if err != nil {
				return restoreError(err)
			}
			fmt.Fprintf(a.out, say(a.lang(c), "%s: 検査済みの %s から戻しました\n", "%s: restored from %s, which was verified\n"), c.Database, args[0])
			if replaced != "" {
				fmt.Fprintf(a.out, say(a.lang(c), "元のデータベースは %s に残してあります\n", "the replaced database is kept as %s\n"), replaced)
			}
			return nil
		},
	}
}

// restoreError marks a FILE that is no backup as the user's to mend.
func restoreError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return badInput(err)
	}
	return databaseError(err)
}

// dbVerifyCommand fails on any finding, so that a cron job notices.
func (a *app) dbVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify [FILE]", Short: "Check the database and every history's chain of hashes / 検査する", Args: cobra.MaximumNArgs(1),
		Long: "Check the configured database, or FILE, such as a backup: its pages, and that no event of any\nincident's history was changed or taken away.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			path := c.Database
			if len(args) == 1 {
				path = args[0]
			}
			return a.withDatabase(cmd.Context(), path, false, func(db *store.DB) error {
				if err := db.Verify(cmd.Context()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.out, say(a.lang(c), "%s: 異常はありません\n", "%s: intact\n"), db.Path())
				return err
			})
		},
	}
}
