package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"kigen/store"
)

// dbCopyCommand moves an installation from a file to a PostgreSQL server, or back.
func (a *app) dbCopyCommand() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "copy", Args: cobra.NoArgs,
		Long: "Copy all data from a file to an empty database on a PostgreSQL server, or from there to a new file. Stop kigen\n" +
			"first. Both are verified and compared row by row and by the head of the record; after an error the target is\n" +
			"as empty as before. --from or --to may be left out: it is then the configured database, whose URL can take\n" +
			"its password from the environment. Afterwards set database: to the target; never start both.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" && to == "" {
				return badInput(errors.New("--from, --to: give at least one of them, such as --from kigen.db; the other one is the configured database"))
			}
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			source, target := from, to
			if source == "" {
				source = c.Database
			}
			if target == "" {
				target = c.Database
			}
			done, err := store.Copy(cmd.Context(), source, target, a.now(), a.reportCopying(a.lang(c)))
			if err != nil {
				return copyError(source, err)
			}
			fmt.Fprintf(a.out, say(a.lang(c), "copied_to"), store.Name(target), store.Name(source), done.Rows, done.Tables)
			fmt.Fprintf(a.out, say(a.lang(c), "record_of_lines_head"), done.Head.Count, done.Head.Hash)
			_, err = fmt.Fprintf(a.out, say(a.lang(c), "copied_next"), store.Name(target), store.Name(source))
			return err
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "`DATABASE` to copy: a file, or a postgres:// URL; default: the configured one")
	cmd.Flags().StringVar(&to, "to", "", "empty `DATABASE` to copy to: a new file, or a postgres:// URL; default: the configured one")
	return cmd
}

// copyError marks a database that can't be copied from or to as bad input.
func copyError(source string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) && !store.IsServer(source) && !exists(source):
		return badInput(fmt.Errorf("database %q: does not exist: name a database or a backup", source))
	case errors.Is(err, store.ErrNotEmpty), errors.Is(err, store.ErrSameKind):
		return badInput(err)
	}
	return databaseError(err)
}

// reportCopying prints what is verified, and how far a copy is where it takes long.
func (a *app) reportCopying(lang string) store.CopyProgress {
	const every = 10 * time.Second
	next := a.now().Add(every)
	return func(part store.CopyPart, table string, rows int64) {
		now := a.now()
		switch {
		case table == "":
			fmt.Fprint(a.errOut, say(lang, "copying_"+string(part)))
		case now.After(next):
			fmt.Fprintf(a.errOut, say(lang, "copying_"+string(part)), table, rows)
		default:
			return
		}
		next = now.Add(every)
	}
}
