package ledger

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
)

// Write writes rows as CSV for a spreadsheet: UTF-8 with a byte order mark, headers in
// "ja" or "en".
func Write(w io.Writer, lang string, rows []Row) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = catalog.In(lang).Say("head_" + c)
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = harmless(row[c])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

var (
	begins = regexp.MustCompile(`(^|[;|\t\n][\s"]*)([=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}])`)
	marked = regexp.MustCompile(`(^|[;|\t\n][\s"]*)'([=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}])`)
)

// harmless keeps a spreadsheet from running a text as a formula, also the part behind a
// separator, at which a spreadsheet may split it.
func harmless(text string) string { return begins.ReplaceAllString(text, "$1'$2") }

// meant removes the apostrophes of harmless.
func meant(text string) string { return marked.ReplaceAllString(text, "$1$2") }

// sameCell reports whether a cell of a file holds what an export writes.
func sameCell(cell, value string) bool {
	return strings.TrimSpace(cell) == strings.TrimSpace(value) || strings.TrimSpace(cell) == strings.TrimSpace(harmless(value))
}
