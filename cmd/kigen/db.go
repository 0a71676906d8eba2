package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/agefile"
	"kigen/config"
	"kigen/sla/record"
	"kigen/store"
)

func (a *app) dbCommand() *cobra.Command {
	return group("db",
		a.dbMigrateCommand(), a.dbBackupCommand(), a.dbRestoreCommand(), a.dbVerifyCommand(), a.dbHeadCommand(), a.dbDrillCommand(), a.dbCopyCommand(), a.dbAcceptClockCommand())
}

// withDatabase opens a database, creates it only if create is set, runs f and
// closes it. It works beside a running daemon unless the database has to be
// created or migrated, which needs the exclusive lock.
func (a *app) withDatabase(ctx context.Context, path string, create bool, f func(*store.DB) error) error {
	return a.withOpened(ctx, store.OpenReadOnly, path, create, f)
}

// withOpened is withDatabase with another function for opening a current database.
func (a *app) withOpened(ctx context.Context, open func(context.Context, string) (*store.DB, error), path string, create bool, f func(*store.DB) error) error {
	db, err := open(ctx, path)
	switch {
	case err == nil:
		return errors.Join(f(db), db.Close())
	case errors.Is(err, store.ErrOlder), create && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, store.ErrEmpty)):
		return a.withMigrated(ctx, path, f)
	case errors.Is(err, fs.ErrNotExist):
		return badInput(noDatabase(path))
	}
	return databaseError(err)
}

// noDatabase refuses a command that works on an existing database only.
func noDatabase(path string) error {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	return fmt.Errorf("database %q: does not exist: create it with kigen serve or kigen db migrate, or name another one with --config or KIGEN_DATABASE", path)
}

// refuseMoved refuses to create a database beside the configuration file while one of
// that name is in the working directory, where older versions looked for it.
func refuseMoved(c *config.Config) error {
	if c.Written == "" || exists(c.Database) || !exists(c.Written) {
		return nil
	}
	full, err := filepath.Abs(c.Written)
	if err != nil {
		return err
	}
	return badInput(fmt.Errorf("database %q: is looked for beside %s, where there is none, but %s exists: write that path into the configuration, or move the file there", c.Written, c.Path, full))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// withWritable opens an existing database of the current version for one small
// write. A daemon may run meanwhile, because no write touches its rows.
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
	if store.IsServer(path) { // migrations wait for each other there, and replicas may work meanwhile
		return a.withOpenedNewly(ctx, path, f)
	}
	hold, err := store.AcquireFileLock(ctx, path, a.now())
	var held *store.LockedError
	if errors.As(err, &held) {
		return fmt.Errorf("%w; the running kigen is older than this one: restart it with this version", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(a.withOpenedNewly(ctx, path, f), hold.Release())
}

// withOpenedNewly creates or migrates a database and runs f.
func (a *app) withOpenedNewly(ctx context.Context, path string, f func(*store.DB) error) error {
	db, err := store.OpenAndReport(ctx, path, a.now(), a.reportSealing())
	if err != nil {
		return databaseError(err)
	}
	return errors.Join(f(db), db.Close())
}

// dbMigrateCommand runs the migrations that serve would run, so that an operator
// can check them before restarting the daemon.
func (a *app) dbMigrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			if err := refuseMoved(c); err != nil {
				return err
			}
			return a.withOpened(cmd.Context(), openFinished, c.Database, true, func(db *store.DB) error {
				_, err := fmt.Fprintf(a.out, say(a.lang(c), "up_to_date"), db.Path())
				return err
			})
		},
	}
}

// openFinished opens a database to which no migration has anything left to do.
func openFinished(ctx context.Context, path string) (*store.DB, error) {
	db, err := store.OpenReadOnly(ctx, path)
	if err == nil && db.Unfinished(ctx) {
		return nil, errors.Join(store.ErrOlder, db.Close())
	}
	return db, err
}

