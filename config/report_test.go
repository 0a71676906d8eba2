package config_test

import (
	"strings"
	"testing"
	"time"
)

func TestReportOnTheFirstBusinessDay(t *testing.T) {
	const file = `
calendars:
  office: {zone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
report: {schedule: {first_business_day: %, at: "08:30"}, formats: [pdf], language: en}
`
	for _, id := range []string{"office", "sotas"} { // sotas is a vendor's own one
		c := parse(t, strings.Replace(file, "%", id, 1))
		r := c.Report
		if r.Schedule != "" || r.FirstBusinessDay == nil || r.FirstBusinessDay.ID() != id || r.At != 8*time.Hour+30*time.Minute {
			t.Errorf("%s: %+v", id, r)
		}
		if strings.Join(r.Formats, " ") != "pdf" || r.Language != "en" {
			t.Errorf("%s: %+v", id, r)
		}
	}
	r := parse(t, "report: {schedule: {first_business_day: sotas}, formats: []}").Report
	if r.At != 9*time.Hour || len(r.Formats) != 0 || r.Language != "ja" {
		t.Errorf("defaults: %+v", r)
	}
	r = parse(t, strings.Replace(file, "%", "office", 1), "KIGEN_REPORT_SCHEDULE=0 7 1 * *", "KIGEN_REPORT_LANGUAGE=ja").Report
	if r.Schedule != "0 7 1 * *" || r.FirstBusinessDay != nil || r.Language != "ja" {
		t.Errorf("by the environment: %+v", r)
	}
}
