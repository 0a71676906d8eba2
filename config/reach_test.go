package config_test

import (
	"strings"
	"testing"
	"time"
)

func TestUnreached(t *testing.T) {
	const yaml = `
calendars:
  office: {hours: {mon-fri: "09:00-18:00"}, years: 2020..2026}
vendors:
  - id: acme
    calendar: office
    promises:
      - {id: report, start: occurred, due: {business_days: 30}}
      - {id: note, start: occurred, due: 24h}
  - id: own
    calendar: {hours: {mon-fri: "09:00-18:00"}, years: 2027..2030}
    promises: [{id: report, start: occurred, stages: [{id: first, due: {business_days: 1}}]}]
`
	c := parse(t, yaml)
	for now, want := range map[string][]string{
		"2026-01-01": {
			`kigen.yaml:3: calendars.office.years: "2020..2026": end before the deadline of acme/report for incidents from 2026-11-20 on, which then have none: write 2020..2036`,
			`kigen.yaml:11: vendors[1].calendar.years: "2027..2030": begin after incidents of own/report/first that may still be logged, such as one of 2025-12-02, which then have no deadline: write 2017..2030`,
		},
		"2025-06-01": {`calendar.years: "2027..2030": begin after`},
		"2029-06-01": {`"2020..2026": end before the deadline of acme/report`},
	} {
		at, err := time.ParseInLocation(time.DateOnly, now, c.Timezone)
		if err != nil {
			t.Fatal(err)
		}
		got := c.Unreached(at)
		if len(got) != len(want) {
			t.Fatalf("%s: %v", now, got)
		}
		for i, w := range want {
			if !strings.Contains(got[i].String(), w) {
				t.Errorf("%s: got\n%s\nwant\n%s", now, got[i], w)
			}
		}
	}
	if got := parse(t, "").Unreached(time.Date(2026, 11, 29, 0, 0, 0, 0, c.Timezone)); len(got) > 0 {
		t.Errorf("the built-in calendars: %v", got)
	}
}
