package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
		Use: "verify [FILE]", Args: cobra.MaximumNArgs(1),
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
			verify := func(database string) (err error) {
				found, err = store.VerifyFile(cmd.Context(), database, head, a.now())
				return err
			}
			if store.IsServer(path) {
				err = verify(path)
			} else {
				err = agefile.Opened(path, identity, besides(c.Database), verify)
			}
			path = store.Name(path)
			if found.NoLog && len(args) == 1 {
				fmt.Fprint(a.errOut, lacksLog(lang, path))
			}
			if err != nil {
				return verifyError(path, err)
			}
			a.printVerified(lang, path, found)
			if head != nil {
				fmt.Fprintf(a.out, say(lang, "the_record_continues_the_one"), hash)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&hash, "head", "", "hash that kigen db head printed, or a report, backup or heartbeat carries")
	identityFlag(cmd, &identity)
	cmd.Flags().Int64Var(&count, "at", 0, "count that stood beside the hash")
	return cmd
}

// besides is the directory in which an encrypted backup is opened: that of the database.
func besides(database string) string {
	if store.IsServer(database) {
		return os.TempDir()
	}
	return filepath.Dir(database)
}

func (a *app) printVerified(lang, path string, found store.Verified) {
	if found.Migrated {
		fmt.Fprintf(a.out, say(lang, "made_by_an_older_kigen"), path)
	}
	fmt.Fprintf(a.out, say(lang, "intact"), path)
	fmt.Fprintf(a.out, say(lang, "record_of_lines_head"), found.Head.Count, found.Head.Hash)
	if !found.Newest.IsZero() {
		fmt.Fprintf(a.out, say(lang, "newest_entry"), found.Newest.Format(time.RFC3339))
	}
}

// lacksLog warns of a copy that may be incomplete.
func lacksLog(lang, path string) string {
	return fmt.Sprintf(say(lang, "note_was_not_made_by"), path)
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
		return nil, fmt.Errorf("--head: %w", err)
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
		Use: "head", Args: cobra.NoArgs,
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
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// reportSealing prints how far a migration has sealed what an older version stored.
func (a *app) reportSealing() func(int64) {
	const every = 10 * time.Second
	next := a.now().Add(every)
	return func(done int64) {
		if now := a.now(); now.After(next) {
			next = now.Add(every)
			fmt.Fprintf(a.errOut, "bringing older rows up to date: %d done\n", done)
		}
	}
}
