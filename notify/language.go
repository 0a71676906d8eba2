package notify

import (
	"embed"
	"strings"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales
var locales embed.FS

var catalog = localizer.New(locales)

// texts returns the texts of messages in one language.
type texts struct{ localizer.Localizer }

func textsIn(lang string) texts { return texts{catalog.In(lang)} }

// textData fills the placeholders of a text.
type textData map[string]string

// text returns the text with the given id. Values may come from user input, so
// they are kept on one line.
func (s texts) text(id string, data textData) string {
	values := make(map[string]string, len(data))
	for name, value := range data {
		values[name] = phrase.Line(value)
	}
	return s.Fill(id, values)
}

// tagOf writes a word as the tag that begins a title: 【期限超過】 or OVERDUE:.
func (s texts) tagOf(word string) string {
	return s.text("tag", textData{"Word": strings.ToUpper(word)})
}
