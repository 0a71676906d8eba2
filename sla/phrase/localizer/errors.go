package localizer

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"kigen/calendar"
)

// An error is written in English where it arises, which logs, tests and callers
// read. Its format is the key of its Japanese text in errors/ja.json, or, for an
// error of a library, in errors/libraries.ja.json. The errors of packages that
// know no language, such as store, are translated in the same way.

//go:embed errors/*.json
var errorFiles embed.FS

// ErrorIn returns the text of an error in "ja" or "en". An error that has its text
// in both languages, by a method In or Text, says it itself; of others each part is
// translated that the tables hold, and the rest stays in English.
func ErrorIn(lang string, err error) string {
	if err == nil {
		return ""
	}
	if lang != Japanese {
		return err.Error()
	}
	if bilingual, ok := err.(interface{ In(lang string) string }); ok { //nolint:errorlint // the causes are visited one by one
		return bilingual.In(lang)
	}
	text := err.Error()
	for _, cause := range causes(err) {
		if said := ErrorIn(lang, cause); said != cause.Error() {
			text = replaceCause(text, cause.Error(), said)
		}
	}
	return Sentence(lang, text)
}

// replaceCause replaces the text of a cause where it stands as a clause of its own, and
// not inside of another one.
func replaceCause(text, cause, said string) string {
	for at := 0; ; at++ {
		next := strings.Index(text[at:], cause)
		if next < 0 {
			return text
		}
		at += next
		before, after := text[:at], text[at+len(cause):]
		if opens.MatchString(before) && closes.MatchString(after) {
			return before + said + after
		}
	}
}

// opens and closes match what stands around a clause.
var (
	opens  = regexp.MustCompile(`(^|[:;(] ?|\n)$`)
	closes = regexp.MustCompile(`^([:;,)\n]|$)`)
)

func causes(err error) []error {
	switch wrapper := err.(type) { //nolint:errorlint // looks at this error alone
	case interface{ Unwrap() []error }:
		return slices.DeleteFunc(slices.Clone(wrapper.Unwrap()), func(e error) bool { return e == nil })
	case interface{ Unwrap() error }:
		if cause := wrapper.Unwrap(); cause != nil {
			return []error{cause}
		}
	}
	return nil
}

// Sentence translates the English text of an error, line by line. Of a line without a
// translation the longest end that has one is translated, so that the places before
// it, such as "kigen.yaml:3: listen: ", stay.
func Sentence(lang, text string) string {
	if lang != Japanese || text == "" {
		return text
	}
	if said, ok := translate(text); ok {
		return said
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = sentence(line)
	}
	return strings.Join(lines, "\n")
}

// Sentences is Sentence in both languages.
func Sentences(text string) calendar.Text {
	return calendar.Text{Ja: Sentence(Japanese, text), En: text}
}

func sentence(line string) string {
	for at := 0; ; {
		if said, ok := translate(line[at:]); ok {
			return line[:at] + said
		}
		next := strings.Index(line[at:], ": ")
		if next < 0 {
			return line
		}
		at += next + len(": ")
	}
}

// translate translates a whole text; arguments that are errors themselves are
// translated in turn.
func translate(text string) (string, bool) {
	table := errorTexts()
	if said, ok := table.plain[text]; ok {
		return said, true
	}
	for _, p := range table.patterns {
		if !strings.HasPrefix(text, p.prefix) {
			continue
		}
		if args := p.english.FindStringSubmatch(text); args != nil {
			return fill(p.japanese, len(args)-1, func(i int, _ string) string { return translated(args[i+1]) }), true
		}
	}
	return "", false
}

// pattern is a format of errors with arguments.
type pattern struct {
	letters  int    // of the format itself; the format with most is tried first
	prefix   string // before the first argument
	english  *regexp.Regexp
	japanese string
}

// listed writes an English list of values as a Japanese one.
var listed = strings.NewReplacer(", ", "、", " or ", "、", " and ", "、")

type errorTable struct {
	formats  map[string]string // all, as the files hold them
	plain    map[string]string // formats without arguments, as errors write them
	patterns []pattern
}

var (
	verb        = regexp.MustCompile(`%(?:\[(\d+)\])?[-+#0-9.]*([a-zA-Z%])`)
	alternative = regexp.MustCompile(`^\S+(?:, \S+)* (?:or|and) \S+$`)
)

var errorTexts = sync.OnceValue(func() *errorTable {
	t := &errorTable{formats: map[string]string{}, plain: map[string]string{}}
	for _, name := range []string{"errors/ja.json", "errors/libraries.ja.json"} {
		texts := map[string]string{}
		file, err := errorFiles.ReadFile(name)
		if err = errors.Join(err, json.Unmarshal(file, &texts)); err != nil {
			panic("localizer: " + name + ": " + err.Error())
		}
		for english, japanese := range texts {
			t.formats[english] = japanese
			t.add(english, japanese)
		}
	}
	slices.SortFunc(t.patterns, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(b.letters, a.letters), cmp.Compare(a.japanese, b.japanese))
	})
	return t
})

func (t *errorTable) add(english, japanese string) {
	var expression strings.Builder
	if expression.WriteString("^"); strings.Contains(english, "\n") {
		expression.WriteString("(?s)")
	}
	p := pattern{japanese: japanese}
	at, begun := 0, false
	literal := func(text string) {
		expression.WriteString(regexp.QuoteMeta(text))
		p.letters += len(text)
	}
	for _, m := range verb.FindAllStringSubmatchIndex(english, -1) {
		literal(english[at:m[0]])
		if at = m[1]; english[m[4]] == '%' {
			literal("%")
			continue
		}
		if !begun {
			begun, p.prefix = true, english[:m[0]]
		}
		expression.WriteString(argument(english[m[4]]))
	}
	literal(english[at:])
	if plain := strings.ReplaceAll(english, "%%", "%"); !strings.Contains(strings.ReplaceAll(english, "%%", ""), "%") {
		t.plain[plain] = strings.ReplaceAll(japanese, "%%", "%")
		return
	}
	p.prefix = strings.ReplaceAll(p.prefix, "%%", "%")
	p.english = regexp.MustCompile(expression.String() + `$`)
	t.patterns = append(t.patterns, p)
}

// argument is the expression of what a verb writes.
func argument(verb byte) string {
	switch verb {
	case 'd':
		return `(-?\d+)`
	case 'q':
		return `("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`
	}
	return `(.+?)`
}

// translated is an argument of an error in Japanese: a list, an error, or the argument
// as it is.
func translated(arg string) string {
	if alternative.MatchString(arg) {
		return listed.Replace(arg)
	}
	return Sentence(Japanese, arg)
}

// fill writes a Japanese text with the n arguments of its English format, which its
// verbs take in order or by number.
func fill(japanese string, n int, write func(i int, verb string) string) string {
	next := 0
	said := verb.ReplaceAllStringFunc(japanese, func(v string) string {
		m := verb.FindStringSubmatch(v)
		if m[2] == "%" {
			return "%"
		}
		if i, err := strconv.Atoi(m[1]); err == nil {
			next = i - 1
		}
		if next++; next > n {
			return v
		}
		return write(next-1, v)
	})
	return strings.ReplaceAll(said, "。。", "。") // an argument may be a sentence of its own
}
