package sheetfile

import (
	"strings"

	"kigen/sla/phrase/localizer"
)

// Table is the cells of a file whose columns another package knows.
type Table struct {
	Name  string
	Sheet bool // a spreadsheet: its lines are rows
	Head  []string
	Rows  []Cells
}

// Cells are one row of a Table.
type Cells struct {
	Line int      // where it begins
	Text []string // as a person sees them, dates as 2026-05-01
}

// ReadTable parses a CSV or XLSX file as Read does, and leaves the meaning of its columns to
// the caller: isDate tells by the header which ones hold dates. All that is wrong in the
// file is returned as *Faults.
func ReadTable(name string, raw []byte, isDate func(head string) bool) (*Table, error) {
	faults := &Faults{File: name, Sheet: isXLSX(raw)}
	records, p := parse(raw, nil, faults)
	if len(records) == 0 && len(faults.List) == 0 {
		faults.add(Fault{Line: 1, Text: localizer.Messagef("is empty: start with the column names")})
	}
	if len(records) == 0 {
		return nil, faults
	}
	table := &Table{Name: name, Sheet: faults.Sheet}
	head := records[0]
	p.decodable(&head, nil, faults)
	for _, cell := range head.shownCells() {
		table.Head = append(table.Head, strings.Join(strings.Fields(cell), " "))
	}
	h := &header{names: table.Head}
	for i := range records[1:] {
		rec := &records[1+i]
		if rec.fits(h, table.Sheet, faults) && p.decodable(rec, h, faults) {
			table.Rows = append(table.Rows, Cells{rec.line, p.texts(rec, table.Head, isDate)})
		}
	}
	if len(faults.List) > 0 {
		return nil, faults
	}
	return table, nil
}

// texts are the cells of a record, one for each header.
func (p *parser) texts(rec *record, head []string, isDate func(string) bool) []string {
	shown := rec.shownCells()
	texts := make([]string, len(head))
	for i := range min(len(head), len(shown)) {
		texts[i] = strings.TrimSpace(strings.ReplaceAll(shown[i], "\r\n", "\n"))
		if rec.shown != nil && i < len(rec.cells) && isDate(head[i]) {
			texts[i] = dateOf(rec.cells[i], texts[i], p.from1904)
		}
	}
	return texts
}
