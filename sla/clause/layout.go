package clause

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// blockKind is the form in which a text stands in its paper.
type blockKind int

const (
	paragraph blockKind = iota
	heading
	item // of a list
	row  // of a table
)

// block is a text that stands on its own: a paragraph, however many lines it is wrapped
// into, an item of a list or a row of a table.
type block struct {
	kind    blockKind
	cells   []cell
	section string
	heading string
	indent  int
	columns []string // the cells of a row, normalised
	header  []string // the heads of the columns of a row
	intro   int      // the index of the block that introduces the list or table, or -1
}

func (b *block) text() string { return textOf(b.cells) }

// layout reads lines into blocks.
type layout struct {
	lines    []Line
	width    int  // the length of the longer lines, in characters
	wrapped  bool // the paper breaks its lines at that length
	sections sections
	heading  string
	header   []string
	ruler    int // the number of blocks at the last ruler below a row of heads
	blocks   []block
	open     bool // the last block may go on in the next line
	gap      bool // blank lines stand between the last block and this line
	intro    int
	repeated map[string]int // lines beside page breaks, with their number

	tall  map[int]*tallRow // rows of several lines, by the first
	parts map[int]bool     // their other lines
}

var (
	pageNumber = pattern.New(`^(?:[-–— ]*\d{1,4}[-–— ]*|(?i:page) \d{1,4}(?: ?(?:of|/) ?\d{1,4})?|\d{1,4} ?/ ?\d{1,4}|\d{1,4}ページ|[pP]\. ?\d{1,4})$`)
	contents   = pattern.New(`(?:[.…‥・]{3,}|(?:\. ){3,}|_{4,}) *\d{1,4}$`)
	tabbedPage = pattern.New(`\t\s*\d{1,3}\s*$`)
	ruler      = pattern.New(`^[\s|:+=*_-]{3,}$`)
	bullet     = pattern.New(`^(?:[-*+•・■□●○◆◇▶►※◦‣▪–>]|[\x{2460}-\x{2473}]|\((?:\d{1,2}|[a-zA-Z]|[ivx]{1,4}|[ア-ン])\)|[a-z][.)]|[QA][.:]|[ivx]{1,4}[.)]|[ア-ン][.)])(?:\s|$|[^\s\d*-])`)
	gapped     = pattern.New(`\S\s{3,}\S`)
)

// read turns the lines into blocks.
func read(lines []Line) []block {
	l := &layout{lines: lines, intro: -1, repeated: runningLines(lines)}
	l.width, l.wrapped = widthOf(lines)
	l.tall, l.parts = tallRows(lines)
	for i := range lines {
		l.line(i)
	}
	return l.blocks
}

// widthOf is the length of the longer lines, and whether so many lines have about that
// length that the paper breaks its lines there.
func widthOf(lines []Line) (width int, wrapped bool) {
	var lengths []int
	for _, line := range lines {
		if n := utf8.RuneCountInString(strings.TrimSpace(line.Text)); n > 0 {
			lengths = append(lengths, n)
		}
	}
	if len(lengths) == 0 {
		return 0, false
	}
	slices.Sort(lengths)
	width = lengths[len(lengths)*9/10]
	near := 0
	for _, n := range lengths {
		if n*100 >= width*90 && n <= width {
			near++
		}
	}
	return width, near >= 8 && near*5 >= len(lengths) && lengths[len(lengths)-1] <= width*5/4
}

// runningLines counts the short lines beside page numbers and page breaks. Those that
// repeat are running titles.
func runningLines(lines []Line) map[string]int {
	count := map[string]int{}
	for i, line := range lines {
		if !strings.Contains(line.Text, "\f") && !pageNumber.MatchString(strings.TrimSpace(line.Text)) {
			continue
		}
		for _, step := range []int{-1, 1} {
			for j, n := i+step, 0; j >= 0 && j < len(lines) && n < 4; j, n = j+step, n+1 {
				if text := strings.TrimSpace(lines[j].Text); text != "" {
					if len(text) <= 120 && !pageNumber.MatchString(text) {
						count[text]++
					}
					break
				}
			}
		}
	}
	return count
}

