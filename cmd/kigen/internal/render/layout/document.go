// Package layout is the model of a report in print: a document of sections, tables,
// cards and pictures, and the rules by which text breaks into lines. HTML and PDF
// are written from it.
package layout

import (
	"iter"

	template "github.com/DataDog/datadog-agent/pkg/template/html"
)

// Document is a report in one language, in reading order. HTML and PDF show the
// same document and differ in layout only.
type Document struct {
	Lang      string
	Title     string // of the file
	Kind      string // above the heading
	Heading   string
	Chip      string // beside the heading; empty: none
	Preface   []string
	Sections  []Section
	Footer    string
	Style     template.CSS
	PageWords string       // format of the page number, such as "%d / %d"
	Failed    func() error // the error of what was laid out so far, also of Cards
}

// Section is a part of the document under one heading.
type Section struct {
	ID     string
	Title  string // empty: without a heading
	Blocks []Block
	Cards  iter.Seq[*Card] // follow the blocks, laid out one by one as they are needed; nil: none
}

// Block is an element of a section. Exactly one field is set.
type Block struct {
	Lead    string // a summarizing sentence
	Text    string
	Note    string // small print
	Figures []Figure
	Table   *Table
	Picture *Picture
	Items   []string // a list
	Signs   []Sign
}

// Sign is a labelled line to sign on, or filled in.
type Sign struct {
	Label, Value string // without a Value there is room to write
}

// Figure is a large number.
type Figure struct {
	Label, Value string
	Small        []string
	Mark         *Picture // legend of the area used in pictures; nil: none
	Main         bool
}

// Table is a table for people; sheets hold the numbers for programs.
type Table struct {
	Groups  []Group // above the heads; nil: none
	Columns []Column
	Rows    []Row
}

// Group is a head over several columns.
type Group struct {
	Text string
	Span int
}

// Column is a column of a table. Text columns share the width that the others
// leave.
type Column struct {
	Head string
	Text bool    // left-aligned and wrapped; otherwise right-aligned numbers
	Part float64 // width relative to other text columns; 0: 1
}

// Share is the part of the width, relative to the other text columns.
func (c *Column) Share() float64 {
	if c.Part == 0 {
		return 1
	}
	return c.Part
}

// Row is a row of a table.
type Row struct {
	Cells []Cell
	Total bool // the last row, with the totals
	Inner bool // belongs to the row above
}

// Cell is a cell of a table.
type Cell struct {
	Text string
	Sub  string // a small second line
	Soft bool   // an unimportant value, such as zero
}

// Card is a case in full.
type Card struct {
	Fill      Fill // of the outcome
	Outcome   string
	Title     string
	About     string
	Facts     []Fact
	Note      string
	Timeline  *Picture
	Events    *Table
	Clause    string // heading of the quotation
	Quote     string
	Source    string
	NoClause  string // instead of both
	Reasoning string // heading of the steps
	Steps     []string
}

// Fact is a labelled value.
type Fact struct{ Label, Value, Small string }
