package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/bulk"
	"kigen/cmd/kigen/internal/client"
)

// incidentImportCommand checks the whole file before it logs the first row: a
// list that is half in is worse than one that is not in at all.
func (a *app) incidentImportCommand() *cobra.Command {
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Log the rows of a CSV file, all or none / CSVから登録する", Args: cobra.ExactArgs(1),
		Long: "Log the rows of a CSV file (UTF-8; - reads standard input). The first line names the columns, in any order:\n" +
			bulk.Columns() + "; vendor and title are required, tags are separated by semicolons.\n" +
			"Every row is checked before the first is logged. The same file again logs nothing twice.",
		Example: "  kigen incident import incidents.csv --dry-run",
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "check every row and log nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := a.readFile(args[0])
		if err != nil {
			return err
		}
		rows, err := bulk.Read(args[0], text)
		if err != nil {
			return badInput(err)
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		i := importing{session: s, cmd: cmd, file: bulk.Import{
			Daemon: s.daemon, Name: args[0], Rows: rows, Key: "import-" + hex.EncodeToString(sum[:12]),
		}}
		return i.run(dryRun)
	}
	return cmd
}

// readFile reads a file, or standard input for a dash.
func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.in)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, badInput(fmt.Errorf("FILE %q: %w: give a readable file, or - for standard input", name, err))
	}
	return text, nil
}

// importing is one import at work.
type importing struct {
	*session
	cmd  *cobra.Command
	file bulk.Import
}

// run checks the whole file, then logs it.
func (i *importing) run(dryRun bool) error {
	ctx, rows := i.cmd.Context(), len(i.file.Rows)
	i.file.Progress = i.progress(say(i.lang, "確認", "checked"))
	err := i.file.Check(ctx)
	var refused *bulk.RefusedError
	switch {
	case errors.As(err, &refused):
		return badInput(errors.Join(err, errors.New(say(i.lang, "何も登録していません", "nothing was logged"))))
	case err != nil:
		return err
	case dryRun:
		_, err := fmt.Fprintf(i.out, say(i.lang, "%d行すべて登録できます。まだ何も登録していません\n", "all %d rows can be logged; nothing was logged\n"), rows)
		return err
	}
	i.file.Progress = i.progress(say(i.lang, "登録", "logged"))
	logged, err := i.file.Log(ctx)
	if err != nil {
		return fmt.Errorf(say(i.lang, "%d行を登録したところで失敗しました(同じコマンドをもう一度実行すると続きから登録します): %w", "failed after %d rows (the same command again goes on from there): %w"), len(logged), err)
	}
	return i.report(logged)
}

// progress says how far a long file is.
func (i *importing) progress(what string) func(done int) {
	return func(done int) { fmt.Fprintf(i.errOut, "kigen: %s %d / %d\n", what, done, len(i.file.Rows)) }
}

// report says what was logged.
func (i *importing) report(logged []json.RawMessage) error {
	if i.asJSON {
		return printRaw(i.out, bytes.Join([][]byte{[]byte("["), bytes.Join(rawBytes(logged), []byte(",\n")), []byte("]")}, nil))
	}
	var first, last struct {
		ID string `json:"id"`
	}
	if err := errors.Join(client.Decode(logged[0], &first), client.Decode(logged[len(logged)-1], &last)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(i.out, say(i.lang, "%d件を登録しました(%s から %s)\n", "logged %d incidents (%s to %s)\n"), len(logged), first.ID, last.ID)
	return err
}
