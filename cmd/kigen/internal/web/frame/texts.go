package frame

import (
	"embed"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales
var localeFiles embed.FS

var catalog = localizer.New(localeFiles)

// languages lists the languages of the pages; the first one is the default.
var languages = [...]string{localizer.Japanese, localizer.English}

// Texts contains the texts of the pages in one language.
type Texts struct {
	localizer.Localizer
	Lang string
}

func loadTexts() map[string]Texts {
	all := map[string]Texts{}
	for _, lang := range languages {
		all[lang] = Texts{catalog.In(lang), lang}
	}
	return all
}

// Word names the value of a field that people choose from a list. A service has the name
// that its vendor gave it.
func (x Texts) Word(field, value string) string {
	switch field {
	case "service":
		return value
	case "severity":
		return x.SeverityName(sla.Severity(value))
	case "impact":
		return phrase.Impact(x.Lang, value)
	case "scope":
		return phrase.Scope(x.Lang, value)
	case "kind":
		return phrase.Capital(phrase.Kind(x.Lang, value))
	case "strength":
		return phrase.Strength(x.Lang, value)
	default:
		return x.Say(field + "_" + value)
	}
}

// SeverityName is the label of a severity; an unknown one is "not set".
func (x Texts) SeverityName(severity sla.Severity) string {
	if severity == "" || severity == sla.SeverityUnknown {
		return x.Say("severity_")
	}
	return phrase.Severity(x.Lang, string(severity))
}

// StateName is the label of a clock's state.
func (x Texts) StateName(state sla.State) string {
	return phrase.Capital(phrase.State(x.Lang, string(state)))
}

// StateOf is StateName in the words of what answers a clock of the promise, for an
// incident of the kind.
func (x Texts) StateOf(kind sla.IncidentKind, promise string, state sla.State) string {
	return phrase.Capital(phrase.StateOf(x.Lang, string(sla.DeedOf(kind, promise)), string(state)))
}

// VerdictName is the label of a report's verdict.
func (x Texts) VerdictName(verdict string) string {
	return phrase.Capital(phrase.Verdict(x.Lang, verdict))
}

// Choice is an entry of a list to choose from.
type Choice struct {
	Value, Text string
	Chosen      bool
}

// Choices lists a fact's values with their labels.
func Choices[T ~string](x Texts, name string, values []T, chosen T) []Choice {
	list := make([]Choice, len(values))
	for i, v := range values {
		list[i] = Choice{string(v), x.Word(name, string(v)), v == chosen}
	}
	return list
}

// Words names the values of a field.
func Words[T ~string](x Texts, name string, values []T) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = x.Word(name, string(v))
	}
	return words
}
