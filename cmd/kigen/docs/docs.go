// Package docs holds kigen's pages of documentation, each in Japanese and
// English. "kigen help TOPIC" prints a page as text, and the board shows it
// under /help.
//
// A page is Markdown. Its first line is the title and its first paragraph says
// what the page is for. What the code knows better than a writer, such as the
// commented configuration, is put in when the page is read: see [Read]. The
// tests of package main run every command and check every configuration that a
// page shows.
package docs

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/html"
	text "github.com/DataDog/datadog-agent/pkg/template/text"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	markdown "github.com/yuin/goldmark/text"

	"kigen/config"
)

//go:embed ja/*.md en/*.md
var files embed.FS

// topics lists the pages in the order in which a new reader needs them.
var topics = [...]string{
	"installation", "configuration", "grammar", "drafting", "register", "slack", "destinations", "incidents", "intake", "duties", "import",
	"reports", "access", "operations", "postgresql", "record", "api", "upgrading", "faq",
}

// Topics returns the names of all pages, in reading order.
func Topics() []string { return slices.Clone(topics[:]) }

// Page is one page in one language.
type Page struct {
	Topic   string
	Title   string
	Summary string // the first paragraph, on one line
	Text    string // the whole page as Markdown
}

// Read returns the page of a topic; false for an unknown topic or language.
func Read(lang, topic string) (Page, bool) {
	if !slices.Contains(topics[:], topic) {
		return Page{}, false
	}
	source, err := files.ReadFile(path.Join(lang, topic+".md"))
	if err != nil {
		return Page{}, false
	}
	return parse(topic, fill(topic, string(source))), true
}

// fill puts in what is generated from the code. A fault in an embedded page is
// a fault of the build, so it panics.
func fill(topic, source string) string {
	page := text.Must(text.New(topic).Funcs(text.FuncMap{
		"sample":    func() string { return strings.TrimSpace(string(config.Sample())) },
		"variables": func() string { return strings.Join(config.Variables(), "\n") },
	}).Parse(source))
	var filled strings.Builder
	if err := page.Execute(&filled, nil); err != nil {
		panic(fmt.Sprintf("docs: page %s: %v", topic, err))
	}
	return filled.String()
}

func parse(topic, source string) Page {
	first, rest, _ := strings.Cut(source, "\n")
	summary, _, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
	return Page{
		Topic: topic, Title: strings.TrimPrefix(first, "# "), Text: source,
		Summary: strings.ReplaceAll(summary, "\n", " "),
	}
}

// HTML renders the page without its title. Links to other pages, which stand in
// the Markdown as slack.md, lead below base. Raw HTML in a page is left out.
func (p Page) HTML(base string) (template.HTML, error) {
	_, body, _ := strings.Cut(p.Text, "\n")
	source := []byte(body)
	// A line break between Japanese characters is no space.
	japanese := extension.NewCJK(extension.WithEastAsianLineBreaks())
	converter := goldmark.New(goldmark.WithExtensions(extension.Table, japanese))
	document := converter.Parser().Parse(markdown.NewReader(source))
	if err := ast.Walk(document, relink(base)); err != nil {
		return "", fmt.Errorf("page %s: %w", p.Topic, err)
	}
	var html bytes.Buffer
	if err := converter.Renderer().Render(&html, source, document); err != nil {
		return "", fmt.Errorf("page %s: %w", p.Topic, err)
	}
	return template.HTML(html.String()), nil //nolint:gosec // the text is our own, and goldmark drops raw HTML
}

// relink points links between pages at their addresses on the board.
func relink(base string) ast.Walker {
	return func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		link, ok := n.(*ast.Link)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		if topic, isPage := strings.CutSuffix(string(link.Destination), ".md"); isPage {
			link.Destination = []byte(base + "/" + topic)
		}
		return ast.WalkContinue, nil
	}
}
