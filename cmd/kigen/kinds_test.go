package main_test

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"kigen/cmd/kigen/docs"
	"kigen/notify/destinations"
)

// otherMeanings lists the files in which the name of a kind means something else.
var otherMeanings = map[string]string{
	"config/access.go":             "teams are the workspaces of slack.teams",
	"cmd/kigen/internal/slackapp/": "likewise",
}

func hasOtherMeaning(file string) bool {
	for place := range otherMeanings {
		if file == place || strings.HasSuffix(place, "/") && strings.HasPrefix(file, place) {
			return true
		}
	}
	return false
}

// TestAKindIsOneFileAndOneLine: the name of a kind of destination that has a protocol stands
// in its own file and in one line of the table, and nowhere else in the code. So another kind
// touches one file and one line.
func TestAKindIsOneFileAndOneLine(t *testing.T) {
	const room = "notify/destinations/"
	spoken := map[string]int{} // lines of the table, by name
	for _, kind := range destinations.Kinds() {
		if kind.New != nil {
			spoken[kind.Name] = 0
		}
	}
	if len(spoken) < 3 {
		t.Fatalf("%d kinds have a protocol", len(spoken))
	}
	lines := map[string]map[int]bool{}
	eachSource(t, func(_, file string, _ []byte, parsed *ast.File, set *token.FileSet) {
		if strings.HasPrefix(file, "notify/fakechat/") || hasOtherMeaning(file) { // a fake is one of a known receiver
			return
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			word, names := "", func(string) bool { return false }
			switch n := n.(type) {
			case *ast.Ident:
				word = n.Name
				names = func(name string) bool { return strings.Contains(strings.ToLower(word), name) }
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					word, _ = strconv.Unquote(n.Value)
					names = func(name string) bool { return word == name }
				}
			}
			for name := range spoken {
				if !names(name) || file == room+name+".go" {
					continue
				}
				if file != room+"table.go" {
					t.Errorf("%s names the kind %s in %q: follow the table of destinations", set.Position(n.Pos()), name, word)
					continue
				}
				if lines[name] == nil {
					lines[name] = map[int]bool{}
				}
				lines[name][set.Position(n.Pos()).Line] = true
			}
			return true
		})
	})
	for name := range spoken {
		if len(lines[name]) != 1 {
			t.Errorf("%s stands in %d lines of the table, want 1", name, len(lines[name]))
		}
	}
}

// TestDestinationsPage: the page of destinations shows each kind with all its settings and
// its class, in both languages.
func TestDestinationsPage(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		page, _ := docs.Read(lang, "destinations")
		slack, _ := docs.Read(lang, "slack")
		for _, kind := range destinations.Kinds() {
			if !strings.Contains(page.Text, "{"+kind.Name+": {") {
				t.Errorf("%s: destinations.md shows no %s", lang, kind.Name)
			}
			for _, s := range kind.Settings {
				if !strings.Contains(page.Text, s.Key+": ") && !strings.Contains(slack.Text, s.Key+": ") {
					t.Errorf("%s: destinations.md does not show %s of %s", lang, s.Key, kind.Name)
				}
			}
			if kind.New == nil {
				continue
			}
			row := ""
			for line := range strings.Lines(page.Text) {
				if strings.HasPrefix(line, "| `"+kind.Name+"`") {
					row = line
				}
			}
			if class := kind.Class(nil).String(); !strings.Contains(row, class) {
				t.Errorf("%s: the table of destinations.md says %q of %s, want %s", lang, row, kind.Name, class)
			}
		}
	}
}
