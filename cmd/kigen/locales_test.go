package main_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/report"
)

// TestTextsOfAllPackages holds every package with a folder locales to these
// rules: each key stands once, in both languages, with the same placeholders in
// every form; the code asks for no other key, and no key is left over. An English text
// that counts things has a form for one thing, or writes the number last.
func TestTextsOfAllPackages(t *testing.T) {
	packages := 0
	walk(t, func(file string, d fs.DirEntry) {
		if !d.IsDir() || d.Name() != "locales" {
			return
		}
		packages++
		pkg := filepath.Dir(file)
		texts := map[string]map[string][]string{}
		for _, lang := range localizer.Languages() {
			texts[lang] = textsOf(t, file, lang)
		}
		ja, en := texts[localizer.Japanese], texts[localizer.English]
		if a, b := slices.Sorted(maps.Keys(ja)), slices.Sorted(maps.Keys(en)); !slices.Equal(a, b) {
			t.Errorf("%s: only in one language: %v", pkg, onlyInOne(a, b))
		}
		for key, forms := range ja {
			want := placeholders(forms[0])
			for _, form := range slices.Concat(forms, en[key]) {
				if got := placeholders(form); form == "" || !slices.Equal(got, want) {
					t.Errorf("%s: %s: %q has the placeholders %v, another form or language %v", pkg, key, form, got, want)
				}
			}
		}
		for key, forms := range en {
			if len(forms) == 1 && counted.MatchString(forms[0]) {
				t.Errorf("%s: %s: %q reads wrong of one: give it the forms one and other, or write the number last", pkg, key, forms[0])
			}
		}
		asked, prefixes := keysAskedFor(t, pkg)
		for _, key := range asked {
			if _, ok := ja[key]; !ok && !namesVerdict(key) {
				t.Errorf("%s: there is no text %q", pkg, key)
			}
		}
		code := sourceOf(t, pkg)
		for key := range ja {
			composed := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
			if !strings.Contains(code, `"`+key+`"`) && !slices.ContainsFunc(prefixes, composed) {
				t.Errorf("%s: no code asks for the text %q", pkg, key)
			}
		}
	})
	if packages < 5 {
		t.Fatalf("%d packages with texts, want at least 5: the tree was not found", packages)
	}
}

// counted finds a number before a word in the plural.
var counted = regexp.MustCompile(`(%d|\{\{\.N\}\}) (more )?[a-z]{2,}s\b`)

// TestPhraseNamesEveryValue: a value without a word would be shown as it is
// stored.
func TestPhraseNamesEveryValue(t *testing.T) {
	for _, lang := range localizer.Languages() {
		named := func(word, value string) {
			if word == "" || lang == localizer.Japanese && word == value {
				t.Errorf("%s: %q has no word", lang, value)
			}
		}
		for _, s := range append([]sla.State{"out_of_reach", "unreadable"}, sla.States[:]...) {
			named(phrase.State(lang, string(s)), string(s))
		}
		for _, v := range report.Verdicts {
			named(phrase.Verdict(lang, string(v)), string(v))
		}
		for _, i := range sla.Impacts {
			named(phrase.Impact(lang, string(i)), string(i))
		}
		for _, s := range sla.Scopes {
			named(phrase.Scope(lang, string(s)), string(s))
		}
		for _, s := range append([]sla.Severity{sla.SeverityUnknown}, sla.Severities[:]...) {
			named(phrase.Severity(lang, string(s)), string(s))
		}
		for _, s := range sla.Strengths {
			named(phrase.Strength(lang, string(s)), string(s))
			named(phrase.Meaning(lang, "strength", string(s)), string(s))
		}
		for _, s := range sla.States {
			named(phrase.Meaning(lang, "state", string(s)), string(s))
		}
		for _, m := range sla.EnteredMoments() {
			named(phrase.Meaning(lang, "moment", m.String()), m.String())
		}
	}
}

// TestOnlyPhraseNamesStates: a state has one name, which phrase holds. A text,
// template or string of another package that is such a name, apart from case,
// punctuation and placeholders, is a second home for it.
func TestOnlyPhraseNamesStates(t *testing.T) {
	names := namesOfStates(t)
	for text, want := range map[string]bool{
		"【期限超過】": true, "OVERDUE: ": true, "({{.N}}) overdue": true, "Overdue": true, "In time": true,
		"overdue": true, "期限超過の通知": false, "when the deadline passes": false, "": false,
	} {
		if _, found := names[bare(text)]; found != want {
			t.Fatalf("%q names a state: %t, want %t", text, found, want)
		}
	}
	if identifies("Late", "verdict_late") || !identifies("late", "verdict_late") {
		t.Fatal("a capital makes a text of an identifier")
	}
	walk(t, func(file string, d fs.DirEntry) {
		if d.IsDir() || strings.HasPrefix(file, filepath.Join(root, "sla", "phrase")) {
			return
		}
		for _, text := range textsIn(t, file) {
			if name, ok := names[bare(text)]; ok && (!strings.HasSuffix(file, ".go") || !identifies(text, name)) {
				t.Errorf("%s: %q is the %s: take it from phrase", file, text, name)
			}
		}
	})
}

// identifies reports whether a text of the code is the identifier of a state, or
// the beginning of a key, and no text for people.
func identifies(text, name string) bool {
	_, id, _ := strings.Cut(name, "_")
	return text == id || text == id+"_"
}

