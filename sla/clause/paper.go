package clause

import (
	"slices"
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// Line is a line of a paper as its decoder hands it over. Headings begin with "#", items of
// lists with a bullet, and the cells of a row stand between bars; a decoder of HTML or PDF
// writes them so.
type Line struct {
	Number int // in the file, from 1
	Text   string
}

// Lines splits plain text into lines.
func Lines(text string) []Line {
	var lines []Line
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		lines = append(lines, Line{len(lines) + 1, strings.TrimRight(line, "\r\n")})
	}
	return lines
}

// Paper is what was read from a vendor's paper.
type Paper struct {
	Document Document
	Promises []Promise
	Unread   []Unread // sentences that hold a length and were not proposed
	Calendar *Calendar
	Text     Extent

	squeezed string // the whole text as quotations are compared
}

// Document names a paper.
type Document struct {
	Title   string `json:"title"`
	Edition string `json:"edition"`
}

// Unread is a sentence that holds a length and was not proposed.
type Unread struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Promise is a proposal: a quotation and how it reads in the words of the promise grammar.
type Promise struct {
	Line      int    // the line on which the quotation begins
	Section   string // as the paper numbers it, "" if it does not
	Quote     string // the original text
	About     string // incident, event, vulnerability, maintenance, change, contract_end, periodic; states for what has no clock; "" if no kind fits
	Start     string // the moment that the time counts from, "" if none is stated
	Due       Due
	Strength  string
	Gate      map[string][]string
	Channels  map[string]any
	Calendar  *Calendar // the paper's business hours, if the rule needs them
	Questions []Question
}

// Read finds the promises of a paper.
func Read(lines []Line) *Paper {
	clean := make([]Line, len(lines))
	for i, line := range lines {
		clean[i] = Line{line.Number, strings.ToValidUTF8(line.Text, "?")}
	}
	r := &reader{lines: clean, blocks: read(clean), paper: &Paper{}}
	r.split()
	r.paper.Document = documentOf(r.blocks, clean)
	r.paper.Calendar = calendarOf(r.texts())
	r.find()
	r.paper.squeezed = squeeze(strings.Join(r.texts(), ""))
	return r.paper
}

// reader holds the sentences of a paper while it is read.
type reader struct {
	lines     []Line
	blocks    []block
	sentences []sentence
	paper     *Paper
	aim       bool
}

// sentence is a sentence with its place.
type sentence struct {
	cells   []cell
	text    string
	block   int
	lengths []length.Length
}

func (r *reader) split() {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.kind == row {
			r.add(b.cells, b.text(), i)
			continue
		}
		for _, cells := range sentences(b.cells) {
			text := strings.TrimSpace(textOf(cells))
			r.add(cells, text, i)
			r.paper.Text.count(text)
			r.aim = r.aim || aimed(text) && aimNote.MatchString(text)
		}
	}
}

func (r *reader) add(cells []cell, text string, block int) {
	r.sentences = append(r.sentences, sentence{cells, text, block, length.In(text)})
}

// aimed reports whether a sentence holds a word of a note on goals.
func aimed(text string) bool {
	return strings.Contains(text, "目標") || strings.Contains(text, "保証") || strings.Contains(text, "are ") || strings.Contains(text, "not ")
}

func (r *reader) texts() []string {
	texts := make([]string, len(r.sentences))
	for i := range r.sentences {
		texts[i] = r.sentences[i].text
	}
	return texts
}

