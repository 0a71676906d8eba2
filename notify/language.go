package notify

import (
	"embed"
	"encoding/json"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/*.json
var locales embed.FS

// messages loads the embedded texts once; they never change afterwards.
var messages = sync.OnceValue(func() *i18n.Bundle {
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, file := range []string{"locales/ja.json", "locales/en.json", "locales/digest.ja.json", "locales/digest.en.json"} {
		if _, err := bundle.LoadMessageFileFS(locales, file); err != nil {
			panic("notify: " + err.Error()) // embedded: a test would have failed
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

// words fills the blanks of a text.
type words map[string]string

// say returns the text with the given id. A text that is missing would be a
// defect that the parity test finds; an alert goes out all the same.
func (s speaker) say(id string, blanks words) string {
	text, err := s.texts.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: blanks})
	if err != nil {
		return id
	}
	return text
}
