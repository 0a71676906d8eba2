package slackapp

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
)

// Any text parses as a valid command or as a mistake that can be explained.
// can be result.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", "log", "log sotas", "log sotas 画面が出ない", "list", "show KGN-3", "show ３", "deadline sotas 2026-05-02 22:10",
		"deadline sotas --start=“2026-05-02 22:10”", "deadline　sotas　２０２６", "&lt;!here&gt;", "show -1", "log \u3000", "deadline \"", "help\x00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, wrong := parse(text)
		if !slices.Contains([]string{verbHelp, verbLog, verbList, verbShow, verbDeadline}, c.verb) {
			t.Fatalf("%q: verb %q", text, c.verb)
		}
		if wrong != nil {
			if !catalog.In("ja").Has(wrong.text) {
				t.Fatalf("%q: the mistake %q has no wording", text, wrong.text)
			}
			return
		}
		switch c.verb {
		case verbShow:
			if c.id <= 0 {
				t.Fatalf("%q: shows %s", text, c.id)
			}
		case verbDeadline:
			if c.vendor == "" || c.start == "" {
				t.Fatalf("%q: deadline of %q from %q", text, c.vendor, c.start)
			}
		}
		if strings.ContainsAny(c.title, "\r\n") {
			t.Fatalf("%q: a title of several lines", text)
		}
		for _, word := range []string{c.vendor, c.title, c.start} {
			if word != strings.TrimSpace(word) {
				t.Fatalf("%q: %q has blanks around it", text, word)
			}
		}
	})
}

// Text is cut to its limit, never inside an entity, and nothing in it is
// markup any more.
func TestCutMarkup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("a&<>期;\n"))).Draw(t, "text")
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		got := cutMarkup(escaped(text), limit)
		if utf8.RuneCountInString(got) > limit || strings.ContainsAny(got, "<>") {
			t.Fatalf("%q", got)
		}
		back, whole := strings.CutSuffix(html.UnescapeString(got), "…")
		if strings.Contains(strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(got), "&") {
			t.Fatalf("%q ends inside an entity", got)
		}
		if !strings.HasPrefix(text, back) || !whole && back != text {
			t.Fatalf("%q is cut to %q", text, got)
		}
		if unescaped(escaped(text)) != text {
			t.Fatalf("%q does not come back", text)
		}
	})
}

// A chaser arrives whole, in pieces that Slack takes.
func TestPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab <&期`")), 1, 8, -1), 1, 40).Draw(t, "words")
		var lines []string
		for i, word := range words { // up to 300 characters, of which each may become five
			lines = append(lines, strings.Repeat(word+" ", i))
		}
		text := strings.Join(lines, "\n")
		all := pieces(text)
		for _, piece := range all {
			if n := utf8.RuneCountInString("```\n" + piece + "\n```"); n > longestSection || strings.Contains(piece, "```") {
				t.Fatalf("a piece of %d characters: %q", n, piece)
			}
		}
		bare := func(s string) string {
			return strings.Join(strings.Fields(strings.NewReplacer("`", "", "'", "").Replace(s)), "")
		}
		if got := html.UnescapeString(strings.Join(all, "\n")); bare(got) != bare(text) {
			t.Fatalf("%q\nbecame\n%q", text, got)
		}
	})
}

// Every answer is inside Slack's limits, with any content.
func TestAnswerLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var result answer
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 4000), 1, 80).Draw(t, "lengths") {
			result.sections = append(result.sections, strings.Repeat("期", n))
		}
		result.actions = []slack.BlockElement{slack.NewButtonBlockElement("a", "b", plain("c"))}
		blocks, total := result.blocks(), 0
		for _, b := range blocks {
			if section, ok := b.(*slack.SectionBlock); ok {
				n := utf8.RuneCountInString(section.Text.Text)
				if n == 0 || n > longestSection {
					t.Fatalf("a section of %d characters", n)
				}
				total += n
			}
		}
		if len(blocks) > mostBlocks || total > longestAnswer {
			t.Fatalf("%d blocks, %d characters", len(blocks), total)
		}
		if _, ok := blocks[len(blocks)-1].(*slack.ActionBlock); !ok {
			t.Fatal("the buttons are gone")
		}
	})
}

// A catalogue of any size fits the form: Slack takes a hundred options, or as
// many groups of a hundred.
func TestManyVendors(t *testing.T) {
	for _, n := range []int{1, 100, 101, 950} {
		a := New(Options{Lang: "ja"})
		for i := range n {
			a.Catalogue = append(a.Catalogue, &sla.Vendor{ID: fmt.Sprintf("v%03d", i), Name: calendar.Text{Ja: strings.Repeat("長い名前", 30)}})
		}
		choices := make([]choice, n)
		for i, v := range a.Catalogue {
			choices[i] = choice{v.ID, v.Name.In("ja")}
		}
		element := list("vendor", "v000", choices)
		if element.InitialOption == nil || element.InitialOption.Value != "v000" {
			t.Errorf("%d: the chosen vendor is lost", n)
		}
		count := len(element.Options)
		for _, group := range element.OptionGroups {
			count += len(group.Options)
			if len(group.Options) > mostOptions || utf8.RuneCountInString(group.Label.Text) > longestOption {
				t.Errorf("%d: a group %q of %d", n, group.Label.Text, len(group.Options))
			}
		}
		if count != n || len(element.Options) > mostOptions || len(element.OptionGroups) > mostOptions {
			t.Errorf("%d vendors: %d options, %d groups", n, count, len(element.OptionGroups))
		}
	}
}

// Old acts are forgotten, new ones never.
func TestActsAreBounded(t *testing.T) {
	s := newActs()
	for i := range 2 * remembered {
		if _, first := s.begin(fmt.Sprint(i)); !first {
			t.Fatalf("act %d was known", i)
		}
		if _, first := s.begin(fmt.Sprint(max(0, i-remembered+1))); first {
			t.Fatalf("an act was forgotten after %d", i)
		}
	}
	if len(s.known) != remembered || len(s.order) != remembered {
		t.Errorf("%d acts are kept", len(s.known))
	}
}

func TestActor(t *testing.T) {
	for _, test := range []struct{ id, name, want string }{
		{"U1", "mori", "mori (slack:U1)"},
		{"U1", "", "slack:U1"},
		{"U1", " kigen\n(slack:U2) ", "kigenslack:U2 (slack:U1)"},
		{"U1", strings.Repeat("長", 100), strings.Repeat("長", 59) + "… (slack:U1)"},
	} {
		if got := actor(test.id, test.name); got != test.want {
			t.Errorf("%q %q: %q, want %q", test.id, test.name, got, test.want)
		}
	}
}
