package schedule_test

import (
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/schedule"
	"kigen/config"
)

// The first business day after the new year's closure is Monday the fifth; the
// months are those of the configured zone.
func TestFirstBusinessDay(t *testing.T) {
	c, err := config.Parse("kigen.yaml", []byte(`
calendars:
  office: {zone: Asia/Tokyo, hours: {mon-fri: ["09:30-18:00"]}, holidays: jp, closures: [{yearly: 12-29..01-03, name: {ja: 年末年始, en: New Year}}]}
  short: {zone: Asia/Tokyo, years: 2026..2026, hours: {mon-fri: ["09:30-18:00"]}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	tokyo := zone(t, "Asia/Tokyo")
	for name, test := range map[string]struct {
		calendar *calendar.Calendar
		zone     *time.Location
		from     string
		want     string // empty: none
	}{
		"new year":       {c.Calendars["office"], tokyo, "2026-01-01T00:00:00+09:00", "2026-01-05T09:00:00+09:00"},
		"on the minute":  {c.Calendars["office"], tokyo, "2026-01-05T09:00:00+09:00", "2026-01-05T09:00:00+09:00"},
		"just after":     {c.Calendars["office"], tokyo, "2026-01-05T09:00:01+09:00", "2026-02-02T09:00:00+09:00"},
		"golden week":    {c.Calendars["office"], tokyo, "2026-05-01T00:00:00+09:00", "2026-05-01T09:00:00+09:00"},
		"in UTC":         {c.Calendars["office"], time.UTC, "2026-01-01T00:00:00Z", "2026-01-05T09:00:00Z"},
		"end of UTC":     {c.Calendars["office"], time.UTC, "2026-08-31T23:59:59Z", "2026-09-01T09:00:00Z"},
		"past its years": {c.Calendars["short"], tokyo, "2027-01-01T00:00:00+09:00", ""},
	} {
		got := schedule.FirstBusinessDay{Calendar: test.calendar, At: 9 * time.Hour, Zone: test.zone}.First(instant(t, test.from))
		if test.want == "" && !got.IsZero() || test.want != "" && got.Format(time.RFC3339) != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
