package web

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales
var localeFiles embed.FS

// languages lists the languages of the pages; the first one stands in for
// any other.
var languages = [...]string{"ja", "en"}

// texts is the wording of the pages in one language.
type texts struct {
	lang      string
	localizer *i18n.Localizer
}

// loadTexts reads the embedded wording. A fault in it is a fault of the
// build, so it panics.
func loadTexts() map[string]texts {
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	all := map[string]texts{}
	for _, lang := range languages {
		file := lang + ".json"
		text, err := localeFiles.ReadFile("locales/" + file)
		if err != nil {
			panic(fmt.Sprintf("web: %v", err))
		}
		bundle.MustParseMessageFileBytes(text, file)
		all[lang] = texts{lang: lang, localizer: i18n.NewLocalizer(bundle, lang)}
	}
	return all
}

// say is the wording for a key. The pairs fill its blanks: a name, a value,
// and so on. A key without wording shows as itself in brackets, which a test
// looks for: a page with one odd word is better than no page.
func (x texts) say(key string, pairs ...any) string {
	blanks := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		blanks[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	text, err := x.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: blanks})
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}
