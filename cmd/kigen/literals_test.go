package main_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// japaneseLiterals lists the files whose string literals may hold Japanese, each with
// the reason: it is data to read, to parse or to recognize, and not a text for a reader.
// A name that ends in / stands for a folder.
var japaneseLiterals = map[string]string{
	"calendar/": "the names of holidays, and the headers of the official list",

	"sla/when/clock.go":      "the words of a time of day",
	"sla/when/date.go":       "the words of a date",
	"sla/when/era.go":        "the names of eras, which both languages quote",
	"sla/when/kanji.go":      "digits",
	"sla/when/prose.go":      "the words of dates and times in running text",
	"sla/when/prosedate.go":  "likewise",
	"sla/when/proseclock.go": "likewise",
	"sla/when/scan.go":       "the separators between the parts of a time",
	"sla/clause/":            "the words of vendors' papers",
	"sla/chaser/address.go":  "the characters between addresses",

	"sla/phrase/localizer/errors.go": "the joint of the lists inside an error",
	"notify/digestlist.go":           "the characters that begin a formula",

	"cmd/kigen/deadline.go":        "an example of what a person types",
	"cmd/kigen/incident.go":        "likewise",
	"cmd/kigen/incident_import.go": "likewise",
	"cmd/kigen/incident_needs.go":  "likewise",

	"cmd/kigen/internal/demo/incidents.go":           "the services of the incidents",
	"cmd/kigen/internal/intake/feed/format/words.go": "the words of vendors' notices",
	"cmd/kigen/internal/intake/mail/":                "the words of vendors' mails",

	"cmd/kigen/internal/render/builder_vendors.go": "a legal form in the names of companies",
	"cmd/kigen/internal/render/csv.go":             "the characters that begin a formula",
	"cmd/kigen/internal/render/layout/typeset.go":  "the characters at which no line breaks",
	"cmd/kigen/internal/render/pdf/blocks.go":      "the bullet of a list",
	"cmd/kigen/internal/sheetfile/header.go":       "the headers of columns",
	"cmd/kigen/internal/sheetfile/read.go":         "the separators of tags",
	"cmd/kigen/internal/sheetfile/xlsx.go":         "a mark of a time of day in a cell",
	"cmd/kigen/internal/slackapp/command.go":       "quotation marks of a command",
	"cmd/kigen/internal/web/access.go":             "brackets in a name that is not ours",
	"cmd/kigen/internal/web/board/amend.go":        "the separators of tags",
	"cmd/kigen/internal/web/board/names.go":        "kana in the order of their sound",
	"cmd/kigen/internal/web/figure/timeline.go":    "legal forms in the names of companies",
	"cmd/kigen/internal/web/times.go":              "an example of what a person types",
	"cmd/kigen/internal/web/vendorname.go":         "legal forms in the names of companies",
}

// eastAsian matches Japanese letters, and the punctuation and full-width forms that
// only Japanese texts use.
var eastAsian = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}\x{3001}-\x{303f}\x{30fb}\x{30fc}\x{ff01}-\x{ffee}]`)

// TestTextsStandInLocales: the texts that people read are in the files locales/*.json
// and errors/*.json, in both languages. A Japanese literal in the code would be a second
// home for them, and so would a text in both languages.
func TestTextsStandInLocales(t *testing.T) {
	for text, want := range map[string]bool{"期限": true, "、": true, "\uff08": true, "due": false, "–": false, "…": false, "“": false} {
		if eastAsian.MatchString(text) != want {
			t.Fatalf("%q counts as Japanese: %t, want %t", text, !want, want)
		}
	}
	used := map[string]bool{}
	eachSource(t, func(_, file string, _ []byte, parsed *ast.File, set *token.FileSet) {
		exempt := exemption(file)
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING && literal.Kind != token.CHAR {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case !eastAsian.MatchString(text):
			case exempt == "":
				t.Errorf("%s: %q: move it to locales, or to sla/phrase/localizer/errors/ja.json if it is an error", set.Position(literal.Pos()), text)
			default:
				used[exempt] = true
				if len([]rune(text)) > 2 && strings.HasSuffix(text, "。") {
					t.Errorf("%s: %q is a sentence: move it to locales", set.Position(literal.Pos()), text)
				}
			}
			return true
		})
	})
	for name := range japaneseLiterals {
		if !used[name] {
			t.Errorf("%s holds no Japanese literal: remove it from japaneseLiterals", name)
		}
	}
}

// bilingual lists the files that make a calendar.Text of their own. Everywhere else it is
// data from a configuration or a calendar, or comes from a Catalog or a Message.
var bilingual = []string{
	"calendar/", "config/", "sla/phrase/localizer/",
	"sla/deadline.go", "sla/report/build.go", "sla/report/duties.go", "cmd/kigen/internal/web/api/duties.go", // an id stands in for a name
}

// TestOnlyDataIsBilingual holds literals of calendar.Text to the files of bilingual.
func TestOnlyDataIsBilingual(t *testing.T) {
	eachSource(t, func(_, file string, _ []byte, parsed *ast.File, set *token.FileSet) {
		if slices.ContainsFunc(bilingual, func(name string) bool { return within(file, name) }) {
			return
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || len(literal.Elts) == 0 {
				return true
			}
			if typ, ok := literal.Type.(*ast.SelectorExpr); ok && typ.Sel.Name == "Text" {
				t.Errorf("%s makes a text in both languages: take it from a Catalog, or make a Message", set.Position(literal.Pos()))
			}
			return true
		})
	})
}

// exemption returns the entry of japaneseLiterals for a file.
func exemption(file string) string {
	for name := range japaneseLiterals {
		if within(file, name) {
			return name
		}
	}
	return ""
}

// within reports whether a file is the named one, or in the folder that the name with
// its / stands for.
func within(file, name string) bool {
	return file == name || strings.HasSuffix(name, "/") && strings.HasPrefix(file, name)
}
