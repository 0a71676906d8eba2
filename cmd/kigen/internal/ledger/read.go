package ledger

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/sla/phrase/localizer"
)

// Table is a file with rows of the register.
type Table struct {
	file *sheetfile.Table
	Rows []FileRow
	head map[string]string // the file's header by column
}

// FileRow is a row of a file, with the columns that the file has.
type FileRow struct {
	Line int
	Row
}

// Read parses a CSV or XLSX file as spreadsheets save them. Its columns stand in any order,
// under their names in English or Japanese. All that is wrong in it is returned as
// *sheetfile.Faults.
func Read(name string, data []byte) (*Table, error) {
	file, err := sheetfile.ReadTable(name, data, func(head string) bool {
		c := columnOf(head)
		return c == colFrom || c == colTo || c == colLast || c == colNext
	})
	if err != nil {
		return nil, err
	}
	t := &Table{file: file, head: map[string]string{}}
	faults := &sheetfile.Faults{File: name, Sheet: file.Sheet}
	at := make([]string, len(file.Head))
	for i, head := range file.Head {
		c := columnOf(head)
		switch _, twice := t.head[c]; {
		case head == "":
		case c == "":
			faults.List = append(faults.List, sheetfile.Fault{Line: 1, Column: head, Text: localizer.Messagef("is no column of the register: use %s", strings.Join(columns, ", "))})
		case twice:
			faults.List = append(faults.List, sheetfile.Fault{Line: 1, Column: head, Text: localizer.Messagef("appears twice: keep one")})
		default:
			at[i], t.head[c] = c, head
		}
	}
	if _, has := t.head[colVendor]; !has && len(faults.List) == 0 {
		faults.List = append(faults.List, sheetfile.Fault{Line: 1, Text: localizer.Messagef("has no column vendor: add one with the id of each vendor")})
	}
	if len(faults.List) > 0 {
		return nil, faults
	}
	for _, cells := range file.Rows {
		row := FileRow{cells.Line, Row{}}
		for i, c := range at {
			if slices.Contains(imported, c) {
				row.Row[c] = cells.Text[i]
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// columnOf returns the column that a header means; empty: none.
func columnOf(head string) string {
	wanted := plain(head)
	for _, c := range columns {
		if wanted == plain(c) || wanted == plain(catalog.In("ja").Say("head_"+c)) || wanted == plain(catalog.In("en").Say("head_"+c)) {
			return c
		}
	}
	return ""
}

// plain is a header as comparisons see it.
func plain(head string) string {
	return strings.NewReplacer(" ", "", "_", "").Replace(strings.ToLower(norm.NFKC.String(head)))
}
