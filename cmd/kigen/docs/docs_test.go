package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/docs"
)

var languages = [...]string{"ja", "en"}

func TestEveryTopicHasAPageInBothLanguages(t *testing.T) {
	for _, lang := range languages {
		for _, topic := range docs.Topics() {
			page, ok := docs.Read(lang, topic)
			if !ok {
				t.Fatalf("%s/%s is missing", lang, topic)
			}
			if page.Title == "" || strings.HasPrefix(page.Title, "#") {
				t.Errorf("%s/%s: title %q: the first line must be # and the title", lang, topic, page.Title)
			}
			if page.Summary == "" || strings.ContainsAny(page.Summary, "#`") {
				t.Errorf("%s/%s: summary %q: the first paragraph must say what the page is for", lang, topic, page.Summary)
			}
		}
	}
}

func TestUnknownPages(t *testing.T) {
	for _, asked := range [][2]string{{"en", "nothing"}, {"fr", "slack"}, {"en", "../docs"}, {"en", ""}} {
		if page, ok := docs.Read(asked[0], asked[1]); ok {
			t.Errorf("%v gives %q", asked, page.Title)
		}
	}
}

var pageLink = regexp.MustCompile(`\]\(([^)]+)\)`)

// Links lead to another page or to an address outside.
func TestLinks(t *testing.T) {
	for _, lang := range languages {
		for _, topic := range docs.Topics() {
			page, _ := docs.Read(lang, topic)
			for _, link := range pageLink.FindAllStringSubmatch(page.Text, -1) {
				if strings.HasPrefix(link[1], "https://") {
					continue
				}
				name, isPage := strings.CutSuffix(link[1], ".md")
				if !isPage || !slices.Contains(docs.Topics(), name) {
					t.Errorf("%s/%s: the link %q leads nowhere", lang, topic, link[1])
				}
			}
		}
	}
}

func TestHTML(t *testing.T) {
	page, _ := docs.Read("en", "installation")
	html, err := page.HTML("/kigen/help")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<a href="/kigen/help/access">`, `<pre><code class="language-sh">kigen demo`, "<h2>As a service</h2>",
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %s in\n%s", want, html)
		}
	}
	if strings.Contains(string(html), "<h1") {
		t.Error("the title stands in the text as well")
	}
}

// The two languages of a page show the same commands and the same
// configuration: a translation must not fall behind.
func TestBothLanguagesShowTheSame(t *testing.T) {
	for _, topic := range docs.Topics() {
		ja, _ := docs.Read("ja", topic)
		en, _ := docs.Read("en", topic)
		a, b := shown(ja), shown(en)
		if !slices.Equal(a, b) {
			t.Errorf("%s: Japanese shows\n%q\nEnglish shows\n%q", topic, a, b)
		}
	}
}

var (
	remark     = regexp.MustCompile(`\s+# .*$`)
	sampleText = regexp.MustCompile(`(--title|--text|--reason|"reason":|"text":) "[^"]*"`)
	langFlag   = regexp.MustCompile(` --lang (ja|en)$`)
)

// shown lists what a reader may type from a page, without remarks and words of
// the language.
func shown(p docs.Page) []string {
	var lines []string
	for _, block := range p.Blocks() {
		for line := range strings.Lines(block.Text) {
			line = remark.ReplaceAllString(strings.TrimRight(line, "\n"), "")
			line = langFlag.ReplaceAllString(sampleText.ReplaceAllString(line, "$1 …"), "")
			if block.Kind != "console" || strings.HasPrefix(line, "$ ") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