func (l *layout) line(i int) {
	raw := l.lines[i].Text
	trimmed := strings.TrimSpace(raw)
	switch {
	case trimmed == "":
		l.gap = true
		return
	case l.parts[i]:
		return
	case pageNumber.MatchString(trimmed), contents.MatchString(trimmed), l.repeated[trimmed] > 2:
		return
	case tabbedPage.MatchString(raw) && headingLike(Normalise(tabbedPage.ReplaceAllString(raw, ""))):
		return
	case ruler.MatchString(trimmed) && strings.Contains(trimmed, "-"):
		l.ruled()
		return
	}
	if r := l.tall[i]; r != nil {
		l.row(r.read())
		return
	}
	if columns := l.split(raw); columns != nil {
		l.row(columns, normalise(i, raw, 0))
		return
	}
	l.text(i, raw)
	l.gap = false
}

// text places a line of running text: a heading, an item, a paragraph or the rest of one.
func (l *layout) text(i int, raw string) {
	indent := indentOf(raw)
	at := len(raw) - len(strings.TrimLeft(raw, " \t　\f"))
	hashes := len(raw[at:]) - len(strings.TrimLeft(raw[at:], "#"))
	begins, kind := hashes > 0, paragraph
	at += hashes
	for range 3 {
		at += len(raw[at:]) - len(strings.TrimLeft(raw[at:], " \t　"))
		mark := markLength(raw[at:])
		if mark == 0 || l.breaksInside(raw, i) {
			break
		}
		at += mark
		begins, kind = true, item
	}
	cells := normalise(i, raw, at)
	if n := len(cells); n > 0 && cells[n-1].r == ' ' {
		cells = cells[:n-1]
	}
	if len(cells) == 0 {
		return
	}
	text := textOf(cells)
	n := l.sections.mark(text, indent)
	if n == 0 {
		n = l.paragraphOfArticle(raw, text, indent)
	}
	if n > 0 {
		begins = true
		cells = l.afterTitle(trimCells(cells[utf8.RuneCountInString(text[:n]):]))
		text = textOf(cells)
		listed := l.sections.plain && (l.introduced() || !headingLike(text))
		switch {
		case listed:
			kind = item
		case kind == item && headingLike(text):
			kind = paragraph
		}
	}
	switch {
	case len(cells) == 0:
		l.open = false
	case !begins && l.continues(cells, text):
		last := &l.blocks[len(l.blocks)-1]
		last.cells = join(last.cells, cells)
	case hashes > 0 || kind == paragraph && l.headed(raw, text, begins):
		l.heading = text
		l.add(&block{kind: heading, cells: cells, indent: indent})
		l.open, l.intro, l.header = !begins, -1, nil
	default:
		l.place(&block{kind: kind, cells: cells, indent: indent})
	}
}

// introduced reports whether the last block leads to a list, or is an item of one that was
// led to.
func (l *layout) introduced() bool {
	for j := len(l.blocks) - 1; j >= 0 && j > len(l.blocks)-maxItems; j-- {
		switch b := &l.blocks[j]; b.kind {
		case item:
		case paragraph:
			return b.cells[len(b.cells)-1].r == ':'
		case heading, row:
			return false
		}
	}
	return false
}

var articleParagraph = pattern.New(`^\s*(\d{1,2})[\s　]+[^\d\s]`)

// paragraphOfArticle reads the number of a paragraph below "第5条", which stands before a
// space alone.
func (l *layout) paragraphOfArticle(raw, text string, indent int) int {
	m := articleParagraph.FindStringSubmatch(raw)
	if m == nil || !strings.HasPrefix(l.sections.base, "第") || !strings.HasPrefix(text, m[1]) || counted(text[len(m[1]):]) {
		return 0
	}
	l.sections.number(m[1], text, indent)
	l.sections.plain = true
	return len(m[1])
}

