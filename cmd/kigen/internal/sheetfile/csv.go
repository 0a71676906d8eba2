package sheetfile

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"kigen/sla/phrase/localizer"
)

// record is one row as the file holds it.
type record struct {
	line  int
	cells []string
	// shown are the cells as a spreadsheet shows them; nil: as in cells.
	shown []string
}

func (r *record) empty() bool {
	for _, cell := range r.cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// separators are tried in this order; the first line decides.
const separators = ",;\t"

// separatorOf returns the separator that makes the most headers known and, among
// those, the most columns.
func separatorOf(text string, m Map) rune {
	best, score := rune(separators[0]), -1
	for _, separator := range separators {
		names, err := newReader(text, separator).Read()
		if err != nil {
			continue
		}
		if s := known(names, m)*1000 + min(len(names), 999); s > score {
			best, score = separator, s
		}
	}
	return best
}

func newReader(text string, separator rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator, -1
	return r
}

// declared returns the separator of a first line such as sep=; which spreadsheets
// write and read, and the text with that line blank.
func declared(text string) (separator rune, rest string, ok bool) {
	first, rest, found := strings.Cut(text, "\n")
	value, ok := strings.CutPrefix(strings.ToLower(strings.Trim(first, "\r\" ")), "sep=")
	if !ok || !found || len(value) != 1 || !strings.Contains(separators, value) {
		return 0, text, false
	}
	return rune(value[0]), "\n" + rest, true
}

// readCSV parses all rows that are not empty.
func readCSV(text string, m Map) (records []record, faults []Fault) {
	separator, text, ok := declared(text)
	if !ok {
		separator = separatorOf(text, m)
	}
	r := newReader(text, separator)
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, faults
		}
		if err != nil { // after a missing quote later positions are unreliable
			return records, append(faults, brokenCSV(err))
		}
		line, _ := r.FieldPos(0)
		if rec := (record{line: line, cells: cells}); !rec.empty() {
			records = append(records, rec)
		}
	}
}

// brokenCSV names the line where the unreadable row begins. A missing quote is only
// detected at the end of the file.
func brokenCSV(err error) Fault {
	line, cause := 1, err
	var at *csv.ParseError
	if errors.As(err, &at) {
		line, cause = at.StartLine, at.Err
	}
	return Fault{Line: line, Text: localizer.Messagef("%s: quote texts that hold commas or line breaks", cause)}
}
