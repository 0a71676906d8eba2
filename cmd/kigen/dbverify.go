package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/agefile"
	"kigen/sla/record"
	"kigen/store"
)

// dbVerifyCommand exits non-zero on any finding, for use in a cron job.
func (a *app) dbVerifyCommand() *cobra.Command {
	var hash string
	var count int64
	var identity string
	cmd := &cobra.Command{
		Use: "verify [FILE]", Short: "Verify the database, every history and the record / データベースと記録を検査する", Args: cobra.MaximumNArgs(1),
		Long: "Check the configured database, or FILE, such as a backup: its pages and its schema, that every incident is\n" +
			"what its history tells, and that the record seals all of it. Nothing is written. With a head that was\n" +
			"published earlier (kigen db head), also that the database still holds the history of then.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			head, err := headOf(hash, count)
			if err != nil {
				return badInput(err)
			}
			path, lang := c.Database, a.lang(c)
			if len(args) == 1 {
				path = args[0]
			}
			var found store.Verified
			err = agefile.Opened(path, identity, filepath.Dir(c.Database), func(readable string) (err error) {
				found, err = store.VerifyFile(cmd.Context(), readable, head, a.now())
				return err
			})
			if found.NoLog && len(args) == 1 {
				fmt.Fprint(a.errOut, lacksLog(lang, path))
			}
			if err != nil {
				return verifyError(path, err)
			}
			a.printVerified(lang, path, found)
			if head != nil {
				fmt.Fprintf(a.out, say(lang, "この記録は %s の時点の続きです\n", "the record continues the one with head %s\n"), hash)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&hash, "head", "", "hash that kigen db head printed, or a report, backup or heartbeat carries")
	cmd.Flags().StringVar(&identity, "identity", "", "`FILE` with the secret key of an encrypted backup, as age-keygen writes it")
	cmd.Flags().Int64Var(&count, "at", 0, "count that stood beside the hash")
	return cmd
}

func (a *app) printVerified(lang, path string, found store.Verified) {
	if found.Migrated {
		fmt.Fprintf(a.out, say(lang, "%s: 古い形式のため、今の形式に直した複製を検査しました\n", "%s: made by an older kigen; a migrated copy was verified\n"), path)
	}
	fmt.Fprintf(a.out, say(lang, "%s: 異常はありません\n", "%s: intact\n"), path)
	fmt.Fprintf(a.out, say(lang, "記録 %d行、末尾のハッシュ %s\n", "record of %d lines, head %s\n"), found.Head.Count, found.Head.Hash)
	if !found.Newest.IsZero() {
		fmt.Fprintf(a.out, say(lang, "最後の記録 %s\n", "newest entry %s\n"), found.Newest.Format(time.RFC3339))
	}
}

// lacksLog warns of a copy that may be incomplete.
func lacksLog(lang, path string) string {
	return fmt.Sprintf(say(lang,
		"注意: %[1]s は kigen db backup で作った複製ではなく、ログ %[1]s-wal がありません。使用中のデータベースから複製したのであれば、ログにあった最近の記録が欠けています\n",
		"note: %[1]s was not made by kigen db backup and has no log %[1]s-wal beside it: if it was copied from a database in use, the newest entries, which were in the log, are missing\n"), path)
}

// headOf reads the flags of a head; nil: none is given.
func headOf(hash string, count int64) (*record.Head, error) {
	switch {
	case count < 0:
		return nil, fmt.Errorf("--at %d: give the count that stood beside the hash, 1 or more", count)
	case hash == "" && count != 0:
		return nil, fmt.Errorf("--at %d: give the hash that stood beside it with --head", count)
	case hash == "":
		return nil, nil
	}
	sum, err := record.ParseHash(hash)
	if err != nil {
		return nil, fmt.Errorf("--head %w", err)
	}
	return &record.Head{Count: count, Hash: sum}, nil
}

func verifyError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return badInput(fmt.Errorf("database %q: does not exist: name a database or a backup", path))
	}
	return databaseError(err)
}

// dbHeadCommand prints what proves later that a database still holds its history.
func (a *app) dbHeadCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "head", Short: "Print the head of the record, to keep it elsewhere / 記録の末尾(行数とハッシュ)を表示する", Args: cobra.NoArgs,
		Long: "Print count and hash of the newest line of the record. Kept where no one with access to the database can\n" +
			"change it, it proves later that the database still holds this history: kigen db verify --head HASH --at COUNT",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			return a.withDatabase(cmd.Context(), c.Database, false, func(db *store.DB) error {
				head, err := db.Head(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.out).Encode(map[string]any{"count": head.Count, "hash": head.Hash.String()})
				}
				_, err = fmt.Fprintf(a.out, "%d %s\n", head.Count, head.Hash)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON / JSONで表示する")
	return cmd
}

// reportSealing prints how far a migration has sealed what an older version stored.
func (a *app) reportSealing() func(int64) {
	const every = 10 * time.Second
	next := a.now().Add(every)
	return func(sealed int64) {
		if now := a.now(); now.After(next) {
			next = now.Add(every)
			fmt.Fprintf(a.errOut, "sealing older rows: %d lines of the record so far\n", sealed)
		}
	}
}
