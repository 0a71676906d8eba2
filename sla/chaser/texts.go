package chaser

import (
	"embed"
	"strings"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// say returns a text in the language of the letter.
func (w *writer) say(key string, pairs ...any) string { return catalog.In(w.lang).Say(key, pairs...) }

// list writes several names in one line.
func (w *writer) list(names []string) string { return strings.Join(names, w.say("list_joint")) }
