package decode

import (
	"strings"

	"kigen/sla/pattern"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTML returns what a reader of an HTML mail sees, as text: a line a block, a tab between
// the cells of a table, "> " before quoted lines. Scripts, styles and hidden elements are
// left out, and nothing is fetched or run.
func HTML(source string) string {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return tagless(source)
	}
	w := &writer{}
	w.node(root, 0)
	return w.text()
}

// deepest bounds the nesting of elements.
const deepest = 600

// writer collects the lines of a document.
type writer struct {
	lines  []string
	line   strings.Builder
	quotes int
}

func (w *writer) newline() {
	text := strings.Trim(w.line.String(), " ")
	w.line.Reset()
	if text == "" && (len(w.lines) == 0 || w.lines[len(w.lines)-1] == "") {
		return
	}
	if w.quotes > 0 {
		text = "> " + text
	}
	w.lines = append(w.lines, text)
}

func (w *writer) text() string {
	w.newline()
	return strings.Join(w.lines, "\n") + "\n"
}

// breaks lists the elements that begin and end a line.
var breaks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Tr: true, atom.Table: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.H1: true, atom.H2: true, atom.H3: true,
	atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true, atom.Pre: true, atom.Hr: true, atom.Dl: true, atom.Dt: true, atom.Dd: true,
	atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Center: true, atom.Address: true,
}

// paragraphs lists the elements with an empty line behind them.
var paragraphs = map[atom.Atom]bool{atom.P: true, atom.Table: true, atom.Ul: true, atom.Ol: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.Blockquote: true}

// unseen lists the elements whose text is none of the mail.
var unseen = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true, atom.Template: true, atom.Noscript: true, atom.Object: true, atom.Iframe: true,
	atom.Select: true, atom.Textarea: true, atom.Svg: true, atom.Math: true, atom.Audio: true, atom.Video: true,
}

func (w *writer) node(n *html.Node, depth int) {
	if depth > deepest {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.words(n)
		return
	case html.ElementNode:
		if unseen[n.DataAtom] || isHidden(n) {
			return
		}
		if n.DataAtom == atom.Br {
			w.newline()
			return
		}
	}
	quoted := n.DataAtom == atom.Blockquote || strings.Contains(attribute(n, "class"), "gmail_quote") || strings.Contains(attribute(n, "class"), "yahoo_quoted") || attribute(n, "type") == "cite"
	if breaks[n.DataAtom] || quoted {
		if strings.TrimSpace(w.line.String()) != "" {
			w.newline()
		}
	}
	if quoted {
		w.quotes++
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		w.node(child, depth+1)
	}
	if breaks[n.DataAtom] || quoted {
		if strings.TrimSpace(w.line.String()) != "" {
			w.newline()
		}
	}
	if quoted {
		w.quotes--
	}
	switch {
	case n.DataAtom == atom.Td, n.DataAtom == atom.Th:
		if nextCell(n) {
			w.line.WriteByte('\t')
		}
	case paragraphs[n.DataAtom]:
		w.newline()
	}
}

func nextCell(n *html.Node) bool {
	for next := n.NextSibling; next != nil; next = next.NextSibling {
		if next.DataAtom == atom.Td || next.DataAtom == atom.Th {
			return true
		}
	}
	return false
}

var spaces = pattern.New(`[ \t\r\n]+`)

func (w *writer) words(n *html.Node) {
	if n.Parent != nil && n.Parent.DataAtom == atom.Pre {
		for i, line := range strings.Split(n.Data, "\n") {
			if i > 0 {
				w.newline()
			}
			w.line.WriteString(line)
		}
		return
	}
	text := spaces.ReplaceAllString(n.Data, " ")
	if text == " " && (n.Parent == nil || n.Parent.DataAtom == atom.Tr || n.Parent.DataAtom == atom.Tbody || n.Parent.DataAtom == atom.Table) {
		return
	}
	if w.line.Len() == 0 {
		text = strings.TrimLeft(text, " ")
	}
	w.line.WriteString(strings.ReplaceAll(text, "\u00a0", " "))
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return strings.ToLower(a.Val)
		}
	}
	return ""
}

var hiding = pattern.New(`display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0\d*)?\s*(?:;|$|!)|font-size\s*:\s*(?:0*[0-2](?:\.\d+)?\s*(?:px|pt)|0*\.?\d?\s*(?:em|rem|%)?)\s*(?:;|$|!)|max-height\s*:\s*0|(?:^|[;\s])(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$|!)|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{3,}`)

var (
	colorOf  = pattern.New(`(?:^|[;\s])color\s*:\s*([^;!]+)`)
	groundOf = pattern.New(`background(?:-color)?\s*:\s*([^;!]+)`)
)

// isHidden reports whether an element is meant not to be seen: hidden, tiny, or white on
// white.
func isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" || a.Key == "aria-hidden" && strings.EqualFold(a.Val, "true") {
			return true
		}
	}
	style := attribute(n, "style")
	if hiding.MatchString(style) {
		return true
	}
	color := attribute(n, "color")
	if m := colorOf.FindStringSubmatch(style); m != nil {
		color = m[1]
	}
	if color == "" {
		return false
	}
	return colorName(color) == groundBehind(n) || colorName(color) == "transparent"
}

// groundBehind is the colour of the nearest background that is set; white without one.
func groundBehind(n *html.Node) string {
	for at := n; at != nil; at = at.Parent {
		if m := groundOf.FindStringSubmatch(attribute(at, "style")); len(m) > 1 && !strings.Contains(m[1], "url(") {
			return colorName(m[1])
		}
		if ground := attribute(at, "bgcolor"); ground != "" {
			return colorName(ground)
		}
	}
	return "white"
}

// colorName gives the spellings of white and black one name.
func colorName(c string) string {
	switch c = strings.ReplaceAll(strings.TrimSpace(c), " ", ""); c {
	case "#fff", "#ffffff", "rgb(255,255,255)", "#fefefe", "#fdfdfd", "#fffffe", "snow", "rgba(255,255,255,1)":
		return "white"
	case "#000", "#000000", "rgb(0,0,0)":
		return "black"
	case "rgba(0,0,0,0)", "rgba(255,255,255,0)":
		return "transparent"
	}
	return c
}

var tag = pattern.New(`(?s)<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>`)

// tagless is what remains of a document that is nested too deeply to be parsed.
func tagless(source string) string {
	return html.UnescapeString(tag.ReplaceAllString(source, "\n"))
}

var metaCharset = pattern.New(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_-]{1,40})`)

// Declared is the character set that an HTML document names itself; empty: none.
func Declared(b []byte) string {
	if m := metaCharset.FindSubmatch(b[:min(len(b), 4096)]); m != nil {
		return string(m[1])
	}
	return ""
}
