package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
)

// Bounds of one request, below what the daemon takes.
const (
	importRows  = 1000
	importBytes = 4 << 20
)

// importColumns are the columns that a file may have, by the API's names.
var importColumns = [...]string{
	"vendor", "title", "service", "description", "impact", "scope", "severity",
	"occurred_at", "detected_at", "confirmed_at", "declared_at", "noticed_at", "reference", "tags",
}

// incidentImportCommand checks the whole file before it logs the first row: a
// list that is half in is worse than one that is not in at all.
func (a *app) incidentImportCommand() *cobra.Command {
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Log the rows of a CSV file, all or none / CSVから登録する", Args: cobra.ExactArgs(1),
		Long: "Log the rows of a CSV file (UTF-8; - reads standard input). The first line names the columns, in any order:\n" +
			strings.Join(importColumns[:], ", ") + "; vendor and title are required, tags are separated by semicolons.\n" +
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
		rows, err := readRows(args[0], text)
		if err != nil {
			return badInput(err)
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		i := importing{session: s, cmd: cmd, file: args[0], key: "import-" + hex.EncodeToString(sum[:12])}
		return i.run(cut(rows), len(rows), dryRun)
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

// importRow is one incident of the file and where it stands there.
type importRow struct {
	line int
	body map[string]any
	size int
}

// readRows reads the whole file, or names each line that can't be read.
func readRows(name string, text []byte) ([]importRow, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: is not UTF-8: save it as CSV UTF-8", name)
	}
	r := csv.NewReader(bytes.NewReader(text))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s, line 1: %w: begin with the names of the columns, such as vendor,title,occurred_at", name, err)
	}
	if err := checkColumns(header); err != nil {
		return nil, fmt.Errorf("%s, line 1: %w", name, err)
	}
	var rows []importRow
	var wrong []error
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s, %w: give %d columns, and quote texts that hold commas or line breaks", name, err, len(header)))
			if !errors.Is(err, csv.ErrFieldCount) {
				break // after a lost quote nothing is where it seems
			}
			continue
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, newRow(line, header, record))
	}
	if len(rows) == 0 && len(wrong) == 0 {
		wrong = append(wrong, fmt.Errorf("%s: holds no row below its header: add one a line", name))
	}
	return rows, errors.Join(wrong...)
}

func checkColumns(header []string) error {
	var wrong []error
	for i, column := range header {
		header[i] = strings.ToLower(strings.TrimSpace(column))
		switch {
		case !slices.Contains(importColumns[:], header[i]):
			wrong = append(wrong, fmt.Errorf("column %q: is not known: use %s", column, strings.Join(importColumns[:], ", ")))
		case slices.Contains(header[:i], header[i]):
			wrong = append(wrong, fmt.Errorf("column %q: stands twice: leave one of them out", column))
		}
	}
	for _, must := range importColumns[:2] {
		if !slices.Contains(header, must) {
			wrong = append(wrong, fmt.Errorf("column %q: is missing: add it", must))
		}
	}
	return errors.Join(wrong...)
}

// newRow leaves empty cells out, so that they mean what absent fields mean.
func newRow(line int, header, record []string) importRow {
	row := importRow{line: line, body: map[string]any{"vendor": "", "title": ""}}
	for i, value := range record {
		value = strings.TrimSpace(value)
		row.size += len(value) + len(header[i]) + 8
		switch {
		case value == "":
		case header[i] == "tags":
			row.body["tags"] = strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == '\uff1b' })
		default:
			row.body[header[i]] = value
		}
	}
	return row
}

// cut makes requests of a size that the daemon takes.
func cut(rows []importRow) [][]importRow {
	var parts [][]importRow
	from, size := 0, 0
	for i, row := range rows {
		if i > from && (i-from == importRows || size+row.size > importBytes) {
			parts = append(parts, rows[from:i])
			from, size = i, 0
		}
		size += row.size
	}
	return append(parts, rows[from:])
}

// importing is one import at work.
type importing struct {
	*session
	cmd  *cobra.Command
	file string
	key  string
}

