package render

import (
	"embed"
	"fmt"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"kigen/sla/phrase"
	"kigen/sla/report"
)

//go:embed locales/ja.json locales/en.json
var locales embed.FS

// words speaks one language about one report.
type words struct {
	lang      string
	period    report.Period
	localizer *i18n.Localizer
}

func newWords(lang string, period report.Period) (*words, error) {
	if lang != "ja" && lang != "en" {
		return nil, fmt.Errorf("report language %q: use ja or en", lang)
	}
	bundle := i18n.NewBundle(language.MustParse(lang))
	if _, err := bundle.LoadMessageFileFS(locales, "locales/"+lang+".json"); err != nil {
		return nil, fmt.Errorf("report language %s: %w", lang, err)
	}
	return &words{lang, period, i18n.NewLocalizer(bundle, lang)}, nil
}

// say looks up a text. The pairs are the names and values that it mentions;
// one named N also chooses singular or plural.
func (w *words) say(key string, pairs ...any) (string, error) {
	config := &i18n.LocalizeConfig{MessageID: key}
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name := fmt.Sprint(pairs[i])
		data[name] = pairs[i+1]
		if name == "N" {
			config.PluralCount = pairs[i+1]
		}
	}
	config.TemplateData = data
	return w.localizer.Localize(config)
}

// sayAll looks up texts that mention nothing.
func (w *words) sayAll(keys ...string) ([]string, error) {
	texts := make([]string, len(keys))
	for i, key := range keys {
		text, err := w.say(key)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return texts, nil
}

func (w *words) month() string {
	if w.lang == "ja" {
		return w.period.From.Format("2006年1月")
	}
	return w.period.From.Format("January 2006")
}

// instant leaves the year out where it is the report's own.
func (w *words) instant(t time.Time) string { return phrase.Instant(w.lang, t, w.period.From) }

func (w *words) deadline(t time.Time) string { return phrase.Deadline(w.lang, t, w.period.From) }

// length writes whole seconds; nothing measured is a dash.
func (w *words) length(seconds *int64) string {
	if seconds == nil {
		return "–"
	}
	return phrase.Duration(w.lang, time.Duration(*seconds)*time.Second)
}

// percent writes a rate with one decimal; nothing due is a dash.
func percent(s report.Share) string {
	if s.Due == 0 {
		return "–"
	}
	return tenths(s) + "%"
}

// tenths rounds the rate to tenths of a percent, but 100.0 means every single
// one.
func tenths(s report.Share) string {
	permille := (2000*s.Kept + s.Due) / (2 * s.Due)
	if s.Kept < s.Due {
		permille = min(permille, 999)
	}
	return fmt.Sprintf("%d.%d", permille/10, permille%10)
}
