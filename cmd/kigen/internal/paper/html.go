package paper

import (
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"kigen/sla/clause"
)

// Bounds of a page: a tag or text of more than maxToken bytes ends the reading, and lists
// are indented to maxDepth levels.
const (
	maxToken = 1 << 20
	maxDepth = 12
)

// htmlReader writes a page as lines: headings behind "#", items behind "-", rows between
// bars. It reads tags as they come and builds no tree, so that a page of unclosed tags costs
// no more than another.
type htmlReader struct {
	lines  []clause.Line
	text   strings.Builder
	number int // the line of the page that is read
	begun  int // the line on which the text began
	prefix string
	skip   []atom.Atom // elements whose text is not shown
	lists  int
	row    []string // the finished cells of a row
	inRow  bool
	inCell bool
	heads  int
}

// readHTML returns the lines of a page, and whether it was read to its end.
func readHTML(page string) (lines []clause.Line, whole bool) {
	r := &htmlReader{number: 1}
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(maxToken)
	for {
		kind := z.Next()
		raw := z.Raw()
		newlines := strings.Count(string(raw), "\n")
		switch kind {
		case html.ErrorToken:
			r.endRow()
			r.flush()
			return r.lines, errors.Is(z.Err(), io.EOF)
		case html.TextToken:
			r.characters(string(raw))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attributes := z.TagName()
			tag := atom.Lookup(name)
			r.start(tag, attributes && hidden(z), kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(name))
		case html.CommentToken, html.DoctypeToken:
		}
		r.number += newlines
	}
}

// hidden reports whether the attributes of a tag say that its text is not shown.
func hidden(z *html.Tokenizer) bool {
	for {
		key, value, more := z.TagAttr()
		switch string(key) {
		case "hidden":
			return true
		case "style":
			style := strings.ReplaceAll(strings.ToLower(string(value[:min(len(value), 4096)])), " ", "")
			if strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
				return true
			}
		}
		if !more {
			return false
		}
	}
}

func unseen(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Head, atom.Iframe, atom.Object, atom.Select, atom.Button, atom.Textarea, atom.Math, atom.Audio, atom.Video, atom.Canvas:
		return true
	}
	return false
}

// void reports whether an element has no end tag.
func void(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Hr, atom.Img, atom.Input, atom.Meta, atom.Link, atom.Col, atom.Area, atom.Base, atom.Embed, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

func (r *htmlReader) start(tag atom.Atom, isHidden, closed bool) {
	if len(r.skip) > 0 {
		if tag == r.skip[0] && !closed && len(r.skip) < 1<<16 {
			r.skip = append(r.skip, tag)
		}
		return
	}
	if (unseen(tag) || isHidden && !void(tag) && tag != 0) && !closed {
		if tag == atom.Head || !isHidden || tag != atom.Body {
			r.skip = append(r.skip, tag)
			return
		}
	}
	switch tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		r.block("# ")
	case atom.Li:
		r.block(strings.Repeat("  ", min(max(r.lists-1, 0), maxDepth)) + "- ")
	case atom.Ul, atom.Ol:
		r.block("")
		r.lists++
	case atom.Tr:
		r.beginRow()
	case atom.Td, atom.Th:
		if !r.inRow { // its row is not marked
			r.beginRow()
		}
		r.endCell()
		r.inCell = true
		if tag == atom.Th {
			r.heads++
		}
	case atom.Br:
		if r.inRow {
			r.text.WriteByte(' ')
		} else {
			r.flush()
		}
	default:
		if blockTag(tag) {
			r.block("")
		}
	}
}

func (r *htmlReader) end(tag atom.Atom) {
	if len(r.skip) > 0 {
		if tag == r.skip[0] {
			r.skip = r.skip[:len(r.skip)-1]
		} else if tag == atom.Html || tag == atom.Body && r.skip[0] == atom.Head {
			r.skip = nil
		}
		return
	}
	switch tag {
	case atom.Ul, atom.Ol:
		r.block("")
		r.lists = max(r.lists-1, 0)
	case atom.Td, atom.Th:
		r.endCell()
	case atom.Tr:
		r.endRow()
	case atom.Table:
		r.endRow()
		r.block("")
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Li:
		r.block("")
	default:
		if blockTag(tag) {
			r.block("")
		}
	}
}

