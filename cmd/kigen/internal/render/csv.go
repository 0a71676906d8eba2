package render

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/report"
)

const byteOrderMark = "\ufeff"

// CSVOptions selects the table and its encoding. The zero value is the table of
// vendors.
type CSVOptions struct {
	Table string // one of Tables; empty: vendors
	BOM   bool   // write a byte order mark, for spreadsheets that otherwise assume a local code page
}

// CSV writes one table as RFC 4180 in UTF-8. The table of vendors ends with a row
// of totals. Lengths are whole seconds, instants are RFC 3339 in the period's
// zone, rates are percentages with one decimal, missing values are empty. Texts
// that a spreadsheet would run as a formula get a leading apostrophe.
func CSV(w io.Writer, r report.Report, lang string, o CSVOptions) error {
	texts, err := newTexts(lang, r.Period)
	if err != nil {
		return err
	}
	a := &builder{texts: texts, report: &r}
	table := o.Table
	if table == "" {
		table = sheetNames[0]
	}
	s, err := a.sheet(table)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(w)
	if o.BOM {
		if _, err := buffered.WriteString(byteOrderMark); err != nil {
			return err
		}
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	if err := out.Write(a.csvHead(s.columns)); err != nil {
		return err
	}
	record := make([]string, len(s.columns))
	for values := range s.rows {
		for i, value := range values {
			record[i] = a.csvValue(value)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	if a.err != nil {
		return a.err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func (a *builder) csvHead(columns []sheetColumn) []string {
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = a.text("csv_" + c.key)
		if unit := c.kind.unit(); unit != "" {
			head[i] += a.text(unit)
		}
	}
	return head
}

func (a *builder) csvValue(value any) string {
	switch v := value.(type) {
	case string:
		return harmless(phrase.Lines(v))
	case int:
		return strconv.Itoa(v)
	case bool:
		return a.yesNo(v)
	case report.Share:
		if v.Due == 0 {
			return ""
		}
		return tenths(v)
	case *int64:
		if v == nil {
			return ""
		}
		return strconv.FormatInt(*v, 10)
	case *float64:
		if v == nil {
			return ""
		}
		return fmt.Sprintf("%.1f", *v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(time.RFC3339)
	default:
		return ""
	}
}

func (a *builder) yesNo(v bool) string {
	if v {
		return a.text("yes")
	}
	return a.text("no")
}

var splitFormula = regexp.MustCompile(`([;|\t][\s"]*)([=+\-@＝＋－＠])`)

// harmless keeps a spreadsheet from running a text as a formula. Japanese
// spreadsheets also accept full-width signs as the start of one. Where a list separator
// is a semicolon, a spreadsheet splits a text at it, and the rest begins a cell.
func harmless(text string) string {
	text = splitFormula.ReplaceAllString(text, "$1'$2")
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}
