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
	switch report.Kind(w.kind()) {
	case report.KindQuarter:
		month := w.Say("layout_quarter_month")
		return w.Say("quarter", "Year", first.Year(), "Quarter", (first.Month()+2)/3, "First", first.Format(month), "Last", last.Format(month))
	case report.KindYear:
		return first.Format(w.Say("layout_year"))
	case report.KindMonths:
		return w.span("layout_month", first, last)
	case report.KindDays:
		return w.span("layout_day", first, last)
	default:
		return first.Format(w.Say("layout_month"))
	}
}

// span writes a period from its first to its last month or day.
func (w *texts) span(layout string, from, to time.Time) string {
	layout = w.Say(layout)
	first, last := from.Format(layout), to.Format(layout)
	if first == last {
		return first
	}
	return w.Say("span", "First", first, "Last", last)
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
