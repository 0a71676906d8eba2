package deadline

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"unicode/utf8"

	"kigen/sla"
)

// Header is the minimal first line of a batch. Optional columns may follow in any
// order; start may be omitted if a moment is present.
const Header = "vendor,start"

// column identifies a field of a row.
type column uint8

const (
	columnVendor column = iota
	columnStart
	columnService
	columnImpact
	columnScope
	columnSeverity
	columnAbout
	columnMoment // base of the columns for moments: columnMoment + moment
)

// Columns lists the permitted columns of a batch.
func Columns() string {
	names := []string{"vendor", "start"}
	for _, m := range sla.Moments() {
		names = append(names, m.Field())
	}
	return strings.Join(append(names, "service", "impact", "scope", "severity", "about"), ", ")
}

// columnNamed returns the column of a name; moments are accepted without _at.
func columnNamed(name string) (column, bool) {
	switch name {
	case "vendor":
		return columnVendor, true
	case "start":
		return columnStart, true
	case "service":
		return columnService, true
	case "impact":
		return columnImpact, true
	case "scope":
		return columnScope, true
	case "severity":
		return columnSeverity, true
	case fieldAbout:
		return columnAbout, true
	}
	if m, err := sla.ParseMoment(strings.TrimSuffix(name, "_at")); err == nil {
		return columnMoment + column(m), true
	}
	return 0, false
}

// layout is the parsed header.
type layout struct {
	columns   []column
	names     []string // in lower case
	separator byte     // comma; tab or semicolon, as some spreadsheets save
}

// readHeader rejects unknown columns before any output.
func readHeader(line []byte) (*layout, error) {
	line = bytes.TrimRight(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), "\r\n") // byte order mark of spreadsheets
	refuse := func(format string, args ...any) error {
		return &LineError{Line: 1, Err: invalidRow("header", line, format, args...)}
	}
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return nil, refuse("is UTF-16 without its mark: save the file as CSV UTF-8")
	case !utf8.Valid(line):
		return nil, refuse("is not UTF-8: save the file as CSV UTF-8")
	}
	l := &layout{separator: separatorOf(line)}
	r := csv.NewReader(bytes.NewReader(line))
	r.Comma, r.TrimLeadingSpace = rune(l.separator), true
	fields, err := r.Read()
	if err != nil || len(fields) == 0 || strings.ToLower(strings.TrimSpace(fields[0])) != "vendor" {
		return nil, refuse("must be %s: make it the first line, then one row a line, such as sotas,2026-05-02T22:10+09:00", Header)
	}
	for _, field := range fields {
		name := strings.ToLower(strings.TrimSpace(field))
		c, known := columnNamed(name)
		switch {
		case !known:
			return nil, refuse("has the unknown column %q: use %s, and then any of %s", name, Header, Columns())
		case slices.Contains(l.columns, c):
			return nil, refuse("has the column %q twice: leave one of them out", name)
		}
		l.columns, l.names = append(l.columns, c), append(l.names, name)
	}
	if !slices.ContainsFunc(l.columns, func(c column) bool { return c == columnStart || c >= columnMoment }) {
		return nil, refuse("has no column for a time: it must be %s, or name a moment such as detected_at", Header)
	}
	return l, nil
}

// separatorOf detects the separator; column names contain none.
func separatorOf(line []byte) byte {
	for _, other := range []byte{'\t', ';'} {
		if bytes.IndexByte(line, other) >= 0 && bytes.IndexByte(line, ',') < 0 {
			return other
		}
	}
	return ','
}

// split splits a row into its fields, in place unless it has quotes. The fields
// are valid until the next call.
func (l *layout) split(row []byte, to [][]byte) ([][]byte, error) {
	to = to[:0]
	if bytes.IndexByte(row, '"') >= 0 {
		r := csv.NewReader(bytes.NewReader(row))
		r.Comma, r.TrimLeadingSpace = rune(l.separator), true
		fields, err := r.Read()
		if err != nil {
			return to, l.badRow(row)
		}
		for _, field := range fields {
			to = append(to, bytes.TrimSpace([]byte(field)))
		}
	} else {
		for rest := row; ; {
			end := bytes.IndexByte(rest, l.separator)
			if end < 0 {
				to = append(to, bytes.TrimSpace(rest))
				break
			}
			to = append(to, bytes.TrimSpace(rest[:end]))
			rest = rest[end+1:]
		}
	}
	// Spreadsheets pad rows with empty fields.
	for len(to) > len(l.columns) && len(to[len(to)-1]) == 0 {
		to = to[:len(to)-1]
	}
	if len(to) != len(l.columns) {
		return to, l.badRow(row)
	}
	return to, nil
}

// badRow rejects a row whose number of fields differs from the header's.
func (l *layout) badRow(row []byte) error {
	if strings.Join(l.names, ",") == Header {
		return invalidRow("row", row, "is not two CSV fields: write it as sotas,2026-05-02T22:10+09:00")
	}
	return invalidRow("row", row, "is not %d CSV fields: write it as %s, as the header has them", len(l.columns), strings.Join(l.names, string(rune(l.separator))))
}

func (c column) momentOf() sla.Moment { return sla.Moment(c - columnMoment) }
