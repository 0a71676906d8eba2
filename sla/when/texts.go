package when

import (
	"embed"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// dateIn writes a date with its year for an error.
func dateIn(t time.Time) func(lang string) string {
	return func(lang string) string { return t.Format(catalog.In(lang).Say("layout_date")) }
}

// weekdayIn names a weekday in an error.
func weekdayIn(d time.Weekday) func(lang string) string {
	return func(lang string) string {
		if lang == localizer.English {
			return d.String()
		}
		return phrase.Weekday(lang, d)
	}
}
