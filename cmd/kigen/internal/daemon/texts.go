package daemon

import (
	"embed"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales
var locales embed.FS

var catalog = localizer.New(locales)

// lengthOf writes a length in the language of the text that it stands in.
func lengthOf(d time.Duration) func(lang string) string {
	return func(lang string) string { return phrase.Duration(lang, d) }
}

// errorOf is an error's text in a language. What a server said stays as it was.
func errorOf(text string) func(lang string) string {
	return func(lang string) string { return localizer.Sentence(lang, text) }
}