// run checks all parts, then logs them. A daemon that goes away in between
// leaves the rest out: the same command again goes on where it stopped, because
// each part has its key.
func (i *importing) run(parts [][]importRow, rows int, dryRun bool) error {
	var wrong []error
	for n, part := range parts {
		if _, err := i.send(part, "", true); err != nil {
			problems, ok := i.problems(part, err)
			if !ok {
				return err
			}
			wrong = append(wrong, problems...)
		}
		i.progress(parts, n, rows, say(i.lang, "確認", "checked"))
	}
	if len(wrong) > 0 {
		wrong = append(wrong, errors.New(say(i.lang, "何も登録していません", "nothing was logged")))
		return badInput(errors.Join(wrong...))
	}
	if dryRun {
		_, err := fmt.Fprintf(i.out, say(i.lang, "%d行すべて登録できます。まだ何も登録していません\n", "all %d rows can be logged; nothing was logged\n"), rows)
		return err
	}
	var logged []json.RawMessage
	for n, part := range parts {
		answer, err := i.send(part, i.key+"-"+strconv.Itoa(n), false)
		if err != nil {
			return fmt.Errorf(say(i.lang, "%d行を登録したところで失敗しました(同じコマンドをもう一度実行すると続きから登録します): %w", "failed after %d rows (the same command again goes on from there): %w"), len(logged), err)
		}
		logged = append(logged, answer...)
		i.progress(parts, n, rows, say(i.lang, "登録", "logged"))
	}
	return i.report(logged)
}

// send asks the daemon to check or to log one part.
func (i *importing) send(part []importRow, key string, dryRun bool) ([]json.RawMessage, error) {
	bodies := make([]map[string]any, len(part))
	for n, row := range part {
		bodies[n] = row.body
	}
	request := client.Request{Method: http.MethodPost, Path: "/incidents/batch", Query: url.Values{}, Body: map[string]any{"incidents": bodies}}
	if dryRun {
		request.Query.Set("dry_run", "true")
	} else {
		request.Header = http.Header{"Idempotency-Key": {key}}
	}
	body, err := i.daemon.Do(i.cmd.Context(), request)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Incidents []json.RawMessage `json:"incidents"`
	}
	return answer.Incidents, client.Decode(body, &answer)
}

// place reads which incident of a request a location means, and which field.
func place(location string) (n int, field string, ok bool) {
	rest, found := strings.CutPrefix(location, "body.incidents[")
	number, field, closed := strings.Cut(rest, "]")
	n, err := strconv.Atoi(number)
	return n, strings.TrimPrefix(field, "."), found && closed && err == nil
}

// problems names the file's line of every field that was refused; false: the
// refusal was of something else.
func (i *importing) problems(part []importRow, err error) ([]error, bool) {
	var refused *client.Problem
	if !errors.As(err, &refused) || len(refused.Errors) == 0 {
		return nil, false
	}
	places := slices.Clone(refused.Errors)
	var wrong []error
	slices.SortStableFunc(places, func(a, b client.FieldProblem) int {
		first, _, _ := place(a.Location)
		second, _, _ := place(b.Location)
		return cmp.Compare(first, second)
	})
	for _, e := range places {
		n, field, ok := place(e.Location)
		if !ok || n >= len(part) {
			return nil, false
		}
		value := ""
		if e.Value != nil {
			value = fmt.Sprintf(" %q", fmt.Sprint(e.Value))
		}
		wrong = append(wrong, fmt.Errorf("%s, line %d: %s%s: %s", i.file, part[n].line, field, value, e.Message))
	}
	return wrong, true
}

// progress says how far a long file is; a short one needs no such line.
func (i *importing) progress(parts [][]importRow, n, rows int, done string) {
	if len(parts) < 2 {
		return
	}
	upTo := 0
	for _, part := range parts[:n+1] {
		upTo += len(part)
	}
	fmt.Fprintf(i.errOut, "kigen: %s %d / %d\n", done, upTo, rows)
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
