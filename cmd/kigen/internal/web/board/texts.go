package board

import (
	"embed"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales
var localeFiles embed.FS

// languages lists the languages of the pages; the first one is the default.
var languages = [...]string{localizer.Japanese, localizer.English}

// texts contains the texts of the pages in one language.
type texts struct {
	localizer.Localizer
	lang string
}

func loadTexts() map[string]texts {
	catalog := localizer.New(localeFiles)
	all := map[string]texts{}
	for _, lang := range languages {
		all[lang] = texts{catalog.In(lang), lang}
	}
	return all
}

// say returns the text of a key. pairs alternate names and values of its
// placeholders.
func (x texts) say(key string, pairs ...any) string { return x.Say(key, pairs...) }

// word names the value of a field that people choose from a list.
func (x texts) word(field, value string) string {
	switch field {
	case "severity":
		return x.severityName(sla.Severity(value))
	case "impact":
		return phrase.Impact(x.lang, value)
	case "scope":
		return phrase.Scope(x.lang, value)
	case "strength":
		return phrase.Strength(x.lang, value)
	default:
		return x.say(field + "_" + value)
	}
}

// severityName is the label of a severity; an unknown one is "not set".
func (x texts) severityName(severity sla.Severity) string {
	if severity == "" || severity == sla.SeverityUnknown {
		return x.say("severity_")
	}
	return phrase.Severity(x.lang, string(severity))
}

// stateName is the label of a clock's state.
func (x texts) stateName(state sla.State) string {
	return phrase.Capital(phrase.State(x.lang, string(state)))
}

// verdictName is the label of a report's verdict.
func (x texts) verdictName(verdict string) string {
	return phrase.Capital(phrase.Verdict(x.lang, verdict))
}
