// Package prose writes what sla decided for a person, in Japanese and in English:
// the steps from start to deadline, rules, clauses, and the names of moments and
// facts. Alerts, pages, reports and mails to a vendor show the same sentences.
//
// It is pure. A lang of "ja" gives Japanese; every other one gives English.
package prose

import (
	"embed"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// say returns a text without placeholders.
func say(lang, key string) string { return catalog.In(lang).Say(key) }
