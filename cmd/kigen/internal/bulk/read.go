package bulk

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// columns are the columns that a file may have, by the API's names; vendor and
// title come first and must be there.
var columns = [...]string{
	"vendor", "title", "service", "description", "impact", "scope", "severity",
	"occurred_at", "detected_at", "confirmed_at", "declared_at", "noticed_at", "reference", "tags",
}

// required is how many of the columns must be there.
const required = 2

// Columns lists the columns that a file may have, as a person reads them.
func Columns() string { return strings.Join(columns[:], ", ") }

// Row is one incident of a file and where it stands there.
type Row struct {
	Line int            // where it begins
	Body map[string]any // as the API takes it
	size int            // in bytes, in a request
}

// Read reads a whole file, or names each line that can't be read.
func Read(name string, text []byte) ([]Row, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if line := notUTF8(text); line > 0 {
		return nil, fmt.Errorf("%s, line %d: is not UTF-8: save it as CSV UTF-8", name, line)
	}
	r := csv.NewReader(bytes.NewReader(text))
	header, err := r.Read()
	if err != nil {
		line, cause := broken(err)
		return nil, fmt.Errorf("%s, line %d: %w: begin with the names of the columns, such as vendor,title,occurred_at", name, line, cause)
	}
	if err := checkColumns(header); err != nil {
		line, _ := r.FieldPos(0)
		return nil, fmt.Errorf("%s, line %d: %w", name, line, err)
	}
	var rows []Row
	var wrong []error
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, cause := broken(err)
			wrong = append(wrong, fmt.Errorf("%s, line %d: %w: give %d columns, and quote texts that hold commas or line breaks", name, line, cause, len(header)))
			if !errors.Is(err, csv.ErrFieldCount) {
				break // after a lost quote nothing is where it seems
			}
			continue
		}
		line, _ := r.FieldPos(0)
		row := newRow(line, header, record)
		if row.size > longestRow {
			wrong = append(wrong, fmt.Errorf("%s, line %d: holds more than any incident may: shorten its texts, or look for a quote that is missing", name, line))
			continue
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 && len(wrong) == 0 {
		wrong = append(wrong, fmt.Errorf("%s: holds no row below its header: add one a line", name))
	}
	return rows, errors.Join(wrong...)
}

// broken says where the row begins that can't be read, and why it can't. A
// quote that is missing shows only where the file ends.
func broken(err error) (line int, cause error) {
	var at *csv.ParseError
	if errors.As(err, &at) {
		return at.StartLine, at.Err
	}
	return 1, err // an empty file
}

// notUTF8 is the first line that is none; 0: all are.
func notUTF8(text []byte) int {
	line := 1
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			return line
		case r == '\n':
			line++
		}
		at += size
	}
	return 0
}

// checkColumns names every column that is not as it should be, and leaves the
// header in small letters.
func checkColumns(header []string) error {
	var wrong []string
	for i, column := range header {
		header[i] = strings.ToLower(strings.TrimSpace(column))
		switch {
		case !slices.Contains(columns[:], header[i]):
			wrong = append(wrong, fmt.Sprintf("column %q: is not known: use %s", column, Columns()))
		case slices.Contains(header[:i], header[i]):
			wrong = append(wrong, fmt.Sprintf("column %q: stands twice: leave one of them out", column))
		}
	}
	for _, must := range columns[:required] {
		if !slices.Contains(header, must) {
			wrong = append(wrong, fmt.Sprintf("column %q: is missing: add it", must))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "; "))
}

// newRow leaves empty cells out, so that they mean what absent fields mean.
func newRow(line int, header, record []string) Row {
	row := Row{Line: line, Body: map[string]any{"vendor": "", "title": ""}}
	for i, value := range record {
		switch value = strings.TrimSpace(value); {
		case value == "":
		case header[i] == "tags":
			row.Body["tags"] = strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == '\uff1b' })
		default:
			row.Body[header[i]] = value
		}
	}
	text, err := json.Marshal(row.Body)
	if err != nil {
		panic("bulk: " + err.Error()) // plain texts
	}
	row.size = len(text) + 1
	return row
}

// Bounds of one request, below what the daemon takes.
const (
	mostRows   = 1000
	mostBytes  = 4 << 20
	longestRow = 1 << 20 // bytes; an incident with every text as long as may be is half of that
)

// cut makes requests of a size that the daemon takes.
func cut(rows []Row) [][]Row {
	var parts [][]Row
	from, size := 0, 0
	for i, row := range rows {
		if i > from && (i-from == mostRows || size+row.size > mostBytes) {
			parts = append(parts, rows[from:i])
			from, size = i, 0
		}
		size += row.size
	}
	return append(parts, rows[from:])
}