// find reads every sentence. One that a promise has taken in, such as an item of its list,
// is not read again.
func (r *reader) find() {
	taken := map[int]bool{}
	for i := range r.sentences {
		if taken[i] {
			continue
		}
		s := &r.sentences[i]
		b := &r.blocks[s.block]
		if b.kind == heading && len(s.lengths) == 0 || s.text == "" {
			continue
		}
		if r.readList(i, taken) || b.kind == row && r.readRow(i) || r.readSentence(i, taken) {
			continue
		}
		if len(s.lengths) > 0 {
			r.paper.Unread = append(r.paper.Unread, Unread{r.lines[s.cells[0].line].Number, oneLine(quote(r.lines, s.cells))})
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// statementOf gathers what stands around a sentence.
func (r *reader) statementOf(i int) *statement {
	s := &r.sentences[i]
	b := &r.blocks[s.block]
	st := &statement{text: s.text, heading: b.heading, title: r.paper.Document.Title, aim: r.aim}
	if b.intro >= 0 {
		st.intro = lastSentence(r.blocks[b.intro].text())
	}
	if i > 0 && r.sentences[i-1].block == s.block {
		st.earlier = r.sentences[i-1].text
	}
	if i > 0 && questionMark.MatchString(r.sentences[i-1].text) {
		st.asked = r.sentences[i-1].text
	}
	if i+1 < len(r.sentences) && r.near(i, i+1) {
		st.later = r.sentences[i+1].text
	}
	st.fragment = b.kind == row || !sentenceEnd.MatchString(s.text) || b.kind == item && !isJapanese(s.text)
	st.lengths = slices.Clone(s.lengths)
	return st
}

var questionMark = pattern.New(`\?$|(?:ますか|ですか|でしょうか|ませんか)。?$`)

// near reports whether two sentences stand in one section.
func (r *reader) near(i, j int) bool {
	a, b := &r.blocks[r.sentences[i].block], &r.blocks[r.sentences[j].block]
	return a.section == b.section && a.heading == b.heading && b.kind != heading && b.kind != row
}

func lastSentence(text string) string {
	text = strings.TrimRight(text, "。 ")
	if i := strings.LastIndex(text, "。"); i >= 0 {
		return text[i+len("。"):]
	}
	if i := strings.LastIndex(text, ". "); i >= 0 && i < len(text)-2 {
		return text[i+2:]
	}
	return text
}

var (
	loneLength = pattern.New(`(?i)^(?:(?:but |and )?(?:at (?:the )?(?:most|latest)|no later than|in any (?:event|case)|this will be|that will be|always|usually)?,? ?(?:within|no later than|in|after) [^,]{1,40}|(?:遅くとも|最長|最大)?[^、。]{0,20}以内(?:です|とします|を目標とします|に行います)?。?)\.?$`)
)

// readSentence reads a running sentence, with the length that the next one adds.
func (r *reader) readSentence(i int, taken map[int]bool) bool {
	st := r.statementOf(i)
	cells := r.sentences[i].cells
	found := branched(st.text, st.read())
	if len(found) == 1 && found[0].length == nil && st.later != "" && loneLength.MatchString(st.later) && len(length.In(st.later)) == 1 {
		joined := *st
		joined.text = st.text + " " + st.later
		joined.lengths = length.In(joined.text)
		if all := joined.read(); len(all) == 0 || all[0].length == nil {
			l := joined.lengths[len(joined.lengths)-1]
			l.Role = length.Within
			found[0].length, found[0].vague, found[0].at = &l, false, l.From
		} else {
			found = all[:1]
		}
		*st = joined
		taken[i+1] = true
		cells = append(append([]cell(nil), cells...), r.sentences[i+1].cells...)
	}
	if len(found) == 0 {
		return false
	}
	if st.fragment && r.detail(i, found) {
		return true
	}
	if st.fragment && st.intro != "" && r.blocks[r.sentences[i].block].kind == item && needsIntro(st, &found[0]) {
		intro := r.introCells(i)
		cells = append(append([]cell(nil), intro...), cells...)
	}
	r.propose(i, st, cells, found)
	return true
}

// needsIntro reports whether an item makes sense only below its introduction.
func needsIntro(st *statement, _ *found) bool {
	return strings.HasSuffix(st.intro, ":") || belowWords.MatchString(st.intro)
}

var belowWords = pattern.New(`(?i)(?:下記|以下|次)の(?:通り|とおり|場合|方法|よう)|\b(?:following|as follows|below)\b`)

// introCells returns the last sentence of the block that introduces a list.
func (r *reader) introCells(i int) []cell {
	intro := r.blocks[r.sentences[i].block].intro
	split := sentences(r.blocks[intro].cells)
	if len(split) == 0 {
		return nil
	}
	return split[len(split)-1]
}

// detail reports whether an item only says how the promise above its list is kept: it has
// no time of its own, and that promise was proposed.
func (r *reader) detail(i int, all []found) bool {
	b := &r.blocks[r.sentences[i].block]
	if b.kind != item || all[0].length != nil || b.intro < 0 || len(r.paper.Promises) == 0 || !isJapanese(r.sentences[i].text) {
		return false
	}
	intro := &r.blocks[b.intro]
	last := &r.paper.Promises[len(r.paper.Promises)-1]
	if intro.kind == heading || last.Line < r.lines[intro.cells[0].line].Number {
		return false
	}
	last.scope(r.sentences[i].text)
	return true
}
