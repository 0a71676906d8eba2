package slackapp

import (
	"embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/ja.json locales/en.json
var locales embed.FS

// messages loads the embedded texts once; they never change afterwards.
var messages = sync.OnceValue(func() *i18n.Bundle {
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, file := range []string{"locales/ja.json", "locales/en.json"} {
		if _, err := bundle.LoadMessageFileFS(locales, file); err != nil {
			panic("slackapp: " + err.Error()) // embedded: a test would have failed
		}
	}
	return bundle
})

// speaker says things in one language.
type speaker struct {
	lang  string
	texts *i18n.Localizer
}

func newSpeaker(lang string) speaker {
	return speaker{lang: lang, texts: i18n.NewLocalizer(messages(), lang)}
}

// blanks fill the gaps of a text. What somebody else wrote goes into them
// escaped.
type blanks map[string]string

// say returns the text with the given id. One that is missing would be a
// defect that the parity test finds; an answer is given all the same.
func (s speaker) say(id string, b blanks) string {
	text, err := s.texts.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: b})
	if err != nil {
		return id
	}
	return text
}

// plural says a text that counts something.
func (s speaker) plural(id string, n int) string {
	text, err := s.texts.Localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n, TemplateData: map[string]int{"N": n}})
	if err != nil {
		return id
	}
	return text
}

// count says how many there are in a state.
func (s speaker) count(state string, n int) string {
	return s.say("count", blanks{"State": s.say(state, nil), "N": strconv.Itoa(n)})
}

// escaped makes text harmless in Slack's markup, where <!channel> would call
// everybody.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// unescaped undoes what Slack does to what a person typed after a command.
func unescaped(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// cut shortens text to at most limit characters.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimRight(string([]rune(text)[:limit-1]), " \n\u3000") + "…"
}

// cutMarkup shortens escaped text to at most limit characters without leaving
// half an entity at its end.
func cutMarkup(text string, limit int) string {
	short := cut(text, limit)
	if short == text {
		return text
	}
	if at := strings.LastIndex(short, "&"); at >= 0 && !strings.Contains(short[at:], ";") {
		short = short[:at] + "…"
	}
	return short
}
