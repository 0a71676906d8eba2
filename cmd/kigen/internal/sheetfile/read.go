package sheetfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kigen/sla/phrase/localizer"

	"golang.org/x/text/unicode/norm"
)

// File is the incidents of a file.
type File struct {
	Name  string
	Sheet bool // a spreadsheet: its lines are rows
	Rows  []Row
	heads map[string]string // header by field
}

// Row is one incident of a file.
type Row struct {
	Line int            // where it begins
	Body map[string]any // of the API: an incident of a batch
	Size int            // of the encoded body in bytes
}

// Head is the file's header of a field, with the field where they differ.
func (f *File) Head(field string) string {
	head, ok := f.heads[field]
	if !ok || strings.EqualFold(head, field) {
		return field
	}
	return head + " (" + field + ")"
}

// LongestRow bounds the encoded body of an incident. One with every text at its
// maximum is half of that.
const LongestRow = 1 << 20

// Read parses a whole file. All that is wrong in it is returned as *Faults.
func Read(name string, raw []byte, m Map) (*File, error) {
	faults := &Faults{File: name, Sheet: isXLSX(raw)}
	records, p := parse(raw, m, faults)
	if len(records) == 0 && len(faults.List) == 0 {
		faults.add(Fault{Line: 1, Text: localizer.Messagef("is empty: start with the column names, such as vendor,title,occurred_at")})
	}
	if len(records) == 0 {
		return nil, faults
	}
	file := &File{Name: name, Sheet: faults.Sheet, heads: map[string]string{}}
	head := records[0]
	if p.decodable(&head, nil, faults); len(faults.List) > 0 && faults.List[0].Line == head.line {
		return nil, faults
	}
	h, wrong := readHeader(head.shownCells(), head.line, m)
	if len(wrong) > 0 {
		faults.List = wrong // rows without a meaning have no faults of their own
		return nil, faults
	}
	for i, at := range h.of {
		if at != leftOut {
			file.heads[columns[at].field] = h.names[i]
		}
	}
	for i := range records[1:] {
		p.row(file, &h, &records[1+i], faults)
	}
	return file, faults.orNil(len(file.Rows))
}

// parser turns the records of a file into rows.
type parser struct {
	coding   coding
	from1904 bool
}

func parse(raw []byte, m Map, faults *Faults) ([]record, parser) {
	switch {
	case isOldExcel(raw):
		faults.add(Fault{Text: localizer.Messagef("is an Excel file of the old form (.xls) or protected by a password: save it as .xlsx or as CSV UTF-8")})
		return nil, parser{}
	case isXLSX(raw):
		records, from1904, err := readXLSX(raw)
		if err != nil {
			faults.add(Fault{Text: localizer.Messagef("can't be read as a spreadsheet (%s): save it as .xlsx or as CSV UTF-8", err)})
		}
		return records, parser{coding: isUTF8, from1904: from1904}
	}
	decoded, of := decode(raw)
	records, wrong := readCSV(decoded, m)
	faults.List = append(faults.List, wrong...)
	return records, parser{coding: of}
}

// row adds the row of a record, or its faults.
func (p *parser) row(file *File, h *header, rec *record, faults *Faults) {
	if !rec.fits(h, file.Sheet, faults) || !p.decodable(rec, h, faults) {
		return
	}
	row := p.newRow(h, rec)
	if row.Size > LongestRow {
		faults.add(Fault{Line: rec.line, Text: localizer.Messagef("exceeds the maximum size of an incident: shorten its texts, or look for a missing quote")})
		return
	}
	file.Rows = append(file.Rows, row)
}

// fits reports whether the record has a cell for each column that has a name, and no
// value without one. A spreadsheet leaves out empty cells at the end.
func (r *record) fits(h *header, sheet bool, faults *Faults) bool {
	named := len(h.names)
	for named > 0 && h.names[named-1] == "" {
		named--
	}
	if !sheet && len(r.cells) < named {
		faults.add(Fault{Line: r.line, Text: localizer.Messagef("wrong number of fields (%d): give %d columns, and quote texts that hold commas or line breaks", len(r.cells), named)})
		return false
	}
	for i, cell := range r.cells {
		if value := strings.TrimSpace(cell); value != "" && (i >= len(h.names) || h.names[i] == "") {
			faults.add(Fault{Line: r.line, Column: fmt.Sprintf("column %d", i+1), Value: value,
				Text: localizer.Messagef("has no header (wrong number of fields): name it, remove the value, give %d columns, and quote texts that hold commas or line breaks", named)})
			return false
		}
	}
	return true
}

// decodable refuses cells with characters that the encoding of the file does not hold.
func (p *parser) decodable(r *record, h *header, faults *Faults) bool {
	good := true
	for i, cell := range r.cells {
		if !p.coding.undecodable(cell) {
			continue
		}
		name := fmt.Sprintf("column %d", i+1)
		if h != nil && i < len(h.names) && h.names[i] != "" {
			name = h.names[i]
		}
		faults.add(Fault{Line: r.line, Column: name, Value: cell,
			Text: localizer.Messagef("holds a character that is not %s: save it as CSV UTF-8", p.coding.name)})
		good = false
	}
	return good
}

// shownCells are the cells as a person sees them.
func (r *record) shownCells() []string {
	if r.shown != nil {
		return r.shown
	}
	return r.cells
}

// newRow leaves out empty cells, so that they count as absent fields.
func (p *parser) newRow(h *header, rec *record) Row {
	row := Row{Line: rec.line, Body: map[string]any{"vendor": "", "title": ""}}
	shown := rec.shownCells()
	for i := range min(len(h.of), len(shown)) {
		if h.of[i] == leftOut {
			continue
		}
		c, value := &columns[h.of[i]], shown[i]
		if c.time && rec.shown != nil && i < len(rec.cells) {
			value = dateOf(rec.cells[i], value, p.from1904)
		}
		switch value = strings.TrimSpace(value); {
		case value == "":
		case c.field == "tags":
			row.Body["tags"] = strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(";;、", r) })
		default:
			row.Body[c.field] = c.value(value)
		}
	}
	text, err := json.Marshal(row.Body)
	if err != nil {
		panic("sheetfile: " + err.Error()) // plain strings always marshal
	}
	row.Size = len(text) + 1
	return row
}

// value translates a value by its name in Japanese or English. Other texts stay, and
// are refused where only the listed values are accepted.
func (c *column) value(given string) string {
	if c.time && len(given) <= longestKey {
		return norm.NFKC.String(given)
	}
	wanted := key(given)
	for _, v := range c.values {
		if slices.Contains([]string{key(v), key(c.name("ja", v)), key(c.name("en", v))}, wanted) {
			return v
		}
	}
	return given
}

func (f *Faults) add(fault Fault) { f.List = append(f.List, fault) }

// orNil is the error of a file with that many good rows.
func (f *Faults) orNil(rows int) error {
	if rows == 0 && len(f.List) == 0 {
		f.add(Fault{Text: localizer.Messagef("has no row below its header: add one incident per line")})
	}
	if len(f.List) == 0 {
		return nil
	}
	slices.SortStableFunc(f.List, byLine)
	return f
}
