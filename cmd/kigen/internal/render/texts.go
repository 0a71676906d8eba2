package render

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/report"
)

//go:embed locales
var locales embed.FS

var catalog = localizer.New(locales)

// texts formats the texts of one report in one language.
type texts struct {
	localizer.Localizer
	lang   string
	period report.Period
}

func newTexts(lang string, period report.Period) (*texts, error) {
	if !slices.Contains(localizer.Languages(), lang) {
		return nil, fmt.Errorf("report language %q: use ja or en", lang)
	}
	return &texts{catalog.In(lang), lang, period}, nil
}

// say returns a text. pairs are names and values of its template; a value named N
// also selects singular or plural. The key of a verdict, alone or as the head of
// a column, gives the verdict's name.
func (w *texts) say(key string, pairs ...any) (string, error) {
	if verdict := strings.TrimPrefix(key, "csv_"); slices.Contains(report.Verdicts[:], report.Verdict(verdict)) {
		return w.verdict(report.Verdict(verdict)), nil
	}
	return w.Text(key, pairs...)
}

// verdict is the label of a verdict.
func (w *texts) verdict(v report.Verdict) string {
	return phrase.Capital(phrase.Verdict(w.lang, string(v)))
}

// head is a text as the head of a narrow column.
func (w *texts) head(key string) (string, error) {
	if slices.Contains(report.Verdicts[:], report.Verdict(key)) {
		return phrase.Capital(phrase.VerdictHead(w.lang, key)), nil
	}
	return w.say(key)
}

// kind returns the kind of the period; reports from before kinds existed cover a
// month.
func (w *texts) kind() string { return string(cmp.Or(w.period.Kind, report.KindMonth)) }

// periodName writes the period for people.
func (w *texts) periodName() string {
	// Noon is on the last day even if the clocks change at the period's end.
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

func (w *texts) span(first, last string) string {
	switch {
	case first == last:
		return first
	case w.lang == "ja":
		return first + "〜" + last
	default:
		return first + " – " + last
	}
}

// instant omits the year if it is the report's own.
func (w *texts) instant(t time.Time) string { return phrase.Instant(w.lang, t, w.period.From) }

func (w *texts) deadline(t time.Time) string { return phrase.Deadline(w.lang, t, w.period.From) }

// length writes whole seconds; a missing value is a dash.
func (w *texts) length(seconds *int64) string {
	if seconds == nil {
		return "–"
	}
	return phrase.Duration(w.lang, time.Duration(*seconds)*time.Second)
}

// percent writes a rate with one decimal; a dash if nothing was due.
func percent(s report.Share) string {
	if s.Due == 0 {
		return "–"
	}
	return tenths(s) + "%"
}

// tenths rounds the rate to tenths of a percent, but reaches 100.0 only if every
// deadline was met.
func tenths(s report.Share) string {
	permille := (2000*s.Kept + s.Due) / (2 * s.Due)
	if s.Kept < s.Due {
		permille = min(permille, 999)
	}
	return fmt.Sprintf("%d.%d", permille/10, permille%10)
}
