package daemon

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/config"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

// Warnings lists settings that are valid but may be mistakes, in "ja" or "en".
func Warnings(c *config.Config, lang string, now time.Time) (warnings []string) {
	for _, problem := range slices.Concat(c.Warnings, c.Unreached(now)) {
		warnings = append(warnings, localizer.Sentence(lang, problem.String()))
	}
	due, err := reportSchedule(c)
	if err != nil || len(c.Report.To) == 0 {
		return warnings
	}
	cron, isCron := due.(schedule.Cron)
	if skipped := cron.SkippedMonths(); isCron && len(skipped) > 0 {
		warnings = append(warnings, catalog.In(lang).Say("months_skipped",
			"Schedule", strconv.Quote(c.Report.Schedule), "Months", monthNames(skipped, lang)))
	}
	return warnings
}

func monthNames(months []time.Month, lang string) string {
	names := make([]string, len(months))
	for i, m := range months {
		names[i] = phrase.Month(lang, m)
	}
	return strings.Join(names, catalog.In(lang).Say("comma"))
}
