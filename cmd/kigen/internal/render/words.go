package render

import (
	"cmp"
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

// kind is what the period is made of; a report from before there were other
// kinds is of a month.
func (w *words) kind() string { return string(cmp.Or(w.period.Kind, report.KindMonth)) }

// periodName is the period as people say it.
func (w *words) periodName() string {
	// Noon lies on the last day also where the clocks change at its end.
	first, last := w.period.From, w.period.To.Add(-12*time.Hour)
	month, day := "January 2006", "2 January 2006"
	if w.lang == "ja" {
		month, day = "2006年1月", "2006年1月2日"
	}
	switch report.Kind(w.kind()) {
	case report.KindQuarter:
		if w.lang == "ja" {
			return fmt.Sprintf("%d年 第%d四半期(%d〜%d月)", first.Year(), (first.Month()+2)/3, first.Month(), last.Month())
		}
		return fmt.Sprintf("Q%d %d (%s–%s)", (first.Month()+2)/3, first.Year(), first.Format("Jan"), last.Format("Jan"))
	case report.KindYear:
		if w.lang == "ja" {
			return first.Format("2006年")
		}
		return first.Format("2006")
	case report.KindMonths:
		return w.span(first.Format(month), last.Format(month))
	case report.KindDays:
		return w.span(first.Format(day), last.Format(day))
	default:
		return first.Format(month)
	}
}

func (w *words) span(first, last string) string {
	switch {
	case first == last:
		return first
	case w.lang == "ja":
		return first + "〜" + last
	default:
		return first + " – " + last
	}
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
