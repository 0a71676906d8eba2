package daemon_test

import (
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
)

// A schedule that skips months without naming any is no mistake, and is said.
func TestWarningOfSkippedMonths(t *testing.T) {
	for schedule, want := range map[string]string{
		"0 9 31 * *":     "February, April, June, September, November",
		"0 9 30 * *":     "February",
		"0 9 29 * *":     "February",
		"0 9 28 * *":     "",
		"0 9 1 * *":      "",
		"0 9 31 1,3 *":   "",
		"0 9 * * MON":    "",
		"0 9 31 1-12 * ": "February, April, June, September, November",
	} {
		c, err := config.Parse("kigen.yaml", []byte("language: en\nreport: {to: [console], schedule: \"CRON_TZ=Asia/Tokyo "+schedule+"\"}"), nil)
		if err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(daemon.Warnings(c, c.Language, time.Now()), "\n")
		if want == "" && warnings != "" || !strings.Contains(warnings, want) {
			t.Errorf("%s: %q, want %q", schedule, warnings, want)
		}
	}
}
