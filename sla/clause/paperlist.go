package clause

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// maxItems bounds the items of one list that are read together.
const maxItems = 12

// readList reads a sentence that leads to a list of cases, "下記の通り通知します", together
// with the items that hold its lengths.
func (r *reader) readList(i int, taken map[int]bool) bool {
	s := &r.sentences[i]
	if r.blocks[s.block].kind == row || i+1 >= len(r.sentences) || r.blocks[r.sentences[i+1].block].kind != item {
		return false
	}
	st := r.statementOf(i)
	if !belowWords.MatchString(st.text) || anyUsable(st.lengths) || !matches(st.text, noticeJa, deleteJa, noticeEn) {
		return false
	}
	cells, text := append([]cell(nil), s.cells...), st.text
	var lengths, inside int
	for j := i + 1; j < len(r.sentences) && j <= i+maxItems; j++ {
		next := &r.sentences[j]
		if r.blocks[next.block].kind != item {
			break
		}
		inside = j
		lengths += len(next.lengths)
		cells = append(cells, next.cells...)
		text += " " + next.text
	}
	if lengths == 0 || verbOfItem.MatchString(strings.TrimPrefix(text, st.text)) {
		return false
	}
	st.text, st.fragment = text, true
	st.lengths = length.In(text)
	all := branched(text, st.read())
	if len(all) == 0 {
		return false
	}
	for j := i + 1; j <= inside; j++ {
		taken[j] = true
	}
	r.propose(i, st, cells, all)
	return true
}

// verbOfItem matches items that are sentences of their own.
var verbOfItem = pattern.New(`(?:ます|する|です)。|(?i:\b(?:we|customer|you) (?:will|shall|must)\b)`)

// readRow reads a row of a table: each cell that holds a length is read below its head.
func (r *reader) readRow(i int) bool {
	s := &r.sentences[i]
	b := &r.blocks[s.block]
	done := false
	for c, column := range b.columns {
		if !length.Any(column) || len(b.columns) < 2 {
			continue
		}
		st := r.statementOf(i)
		st.text, st.fragment, st.label = column, true, b.columns[0]
		if c < len(b.header) {
			st.header = b.header[c]
		}
		st.heads = strings.Join(b.header, " ")
		if c == 0 {
			st.label = ""
		}
		st.lengths = length.In(column)
		withinCells(st.lengths, st.header)
		all := branched(column, st.read())
		if st.rowLabel = untimed(b.columns[:c]); len(all) == 0 && st.rowLabel != "" && !severityLabel.MatchString(st.label) {
			all = r.labelled(st)
		}
		if len(all) == 0 {
			continue
		}
		r.propose(i, st, s.cells, all)
		done = true
	}
	return done
}

// untimed joins the cells of a row that hold no length.
func untimed(columns []string) string {
	var labels []string
	for _, c := range columns {
		if c != "" && !length.Any(c) {
			labels = append(labels, c)
		}
	}
	if len(labels) > 0 && isJapanese(labels[0]) {
		return strings.Join(labels, "。")
	}
	return strings.Join(labels, " ")
}

// labelled reads a cell together with the label of its row, which may hold the verb.
func (r *reader) labelled(st *statement) []found {
	separator := ": "
	if isJapanese(st.rowLabel) {
		separator = "。"
	}
	st.text, st.labelled = st.rowLabel+separator+st.text, true
	st.lengths = length.In(st.text)
	withinCells(st.lengths, st.rowLabel)
	return branched(st.text, st.read())
}

var keepLabel = pattern.New(`(?i)(?:保存|保管|保持)(?:期間|日数|年数)|retention|kept|stored for`)

// withinCells takes a length that stands alone in a cell as a time limit, or as a time of
// keeping if its label says so.
func withinCells(lengths []length.Length, label string) {
	for i := range lengths {
		switch {
		case lengths[i].Role != length.Keep && lengths[i].Role != length.Every && keepLabel.MatchString(label):
			lengths[i].Role = length.Keep
		case lengths[i].Role == length.Bare:
			lengths[i].Role = length.Within
		}
	}
}

// propose appends the promises of the statement of a sentence.
func (r *reader) propose(i int, st *statement, cells []cell, all []found) {
	line := r.lines[cells[0].line].Number
	section := r.blocks[r.sentences[i].block].section
	text := quote(r.lines, cells)
	for k := range all {
		f := &all[k]
		p := Promise{Line: line, Section: section, Quote: text, About: f.about, Start: f.start}
		if f.length != nil && (f.length.Unit == length.BusinessDays || f.length.Unit == length.BusinessHours) || f.cases != nil && f.cases.kind == "hours" {
			p.Calendar = r.paper.Calendar
		}
		p.Due = dueOf(f, p.Calendar)
		p.Strength = strengthOf(st, f)
		p.Gate, p.Channels = gateOf(st, f), nil
		if f.duty == notice {
			p.Channels = channelsOf(&statement{text: channelText(st, cells)})
		}
		p.Questions = questionsOf(st, f, &p, r.others(st, all))
		r.paper.Promises = append(r.paper.Promises, p)
	}
}

// channelText is the text that names the channels: of a row, all of its cells.
func channelText(st *statement, cells []cell) string {
	if st.label != "" {
		return textOf(cells)
	}
	return st.text
}

// others lists the lengths of a statement that no promise took.
func (r *reader) others(st *statement, all []found) []string {
	var rest []string
	for _, l := range st.lengths {
		used := l.Role == length.Bare
		for k := range all {
			c := all[k].cases
			used = used || all[k].length != nil && all[k].length.From == l.From || c != nil
		}
		if !used && l.To <= len(st.text) {
			rest = append(rest, st.text[l.From:l.To])
		}
	}
	return rest
}

var (
	everyone = pattern.New(`全体|すべて|全ての|全お客|全ユーザ|全利用者`)
	someOnly = pattern.New(`特定|一部|限定|対象とな|該当`)
)

// scope notes the channels that an item names for all or for some customers.
func (p *Promise) scope(text string) {
	channels := channelsOf(&statement{text: text})
	key := ""
	switch {
	case everyone.MatchString(text):
		key = "all_customers"
	case someOnly.MatchString(text):
		key = "specific_customers"
	}
	if channels == nil || key == "" {
		return
	}
	by, ok := p.Channels["by_scope"].(map[string]any)
	if !ok {
		by = map[string]any{}
		p.Channels = map[string]any{"by_scope": by}
	}
	by[key] = channels
}
