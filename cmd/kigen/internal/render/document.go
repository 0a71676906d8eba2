package render

import "html/template"

// document is a report in one language, in the order of reading: what both
// HTML and PDF show. They differ in looks only.
type document struct {
	Lang      string
	Title     string // of the file
	Kind      string // over the heading
	Heading   string
	Chip      string // beside the heading; empty: none
	Preface   []string
	Sections  []section
	Footer    string
	Style     template.CSS
	pageWords string // "%d / %d" with its words
}

// section is one chapter.
type section struct {
	ID     string
	Title  string // empty: without a heading
	Blocks []block
}

// block is one thing in a section. Exactly one field is set.
type block struct {
	Lead    string // a sentence that sums up
	Text    string
	Note    string // small print
	Figures []figure
	Table   *table
	Picture *picture
	Card    *card
	Items   []string // a list
}

// figure is one large number.
type figure struct {
	Label, Value string
	Small        []string
	Mark         *picture // of the area that pictures use for it; nil: none
	Main         bool
}

// table is what people read, in words; numbers for programs are in sheets.
type table struct {
	Groups  []group // over the heads; nil: none
	Columns []column
	Rows    []row
}

// group is a head over several columns.
type group struct {
	Text string
	Span int
}

// column is one column of a table. Text columns share out the room that the
// others leave.
type column struct {
	Head string
	Text bool    // set to the left and wrapped; otherwise numbers, to the right
	Part float64 // of the room, relative to other text columns; 0: 1
}

type row struct {
	Cells []cell
	Total bool // the last row, that sums up
	Inner bool // part of the row above
}

type cell struct {
	Text string
	Sub  string // a small second line
	Soft bool   // says nothing, such as a zero
}

// card is one case at full length.
type card struct {
	Fill      fill // of the outcome
	Outcome   string
	Title     string
	About     string
	Facts     []fact
	Note      string
	Timeline  *picture
	Events    *table
	Clause    string // heading of the quotation
	Quote     string
	Source    string
	NoClause  string // instead of both
	Reasoning string // heading of the steps
	Steps     []string
}

// fact is a labelled value.
type fact struct{ Label, Value, Small string }
