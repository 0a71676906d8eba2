package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/bulk"
	"kigen/cmd/kigen/internal/sheetfile"
)

// incidentImportCommand checks the whole file before it logs the first row, so
// that a bad row does not leave a partial import.
func (a *app) incidentImportCommand() *cobra.Command {
	var (
		dryRun, asJSON, history bool
		mapped                  []string
	)
	cmd := &cobra.Command{
		Use: "import FILE", Args: cobra.ExactArgs(1),
		Long: "Log the rows of a CSV or XLSX file as spreadsheets save them (UTF-8, UTF-16 or CP932; separated by commas, semicolons or tabs; - reads standard input).\n" +
			"The first line names the columns, in any order and in English or Japanese:\n" +
			sheetfile.Columns() + "\n" + sheetfile.Japanese() + "\n" +
			"vendor and title are required; a vendor is given by id or name; tags are separated by semicolons.\n" +
			"Every row is checked before the first is logged. A row whose reference its vendor has already is not logged again, and importing the same file again logs nothing twice.\n" +
			"Deadlines that passed more than a day before the import are alerted in one summary; with --history, no deadline that has passed is alerted.",
		Example: "  kigen incident import incidents.csv --dry-run\n  kigen incident import 障害一覧.xlsx --history --map '記入者=' --map '概要=title'",
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "check every row, show what would be done, and log nothing")
	cmd.Flags().BoolVar(&history, "history", false, "all of it is past: alert no deadline that has passed")
	cmd.Flags().StringArrayVar(&mapped, "map", nil, "meaning of a column, 'their column=field'; without a field, the column is left out (repeatable)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		columns, err := sheetfile.ParseMap(mapped)
		if err != nil {
			return badInput(err)
		}
		content, err := a.readFile(args[0])
		if err != nil {
			return err
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		file, err := sheetfile.Read(args[0], content, columns)
		if err != nil {
			return badInput(s.faults(err))
		}
		i := importing{session: s, cmd: cmd, file: bulk.Import{Daemon: s.daemon, File: file, Key: file.Key(), History: history}}
		return i.run(dryRun)
	}
	return cmd
}

// faults writes the faults of a file in the session's language.
func (s *session) faults(err error) error {
	var faults *sheetfile.Faults
	if !errors.As(err, &faults) {
		return err
	}
	return errors.New(faults.In(s.lang) + "\n" + say(s.lang, "nothing_was_logged"))
}

// readFile reads a file, or standard input for "-".
func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.in)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, badInput(fmt.Errorf("FILE %q: %w: use a readable file, or - for standard input", name, err))
	}
	return text, nil
}

// importing is a running import.
type importing struct {
	*session
	cmd  *cobra.Command
	file bulk.Import
}

func (i *importing) run(dryRun bool) error {
	ctx := i.cmd.Context()
	i.file.Progress = i.progress(say(i.lang, "checked"))
	previews, err := i.file.Check(ctx)
	var refused *sheetfile.Faults
	switch {
	case errors.As(err, &refused):
		return badInput(i.faults(err))
	case err != nil:
		return err
	case dryRun && i.asJSON:
		return i.printJSON(previews)
	case dryRun:
		return i.Preview(previews, i.file.File)
	}
	i.file.Progress = i.progress(say(i.lang, "logged"))
	logged, err := i.file.Log(ctx)
	if err != nil {
		return fmt.Errorf(say(i.lang, "failed_after_rows_run_the"), len(logged), err)
	}
	if i.asJSON {
		return i.printJSON(logged)
	}
	return i.Logged(logged)
}

// progress returns a function that prints how many rows are done.
func (i *importing) progress(what string) func(done int) {
	return func(done int) { fmt.Fprintf(i.errOut, "kigen: %s %d / %d\n", what, done, len(i.file.File.Rows)) }
}

// printJSON prints what the daemon answered for each row.
func (i *importing) printJSON(incidents []bulk.Incident) error {
	raw := make([][]byte, len(incidents))
	for n := range incidents {
		raw[n] = incidents[n].Source
	}
	return printRaw(i.out, bytes.Join([][]byte{[]byte("["), bytes.Join(raw, []byte(",\n")), []byte("]")}, nil))
}
