package format

import (
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxLines bounds what is watched of a page.
const maxLines = 2000

// Page is a page that is watched for change: what a reader sees of it.
type Page struct {
	Title string
	Lines []string
}

// readPage reads the text of a page. Its scripts are not run, and nothing is fetched.
func readPage(text string, o Options) (Document, error) {
	if tags(text) > maxElements {
		return Document{}, refuse(TooMuch, "the page has more than %d elements", maxElements)
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return Document{}, err
	}
	watched := child(root, atom.Body)
	title := ""
	if t := child(root, atom.Title); t != nil {
		title = Line(nodeText(t))
	}
	if o.Select != "" {
		selector, err := cascadia.Parse(o.Select)
		if err != nil {
			return Document{}, refuse(NotThePage, "%q is no CSS selector: %w", o.Select, err)
		}
		if watched = cascadia.Query(root, selector); watched == nil {
			return Document{}, refuse(NotThePage, "the page has nothing that %q selects: it is not the page that this source watches", o.Select)
		}
	}
	if watched == nil || title == "" && o.Select == "" {
		return Document{}, refuse(NotThePage, "the page has no title: it is not the page that this source watches")
	}
	page := Page{Title: title}
	for line := range strings.Lines(nodeText(watched)) {
		if line = clip(Line(line), maxTitle); line != "" {
			page.Lines = append(page.Lines, line)
		}
	}
	if len(page.Lines) == 0 {
		return Document{}, refuse(NotThePage, "the page is empty: what it shows may be made by a script, which kigen does not run")
	}
	if o.MustContain != "" && !strings.Contains(Fold(title+"\n"+strings.Join(page.Lines, "\n")), Fold(o.MustContain)) {
		return Document{}, refuse(NotThePage, "the page lacks %q: it is not the page that this source watches", o.MustContain)
	}
	page.Lines = page.Lines[:min(len(page.Lines), maxLines)]
	return Document{Anchor: title, Page: &page}, nil
}

// tags counts the elements of a page, so that a page of nothing else is not built up.
func tags(text string) (n int) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken, html.SelfClosingTagToken:
			n++
		}
	}
}