func (a *app) dbBackupCommand() *cobra.Command {
	var recipient string
	cmd := &cobra.Command{
		Use: "backup FILE", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			return a.withDatabase(cmd.Context(), c.Database, false, func(db *store.DB) error {
				head, err := backUp(cmd.Context(), db, args[0], recipient)
				if err != nil {
					return databaseError(err)
				}
				fmt.Fprintf(a.out, say(a.lang(c), "verified_backup_of"), args[0], db.Path())
				_, err = fmt.Fprintf(a.out, say(a.lang(c), "record_of_lines_head"), head.Count, head.Hash)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&recipient, "age", "", "encrypt to this age `RECIPIENT`, such as age1…; a restore needs its secret key")
	return cmd
}

// backUp copies the database, encrypted if there is a recipient.
func backUp(ctx context.Context, db *store.DB, path, recipient string) (record.Head, error) {
	if recipient == "" {
		return db.BackupHead(ctx, path)
	}
	seal, err := agefile.Sealer(recipient)
	if err != nil {
		return record.Head{}, badInput(fmt.Errorf("--age: %w", err))
	}
	return db.BackupSealed(ctx, path, seal, agefile.Sealed)
}

func (a *app) dbRestoreCommand() *cobra.Command {
	var identity string
	o := store.RestoreOptions{By: "cli:" + a.user()}
	cmd := &cobra.Command{
		Use: "restore FILE", Args: cobra.ExactArgs(1),
		Long: "Verify a backup and replace the configured database with it; the old one is kept beside it under\n" +
			"another name. Stop kigen serve first. The backup lacks incidents logged after it, and alerts\n" +
			"sent after it may be sent again. All sessions end. Users who were disabled, tokens that were\n" +
			"revoked, roles that were lowered and passwords that were changed since the backup stay so;\n" +
			"users who were added since are disabled.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			if err := store.RefuseServer(c.Database); err != nil {
				return badInput(err)
			}
			err = agefile.Opened(args[0], identity, filepath.Dir(c.Database), func(readable string) error {
				if lacks, err := store.LacksLog(readable); err == nil && lacks { // Restore reports the error
					fmt.Fprint(a.errOut, lacksLog(a.lang(c), args[0]))
				}
				o.Now = a.now()
				done, err := store.Restore(cmd.Context(), c.Database, readable, o)
				if err == nil {
					a.sayRestored(a.lang(c), c.Database, args[0], done)
				}
				return err
			})
			return restoreError(err)
		},
	}
	identityFlag(cmd, &identity)
	cmd.Flags().BoolVar(&o.AcceptOldAccess, "accept-old-access", false, "restore users and tokens as they are in the backup, also those disabled or revoked since")
	return cmd
}

func (a *app) sayRestored(lang, database, backup string, done store.Restored) {
	fmt.Fprintf(a.out, say(lang, "restored_from_the_verified_backup"), database, backup)
	if done.Replaced != "" {
		fmt.Fprintf(a.out, say(lang, "the_replaced_database_is_kept"), done.Replaced)
	}
	for _, kept := range done.Kept {
		fmt.Fprintf(a.out, say(lang, "kept_from_the_replaced_database"), kept)
	}
}

// restoreError marks a FILE that is not a backup as bad input.
func restoreError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return badInput(err)
	}
	return databaseError(err)
}

// dbAcceptClockCommand resets the stored clock after the system clock was far
// ahead and has been corrected. It works beside a running daemon.
func (a *app) dbAcceptClockCommand() *cobra.Command {
	return &cobra.Command{
		Use: "accept-clock", Args: cobra.NoArgs,
		Long: "kigen does not run while the clock is more than a day behind the latest time in its database. If the clock is\n" +
			"correct now and was ahead then, this command accepts it: states and alerts decided too early are reverted.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			path := c.Database
			now := a.now()
			err = a.withOpened(cmd.Context(), store.OpenShared, path, false, func(db *store.DB) error {
				return db.AcceptClock(cmd.Context(), now)
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, say(a.lang(c), "clock_accepted_at"), store.Name(path), now.Format(time.RFC3339))
			return err
		},
	}
}

// identityFlag declares the flag for the key of an encrypted backup.
func identityFlag(cmd *cobra.Command, identity *string) {
	cmd.Flags().StringVar(identity, "identity", "", "`FILE` with the secret key of an encrypted backup, as age-keygen writes it")
}