func blockTag(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Table, atom.Thead, atom.Tbody,
		atom.Dl, atom.Dt, atom.Dd, atom.Blockquote, atom.Pre, atom.Form, atom.Fieldset, atom.Figure, atom.Figcaption, atom.Body, atom.Hr, atom.Address, atom.Details, atom.Summary, atom.Caption:
		return true
	}
	return false
}

// characters adds the source of a text between two tags, with single spaces.
func (r *htmlReader) characters(raw string) {
	if len(r.skip) > 0 {
		return
	}
	text := html.UnescapeString(raw)
	words := strings.Fields(text)
	if len(words) == 0 {
		if r.text.Len() > 0 {
			r.text.WriteByte(' ')
		}
		return
	}
	if r.text.Len() == 0 && !r.inRow {
		r.begun = r.number + blankLines(raw)
	} else if r.text.Len() > 0 && strings.ContainsAny(text[:1], " \n\t\r") {
		r.text.WriteByte(' ')
	}
	r.text.WriteString(strings.Join(words, " "))
	if strings.ContainsAny(text[len(text)-1:], " \n\t\r") {
		r.text.WriteByte(' ')
	}
}

// blankLines counts the lines before the first character that shows. A line break that is
// written as an entity does not count: it begins no line of the source.
func blankLines(raw string) int {
	n := 0
	for line := range strings.Lines(raw) {
		if strings.TrimSpace(html.UnescapeString(line)) != "" {
			break
		}
		n++
	}
	return n
}

// flush ends a line.
func (r *htmlReader) flush() {
	if r.inRow {
		return
	}
	if text := strings.TrimSpace(r.text.String()); text != "" {
		r.lines = append(r.lines, clause.Line{Number: r.begun, Text: r.prefix + text})
		r.prefix = strings.Repeat(" ", len(r.prefix)) // a broken line of an item stands below its text
		if strings.TrimSpace(r.prefix) == "" && r.prefix != "" {
			r.prefix = ""
		}
	}
	r.text.Reset()
}

// block ends a paragraph and begins another with a prefix.
func (r *htmlReader) block(prefix string) {
	if r.inRow { // a block within a cell
		r.text.WriteByte(' ')
		return
	}
	r.flush()
	if n := len(r.lines); n > 0 && r.lines[n-1].Text != "" {
		r.lines = append(r.lines, clause.Line{Number: r.number})
	}
	if prefix != "" || r.prefix == "" || strings.TrimSpace(r.prefix) == "" {
		r.prefix = prefix
	}
}

func (r *htmlReader) beginRow() {
	r.endRow()
	r.block("")
	r.inRow, r.row, r.heads, r.begun = true, nil, 0, r.number
}

// endCell ends a cell of a row.
func (r *htmlReader) endCell() {
	text := strings.Join(strings.Fields(r.text.String()), " ")
	if r.inCell || r.inRow && text != "" {
		r.row = append(r.row, strings.ReplaceAll(text, "|", "/"))
	}
	if r.inCell || r.inRow {
		r.text.Reset()
	}
	r.inCell = false
}

// endRow writes a row; one of heads is followed by a ruler.
func (r *htmlReader) endRow() {
	if !r.inRow {
		return
	}
	r.endCell()
	r.inRow = false
	cells, heads := r.row, r.heads
	r.row, r.heads = nil, 0
	for len(cells) > 0 && cells[0] == "" {
		cells = cells[1:]
	}
	if len(cells) == 0 {
		return
	}
	r.lines = append(r.lines, clause.Line{Number: r.begun, Text: "| " + strings.Join(cells, " | ") + " |"})
	if heads >= len(cells) && len(cells) > 1 {
		r.lines = append(r.lines, clause.Line{Number: r.begun, Text: "|---|"})
	}
}
