package main

import (
	"embed"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var locales embed.FS

var texts = localizer.New(locales)

// say returns the text of a key in a language.
func say(lang, key string, pairs ...any) string { return texts.In(lang).Say(key, pairs...) }
