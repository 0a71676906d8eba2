package calendar

import (
	"bytes"
	_ "embed" // the official list of holidays
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// officialList holds the holidays of Japan from 1955 to 2027 as the Cabinet
// Office lists them, in UTF-8, with the header date,name and ISO dates.
//
//go:embed jp-holidays-1955-2027.csv
var officialList string

// OfficialJapanYears are the first and the last year of the built-in official list.
func OfficialJapanYears() (first, last int) { return firstListedYear, lastListedYear }

const (
	maxListSize     = 1 << 20 // the published file has 21 kB
	maxListProblems = 20
	maxNameLength   = 200 // bytes
)

// ReadOfficialJapan reads the list of Japanese holidays that the Cabinet Office
// publishes as CSV: in Shift_JIS with the header 国民の祝日・休日月日,… and dates
// like 1955/1/1, or in UTF-8 with the header date,name and dates like
// 1955-01-01. It detects the encoding from the bytes and the form of each date from
// the date. For days that the list calls only 休日 see [Japan].
// An error names the line, the value and the remedy, for every bad line.
func ReadOfficialJapan(r io.Reader) (Holidays, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxListSize+1))
	if err != nil {
		return nil, fmt.Errorf("official list of holidays: %w", err)
	}
	if len(raw) > maxListSize {
		return nil, fmt.Errorf("official list of holidays: more than %d bytes; give the Cabinet Office's CSV file", maxListSize)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		// The decoder writes U+FFFD for bytes that it cannot decode; the check of names
		// reports them by line.
		if raw, err = japanese.ShiftJIS.NewDecoder().Bytes(raw); err != nil {
			return nil, fmt.Errorf("official list of holidays: neither UTF-8 nor Shift_JIS: %w", err)
		}
	}
	var list listReader
	list.read(csv.NewReader(bytes.NewReader(raw)))
	if len(list.problems) > 0 {
		return nil, errors.Join(list.problems...)
	}
	return list.names.classify(), nil
}

// listNames holds the names in the official list, unchanged.
type listNames map[Date]string

type listReader struct {
	names    listNames
	problems []error
}

func (l *listReader) add(line int, value, remedy string) {
	l.problems = append(l.problems, fmt.Errorf("official list of holidays, line %d: %q: %s", line, value, remedy))
}

func (l *listReader) read(rows *csv.Reader) {
	rows.FieldsPerRecord = -1 // checked below, with the number of the line
	l.names = listNames{}
	for first := true; len(l.problems) < maxListProblems; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			if len(l.names) == 0 && len(l.problems) == 0 {
				l.add(1, "", "the list is empty; give the Cabinet Office's CSV file")
			}
			return
		}
		if err != nil {
			l.problems = append(l.problems, fmt.Errorf("official list of holidays: %w; each line must be a date, a comma and a name", err))
			return
		}
		line, _ := rows.FieldPos(0)
		if first {
			l.header(line, row)
		} else {
			l.row(line, row)
		}
	}
}

func (l *listReader) header(line int, row []string) {
	known := len(row) == 2 &&
		(row[0] == "date" && row[1] == "name" || strings.HasPrefix(row[0], "国民の祝日") && strings.HasPrefix(row[1], "国民の祝日"))
	if !known {
		l.add(line, strings.Join(row, ","), "must be the header 国民の祝日・休日月日,国民の祝日・休日名称 or date,name")
	}
}

func (l *listReader) row(line int, row []string) {
	if len(row) != 2 {
		l.add(line, strings.Join(row, ","), "must be a date, a comma and a name")
		return
	}
	date, ok := parseListDate(row[0])
	if !ok {
		l.add(line, row[0], fmt.Sprintf("must be a day from %d to %d, written like 2026/5/6 or 2026-05-06", firstListedYear, maxYear))
		return
	}
	name := row[1]
	if name == "" || len(name) > maxNameLength || strings.ContainsFunc(name, unreadable) {
		l.add(line, name, "must be the name of a holiday, in UTF-8 or Shift_JIS")
		return
	}
	if other, ok := l.names[date]; ok {
		l.add(line, row[0], fmt.Sprintf("is listed twice; %s is the first entry", other))
		return
	}
	l.names[date] = name
}

func unreadable(r rune) bool { return r == utf8.RuneError || r < ' ' || r == 0x7f }

func parseListDate(s string) (Date, bool) {
	layout := time.DateOnly
	if strings.Contains(s, "/") {
		layout = "2006/1/2"
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < firstListedYear || t.Year() > maxYear {
		return 0, false
	}
	return NewDate(t.Date()), true
}
