package daemon

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/config"
	"kigen/sla/phrase"
)

// Warnings lists settings that are valid but may be mistakes, in the language of
// the configuration.
func Warnings(c *config.Config, now time.Time) (warnings []string) {
	for _, problem := range slices.Concat(c.Warnings, c.Unreached(now)) {
		warnings = append(warnings, problem.String())
	}
	due, err := reportSchedule(c)
	if err != nil || len(c.Report.To) == 0 {
		return warnings
	}
	cron, isCron := due.(schedule.Cron)
	if skipped := cron.SkippedMonths(); isCron && len(skipped) > 0 {
		warnings = append(warnings, catalog.In(c.Language).Say("months_skipped",
			"Schedule", strconv.Quote(c.Report.Schedule), "Months", monthNames(skipped, c.Language)))
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