// textsIn returns what a file may show to people.
func textsIn(t *testing.T, file string) (texts []string) {
	t.Helper()
	switch {
	case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, text)
			}
			return true
		})
	case strings.HasSuffix(file, ".html"):
		for _, m := range regexp.MustCompile(`>([^<>]+)<`).FindAllStringSubmatch(string(read(t, file)), -1) {
			texts = append(texts, m[1])
		}
	case filepath.Base(filepath.Dir(file)) == "locales":
		lang := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, forms := range textsOf(t, filepath.Dir(file), lang[strings.LastIndex(lang, ".")+1:]) {
			texts = append(texts, forms...)
		}
	}
	return texts
}

// namesOfStates maps the bare names of states and verdicts to their keys.
func namesOfStates(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, lang := range localizer.Languages() {
		for key, forms := range textsOf(t, filepath.Join(root, "sla", "phrase", "locales"), lang) {
			if strings.HasPrefix(key, "state_") || strings.HasPrefix(key, "verdict_") {
				names[bare(forms[0])] = key
			}
		}
	}
	if len(names) < len(sla.States) {
		t.Fatalf("phrase names %d states", len(names))
	}
	return names
}

var (
	placeholder = regexp.MustCompile(`\{\{[^}]*\}\}|%[a-z]`)
	punctuation = regexp.MustCompile(`[^\p{L}\p{M} ]+`)
)

// bare is a text without placeholders, punctuation and case.
func bare(text string) string {
	text = punctuation.ReplaceAllString(placeholder.ReplaceAllString(text, ""), "")
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

var named = regexp.MustCompile(`\.(\w+)\}\}|\{(\w+)\}|%(?:\[\d+\])?([a-z])`)

// placeholders lists the names of a text's placeholders in order.
func placeholders(text string) (names []string) {
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1]+m[2]+m[3])
	}
	slices.Sort(names)
	return names
}

func onlyInOne(a, b []string) (keys []string) {
	for _, key := range slices.Concat(a, b) {
		if !slices.Contains(a, key) || !slices.Contains(b, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// namesVerdict reports whether a key is that of a verdict or of its column.
func namesVerdict(key string) bool {
	return slices.Contains(report.Verdicts[:], report.Verdict(strings.TrimPrefix(key, "csv_")))
}

var (
	askedFor = regexp.MustCompile(`(?:\b(?:say|text|plural|Say|Text|Both)\((?:[\w.]*[lL]ang(?:\(\w*\))?, )?|\{\{-? ?t |\(t )"(\w+)"(\s*\+)?`)
	prefixed = regexp.MustCompile(`"(\w+_)"`)
)

// keysAskedFor returns the keys that the code of a package names, and the
// prefixes of those that it puts together.
func keysAskedFor(t *testing.T, pkg string) (keys, prefixes []string) {
	t.Helper()
	code := sourceOf(t, pkg)
	for _, m := range askedFor.FindAllStringSubmatch(code, -1) {
		if m[2] == "" {
			keys = append(keys, m[1])
		}
	}
	for _, m := range prefixed.FindAllStringSubmatch(code, -1) {
		prefixes = append(prefixes, m[1])
	}
	// Names that a variable completes on both sides.
	return keys, append(prefixes, prefixesOfVariables[filepath.ToSlash(pkg)]...)
}

// prefixesOfVariables lists, by package, the prefixes of keys that come from a
// variable.
var prefixesOfVariables = map[string][]string{
	root + "/notify":                       {"digest_", "changes_", "imported_"},
	root + "/cmd/kigen/internal/web/frame": {"new_what_", "new_when_"}, // completed by what answers the kind
	root + "/sla/prose":                    {"rule_from_", "rule_then_", "rule_later_of_", "rule_earlier_of_"},
}

// sharedTexts lists, by package with texts, the other packages that use them.
var sharedTexts = map[string][]string{
	root + "/cmd/kigen/internal/web/frame": {"../about", "../account", "../board", "../figure", "../inboxes", "../reports", "../vendors"},
}

// sourceOf returns the code that uses the texts of a package.
func sourceOf(t *testing.T, pkg string) string {
	t.Helper()
	var all strings.Builder
	for _, user := range append([]string{"."}, sharedTexts[filepath.ToSlash(pkg)]...) {
		for _, pattern := range []string{"*.go", "templates/*.html", "*.html"} {
			files, err := filepath.Glob(filepath.Join(pkg, user, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				if !strings.HasSuffix(file, "_test.go") {
					all.Write(read(t, file))
				}
			}
		}
	}
	return all.String()
}

// textsOf reads the texts of one language from a folder locales, each in all its
// forms. A key that stands twice is an error: the decoder would keep the second.
func textsOf(t *testing.T, folder, lang string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"+lang+".json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no texts in %s: %v", folder, lang, err)
	}
	texts := map[string][]string{}
	for _, file := range files {
		d := json.NewDecoder(strings.NewReader(string(read(t, file))))
		if _, err := d.Token(); err != nil { // the opening brace
			t.Fatalf("%s: %v", file, err)
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if texts[key.(string)] != nil {
				t.Errorf("%s: %q stands there twice", file, key)
			}
			texts[key.(string)] = formsOf(t, raw)
		}
	}
	return texts
}

func formsOf(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []string{text}
	}
	forms := map[string]string{}
	if err := json.Unmarshal(raw, &forms); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Values(forms))
}

// walk calls visit for the files and folders of the tree.
func walk(t *testing.T, visit func(file string, d fs.DirEntry)) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		visit(file, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
