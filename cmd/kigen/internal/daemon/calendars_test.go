package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// A calendar that ends within the reach of its promises is named while there is
// still time to give it more years. Alerts go on, so readiness does not fail.
func TestHealthNamesACalendarThatEnds(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		years  int
		faults int
	}{{2026, 1}, {2030, 0}} {
		c, err := config.Parse("kigen.yaml", fmt.Appendf(nil, `
vendors:
  - id: acme
    calendar: {hours: {mon-fri: "09:00-18:00"}, years: 2020..%d}
    promises:
      - {id: first, start: occurred, due: {business_days: 2}}
      - {id: report, start: occurred, due: {business_days: 30}}
`, test.years), nil)
		if err != nil {
			t.Fatal(err)
		}
		h := web.Health{At: now}
		(&deployment{config: c}).calendarFaults(&h)
		if len(h.Faults) != test.faults {
			t.Fatalf("until %d: %+v", test.years, h.Faults)
		}
		for _, f := range h.Faults {
			if f.Alerts || !strings.Contains(f.Text.En, "The calendar of acme ends before the deadlines of incidents from") || !strings.Contains(f.Text.Ja, "acme の営業日カレンダー") {
				t.Errorf("%+v", f)
			}
		}
	}
}