var articleTitle = pattern.New(`^\(([^()。]{1,24})\) ?(\d{1,2})?`)

// afterTitle cuts the title of an article, "第5条(返還) 1 当社は", and the number of its first
// paragraph.
func (l *layout) afterTitle(cells []cell) []cell {
	if !strings.HasPrefix(l.sections.base, "第") {
		return cells
	}
	text := textOf(cells)
	m := articleTitle.FindStringSubmatch(text)
	if len(m) == 0 || len(m[0]) == len(text) {
		return cells
	}
	l.heading = m[1]
	cut := m[0]
	if m[2] != "" && counted(text[len(m[0]):]) {
		cut = strings.TrimSuffix(cut, m[2])
	} else if m[2] != "" {
		l.sections.number(m[2], text[len(m[0]):], 0)
	}
	return trimCells(cells[utf8.RuneCountInString(cut):])
}

// headed reports whether a line is a heading: it reads like one, and begins with a number
// or stands after a gap; a length makes it a statement.
func (l *layout) headed(raw, text string, numbered bool) bool {
	if !headingLike(text) || length.Any(text) || l.wrapped && l.fullLine(raw) {
		return false
	}
	if numbered {
		return true
	}
	return utf8.RuneCountInString(text) <= 40 && (l.gap || len(l.blocks) == 0 || !l.open) && !strings.ContainsAny(text, ":@/")
}

// place adds a paragraph or item, with what introduces it.
func (l *layout) place(b *block) {
	if b.kind == item {
		b.intro = l.introOf(b.indent)
		l.add(b)
	} else {
		b.intro = -1
		l.add(b)
		l.intro, l.header = len(l.blocks)-1, nil
	}
	l.open = true
}

// introOf is the block above a list of that indentation.
func (l *layout) introOf(indent int) int {
	for j := len(l.blocks) - 1; j >= 0 && j > len(l.blocks)-40; j-- {
		switch b := &l.blocks[j]; {
		case b.kind == paragraph || b.kind == item && b.indent < indent:
			return j
		case b.kind == heading:
			return -1
		}
	}
	return -1
}

func (l *layout) add(b *block) {
	b.section, b.heading = l.sections.current, l.heading
	if b.kind == heading {
		b.intro = -1
	}
	l.blocks = append(l.blocks, *b)
}

// markLength is the length in bytes of the bullet or item number at the beginning of a
// line, or 0.
func markLength(s string) int {
	if strings.HasPrefix(s, "**") {
		return 2
	}
	m := bullet.FindString(s)
	if m == "" {
		return 0
	}
	for i, r := range m {
		if i > 0 && (r == ' ' || r == '\t' || r == '　' || i == len(m)-utf8.RuneLen(r)) {
			if strings.HasPrefix(m, "(") || strings.HasPrefix(m, "-") && r != ' ' {
				break
			}
			return i
		}
	}
	if strings.HasPrefix(m, "(") {
		return strings.Index(m, ")") + 1
	}
	_, size := utf8.DecodeRuneInString(m)
	return size
}

// breaksInside reports whether a middle dot at the beginning of a line stands inside a
// word that the line before was broken in.
func (l *layout) breaksInside(raw string, _ int) bool {
	if !strings.HasPrefix(strings.TrimSpace(raw), "・") || l.gap || !l.open || len(l.blocks) == 0 || indentOf(raw) > 0 {
		return false
	}
	last := l.blocks[len(l.blocks)-1].cells
	n := len(last)
	return n > 0 && !closed(last) && l.full(last) && han(last[n-1].r)
}

func indentOf(raw string) int {
	n := 0
	for _, r := range raw {
		switch r {
		case ' ':
			n++
		case '\t':
			n += 4
		case '　':
			n += 2
		default:
			return n
		}
	}
	return n
}

func trimCells(cells []cell) []cell {
	for len(cells) > 0 && strings.ContainsRune(" .:、", cells[0].r) {
		cells = cells[1:]
	}
	return cells
}
