package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/bulk"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/sla/phrase"
)

// incidentImportCommand checks the whole file before it logs the first row, so
// that a bad row does not leave a partial import.
func (a *app) incidentImportCommand() *cobra.Command {
	var (
		dryRun, asJSON, history bool
		mapped                  []string
	)
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Log the rows of a CSV or Excel file, all or none / CSV・Excelからまとめて登録する", Args: cobra.ExactArgs(1),
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
	return errors.New(faults.In(s.lang) + "\n" + say(s.lang, "何も登録していません", "nothing was logged"))
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
	i.file.Progress = i.progress(say(i.lang, "確認", "checked"))
	previews, err := i.file.Check(ctx)
	var refused *sheetfile.Faults
	switch {
	case errors.As(err, &refused):
		return badInput(i.faults(err))
	case err != nil:
		return err
	case dryRun:
		return i.preview(previews)
	}
	i.file.Progress = i.progress(say(i.lang, "登録", "logged"))
	logged, err := i.file.Log(ctx)
	if err != nil {
		return fmt.Errorf(say(i.lang, "%d行を登録したところで失敗しました(同じコマンドをもう一度実行すると続きから登録します): %w", "failed after %d rows (run the same command again to continue from there): %w"), len(logged), err)
	}
	return i.report(logged)
}

// preview prints what would be logged.
func (i *importing) preview(previews []bulk.Incident) error {
	if i.asJSON {
		return i.printJSON(previews)
	}
	var shown table
	shown.add(strings.Fields(say(i.lang, "行 ベンダー 件名 期限 状態 処理", "LINE VENDOR TITLE DUE STATE ACTION"))...)
	for n, inc := range previews {
		due, done := "–", say(i.lang, "登録する", "would be logged")
		if inc.Due != nil {
			due = phrase.Instant(i.lang, inc.Due.In(i.config.Timezone), time.Time{})
		}
		if inc.Before {
			done = fmt.Sprintf(say(i.lang, "登録済み(%s)", "logged before (%s)"), inc.ID)
		}
		shown.add(strconv.Itoa(i.file.File.Rows[n].Line), inc.Vendor, phrase.Line(inc.Title), due, phrase.State(i.lang, inc.State), done)
	}
	if err := shown.print(i.out); err != nil {
		return err
	}
	before := bulk.Before(previews)
	_, err := fmt.Fprintf(i.out, say(i.lang, "%d行すべて登録できます(うち登録済み%d行)。まだ何も登録していません\n", "all %d rows can be logged (%d were logged before); nothing was logged\n"), len(previews), before)
	return err
}

// progress returns a function that prints how many rows are done.
func (i *importing) progress(what string) func(done int) {
	return func(done int) { fmt.Fprintf(i.errOut, "kigen: %s %d / %d\n", what, done, len(i.file.File.Rows)) }
}

// report prints the logged incidents.
func (i *importing) report(logged []bulk.Incident) error {
	if i.asJSON {
		return i.printJSON(logged)
	}
	before := bulk.Before(logged)
	var err error
	if fresh := slices.DeleteFunc(slices.Clone(logged), func(inc bulk.Incident) bool { return inc.Before }); len(fresh) > 0 {
		_, err = fmt.Fprintf(i.out, say(i.lang, "%d件を登録しました(%s から %s)\n", "logged %d incidents (%s to %s)\n"), len(fresh), fresh[0].ID, fresh[len(fresh)-1].ID)
	}
	if err == nil && before > 0 {
		_, err = fmt.Fprintf(i.out, say(i.lang, "%d件は登録済みのため、何も変更していません\n", "%d incidents were logged before: nothing was changed\n"), before)
	}
	return err
}

// printJSON prints what the daemon answered for each row.
func (i *importing) printJSON(incidents []bulk.Incident) error {
	raw := make([][]byte, len(incidents))
	for n := range incidents {
		raw[n] = incidents[n].Source
	}
	return printRaw(i.out, bytes.Join([][]byte{[]byte("["), bytes.Join(raw, []byte(",\n")), []byte("]")}, nil))
}
