package paper

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"kigen/sla/clause"
)

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))

// readMarkdown writes a document as lines, each paragraph on one.
func readMarkdown(document string) []clause.Line {
	source := []byte(withoutFrontMatter(document))
	r := &markdownReader{source: source}
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		return r.visit(n, entering), nil
	})
	return r.lines
}

// withoutFrontMatter blanks the settings of a site generator at the beginning.
func withoutFrontMatter(document string) string {
	if !strings.HasPrefix(document, "---\n") && !strings.HasPrefix(document, "---\r\n") {
		return document
	}
	end := strings.Index(document[3:], "\n---")
	if end < 0 {
		return document
	}
	end += 3 + len("\n---")
	return strings.Repeat("\n", strings.Count(document[:end], "\n")) + document[end:]
}

type markdownReader struct {
	source []byte
	lines  []clause.Line
	depth  int // of lists
	at     int // a byte of the source whose line is known
	line   int // the line of that byte, from 0
}

func (r *markdownReader) visit(n ast.Node, entering bool) ast.WalkStatus {
	switch n := n.(type) {
	case *ast.List:
		if entering {
			r.depth++
		} else {
			r.depth--
		}
	case *ast.Heading:
		if entering {
			r.add(n, "# ")
		}
		return ast.WalkSkipChildren
	case *ast.Paragraph, *ast.TextBlock:
		if entering {
			r.add(n, r.prefix(n))
		}
		return ast.WalkSkipChildren
	case *ast.HTMLBlock:
		if entering {
			r.html(n)
		}
		return ast.WalkSkipChildren
	case *tables.TableHeader, *tables.TableRow:
		if entering {
			r.row(n)
		}
		return ast.WalkSkipChildren
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return ast.WalkSkipChildren
	}
	return ast.WalkContinue
}

// prefix is the mark of the first paragraph of an item, with the number that it has.
func (r *markdownReader) prefix(n ast.Node) string {
	parent, ok := n.Parent().(*ast.ListItem)
	if !ok || n.PreviousSibling() != nil {
		return ""
	}
	indent := strings.Repeat("  ", min(max(r.depth-1, 0), maxDepth))
	list, ok := parent.Parent().(*ast.List)
	if !ok || !list.IsOrdered() {
		return indent + "- "
	}
	number := list.Start
	for s := parent.PreviousSibling(); s != nil; s = s.PreviousSibling() {
		number++
	}
	return "  " + indent + itoa(number) + ". "
}

func (r *markdownReader) add(n ast.Node, prefix string) {
	number := r.numberOf(n)
	for i, line := range strings.Split(inline(n, r.source), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			r.lines = append(r.lines, clause.Line{Number: number + i, Text: prefix + line})
			prefix = ""
		}
	}
	if _, isText := n.(*ast.TextBlock); !isText {
		r.lines = append(r.lines, clause.Line{Number: number})
	}
}

func (r *markdownReader) row(n ast.Node) {
	var cells []string
	number := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if number == 0 {
			number = r.numberOf(c)
		}
		cells = append(cells, strings.ReplaceAll(strings.ReplaceAll(inline(c, r.source), "|", "/"), "\n", " "))
	}
	r.lines = append(r.lines, clause.Line{Number: number, Text: "| " + strings.Join(cells, " | ") + " |"})
	if _, head := n.(*tables.TableHeader); head {
		r.lines = append(r.lines, clause.Line{Number: number, Text: "|---|"})
	}
}

func (r *markdownReader) html(n *ast.HTMLBlock) {
	var b bytes.Buffer
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		b.Write(segment.Value(r.source))
	}
	first := r.numberOf(n)
	lines, _ := readHTML(b.String())
	for _, line := range lines {
		r.lines = append(r.lines, clause.Line{Number: first + line.Number - 1, Text: line.Text})
	}
}

// numberOf is the line of the first byte of a node. Nodes come in order, so that lines are
// counted once.
func (r *markdownReader) numberOf(n ast.Node) int {
	at := -1
	if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
		at = n.Lines().At(0).Start
	}
	if at < 0 {
		if first, ok := n.FirstChild().(*ast.Text); ok {
			at = first.Segment.Start
		}
	}
	if at >= r.at && at <= len(r.source) {
		r.line += bytes.Count(r.source[r.at:at], []byte("\n"))
		r.at = at
	}
	return r.line + 1
}

// inline is the text of a node without its marks.
func inline(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.URL(source))
		case *ast.RawHTML:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
