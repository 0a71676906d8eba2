// Package localizer gives the texts that kigen shows to people, in Japanese and
// in English. Each package keeps its texts in its own embedded folder locales, in
// files such as ja.json and en.json, and reads them through a [Catalog].
//
// A text holds placeholders such as {{.Due}}; a text that depends on a number has
// the forms "one" and "other", selected by the value N.
package localizer

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"kigen/calendar"
)

// The languages of all texts.
const (
	Japanese = "ja"
	English  = "en"
)

// Languages returns the languages of all texts; the first is the default.
func Languages() []string { return []string{Japanese, English} }

// Catalog holds the texts of one package in all languages.
type Catalog struct {
	texts func() map[string]Localizer // by language
}

// New returns the catalog of the files locales/*.json. They are read at the first
// use. Malformed files are a fault of the build, which every test of the package
// shows, so they panic.
func New(files fs.FS) *Catalog {
	return &Catalog{texts: sync.OnceValue(func() map[string]Localizer {
		texts, err := load(files)
		if err != nil {
			panic("localizer: " + err.Error())
		}
		return texts
	})}
}

func load(files fs.FS) (map[string]Localizer, error) {
	names, err := fs.Glob(files, "locales/*.json")
	if err != nil {
		return nil, err
	}
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	texts := map[string]Localizer{}
	for _, lang := range Languages() {
		texts[lang] = Localizer{Lang: lang, messages: map[string]*i18n.Message{}}
	}
	for _, name := range names {
		file, err := bundle.LoadMessageFileFS(files, name)
		if err != nil {
			return nil, err
		}
		known, ok := texts[file.Tag.String()]
		if !ok {
			return nil, fmt.Errorf("%s: language %s: name the file ja.json or en.json", name, file.Tag)
		}
		for _, message := range file.Messages {
			if rest := placeholder.ReplaceAllString(message.One+message.Other, ""); strings.Contains(rest, "{{") {
				return nil, fmt.Errorf("%s: %s: a placeholder is not of the form {{.Name}}", name, message.ID)
			}
			known.messages[message.ID] = message
		}
	}
	return texts, nil
}

// In returns the texts in a language: Japanese for "ja", English for any other.
func (c *Catalog) In(lang string) Localizer {
	if lang != Japanese {
		lang = English
	}
	return c.texts()[lang]
}

// Both returns a text in both languages, for answers that carry both.
func (c *Catalog) Both(key string, pairs ...any) calendar.Text {
	return calendar.Text{Ja: c.In(Japanese).Say(key, pairs...), En: c.In(English).Say(key, pairs...)}
}

// Localizer gives the texts of one package in one language.
type Localizer struct {
	Lang     string
	messages map[string]*i18n.Message
}

// Say returns the text of a key. pairs alternate the names and the values of its
// placeholders; a value that is a function of the language is called with it. A
// missing text is returned as its key in brackets, so that an alert or a page
// still arrives.
func (l Localizer) Say(key string, pairs ...any) string {
	text, err := l.Text(key, pairs...)
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// Text is Say with an error for a missing text, for documents that must not be
// made with a gap.
func (l Localizer) Text(key string, pairs ...any) (string, error) {
	if len(pairs) == 0 {
		return l.fill(key, nil)
	}
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[fmt.Sprint(pairs[i])] = l.value(pairs[i+1])
	}
	return l.fill(key, values)
}

func (l Localizer) value(v any) any {
	if inLanguage, ok := v.(func(lang string) string); ok {
		return inLanguage(l.Lang)
	}
	return v
}

// Fill is Say with the values of the placeholders by name.
func (l Localizer) Fill(key string, values map[string]string) string {
	named := make(map[string]any, len(values))
	for name, value := range values {
		named[name] = value
	}
	text, err := l.fill(key, named)
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// Has reports whether there is a text for the key.
func (l Localizer) Has(key string) bool { return l.messages[key] != nil }

// Expand is Say with a function that returns the value of a placeholder by name. It
// is called for the placeholders of this text only, so that texts with many possible
// values need not compute all of them.
func (l Localizer) Expand(key string, value func(name string) any) string {
	message := l.messages[key]
	if message == nil {
		return "⟦" + key + "⟧"
	}
	values := map[string]any{}
	for name := range placeholders(message.One + message.Other) {
		values[name] = value(name)
	}
	text, err := l.fill(key, values)
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// placeholder matches {{.Name}}; every placeholder of the texts has this form.
var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// placeholders yields the names of the placeholders in a text.
func placeholders(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			_, rest, found := strings.Cut(text, "{{.")
			if !found {
				return
			}
			var name string
			if name, text, _ = strings.Cut(rest, "}}"); !yield(name) {
				return
			}
		}
	}
}

func (l Localizer) fill(key string, values map[string]any) (string, error) {
	message := l.messages[key]
	if message == nil {
		return "", fmt.Errorf("there is no text %q in language %s", key, l.Lang)
	}
	if message.One != "" && l.Lang == English && fmt.Sprint(values["N"]) == "1" { // Japanese has no singular
		return substitute(message.One, values), nil
	}
	return substitute(message.Other, values), nil
}

// substitute replaces the placeholders of a text. The templates of go-i18n would take a
// hundred times as long; they also call methods by name, for which the linker would keep
// every exported method in the binary.
func substitute(text string, values map[string]any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{.")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}}")
		if value, ok := values[name]; ok {
			fmt.Fprint(&b, value)
		} else {
			b.WriteString("<no value>")
		}
		text = after
	}
}
