package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// Line is a text in one line, without control characters.
func Line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// Fold is a text for comparison: its compatible forms are one, and so are its cases.
func Fold(s string) string { return Line(strings.ToLower(norm.NFKC.String(s))) }

// clip cuts a text to n runes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// block is text of several lines, each without space at its ends, without empty ones.
func block(s string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if line = Line(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// plain is the text of a fragment of HTML. Nothing in it is fetched or run.
func plain(fragment string) string {
	fragment = fragment[:min(len(fragment), maxFragment)]
	if !strings.ContainsAny(fragment, "<&") {
		return block(fragment)
	}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return block(fragment)
	}
	var b strings.Builder
	for _, n := range nodes {
		textOf(&b, n)
	}
	return block(b.String())
}

// unseen are the elements whose text no reader sees.
var unseen = []atom.Atom{atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Svg, atom.Head}

// breaking are the elements that begin a line of their own.
var breaking = []atom.Atom{
	atom.P, atom.Div, atom.Br, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
	atom.Dt, atom.Dd, atom.Dl, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Pre, atom.Blockquote, atom.Hr, atom.Body,
}

// textOf writes the text below a node. It goes by the links between nodes and not by
// calls, so that no depth of a document matters.
func textOf(b *strings.Builder, root *html.Node) {
	for n := root; n != nil; {
		skip := n.Type == html.CommentNode || n.Type == html.ElementNode && slices.Contains(unseen, n.DataAtom)
		if !skip {
			enter(b, n)
		}
		if n.FirstChild != nil && !skip {
			n = n.FirstChild
			continue
		}
		for n != root && n.NextSibling == nil {
			n = n.Parent
			leave(b, n)
		}
		if n == root {
			return
		}
		n = n.NextSibling
	}
}

func enter(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' || r == '\t' {
				return ' '
			}
			return r
		}, n.Data))
	case n.Type == html.ElementNode && slices.Contains(breaking, n.DataAtom):
		b.WriteByte('\n')
	}
}

func leave(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type != html.ElementNode:
	case slices.Contains(breaking, n.DataAtom):
		b.WriteByte('\n')
	case n.DataAtom == atom.Td || n.DataAtom == atom.Th:
		b.WriteByte(' ')
	}
}

// distinct returns the texts that are not empty, each once.
func distinct(texts []string) []string {
	var out []string
	for _, s := range texts {
		if s = Line(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// inOrder brings updates into the order of time; those of one instant keep theirs. Of two
// with the same id the later one counts.
func inOrder(updates []Update) []Update {
	slices.SortStableFunc(updates, func(a, b Update) int { return a.At.Compare(b.At) })
	at := map[string]int{}
	out := updates[:0]
	for _, u := range updates {
		if i, ok := at[u.ID]; ok {
			out[i] = u
			continue
		}
		at[u.ID] = len(out)
		out = append(out, u)
	}
	return out
}

// link resolves a link against the document's address. Only the web's own schemes pass.
func link(ref, base string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || len(ref) > 2000 {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if b, err := url.Parse(base); err == nil && base != "" {
		u = b.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// word is a JSON value that is a text at one vendor and a number at another.
type word string

// UnmarshalJSON takes a text, a number, a truth value or null.
func (w *word) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*w = word(s)
		return err
	}
	switch string(b) {
	case "null":
		*w = ""
		return nil
	case "true", "false":
		*w = word(b)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*w = word(n)
	return nil
}

// many is a JSON list with a bound: a document of some MiB may hold millions of empty
// values, each of which takes the room of a full one.
type many[T any] []T

// UnmarshalJSON takes a list, or null for none.
func (m *many[T]) UnmarshalJSON(b []byte) error {
	*m = nil
	if string(b) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errNoList
	}
	out := many[T]{}
	for d.More() {
		if len(out) >= maxEntries {
			return refuse(TooMuch, "the document has a list of more than %d values", maxEntries)
		}
		var v T
		if err := d.Decode(&v); err != nil {
			return err
		}
		out = append(out, v)
	}
	*m = out
	return nil
}

var errNoList = errors.New("what is to be a list is none")

// loose is a JSON value of which a document may do without: another form of it is none.
type loose[T any] struct{ v T }

// UnmarshalJSON never fails.
func (l *loose[T]) UnmarshalJSON(b []byte) error {
	var v T
	if json.Unmarshal(b, &v) == nil {
		l.v = v
	}
	return nil
}
