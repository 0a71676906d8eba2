package config_test

import (
	"strings"
	"testing"
	"time"

	"kigen/config"
)

// officeOf compiles a configuration's calendar office with the given keys.
func officeOf(t *testing.T, keys string) *config.Config {
	t.Helper()
	return parse(t, "calendars:\n  office:\n    "+strings.ReplaceAll(keys, "\n", "\n    ")+"\n")
}

func TestJoinedHolidays(t *testing.T) {
	c := officeOf(t, `hours: {mon-fri: "09:00-18:00"}
holidays: [jp, us, 2026-06-01, {date: 2026-11-26, name: 休業}]`)
	office := c.Calendars["office"]
	for day, want := range map[string]string{
		"2026-05-04": "みどりの日", "2026-05-25": "Memorial Day", "2026-07-03": "Independence Day",
		"2026-01-01": "元日", // of both: the first country names it
		"2026-11-26": "休業", // Thanksgiving: a day of the list itself wins
		"2026-06-01": "", "2026-09-22": "国民の休日",
	} {
		got := office.Day(date(t, day))
		if got.Business || got.Name.In("ja") != want {
			t.Errorf("%s is %+v, want %q", day, got, want)
		}
	}
	if !office.IsBusinessDay(date(t, "2026-07-06")) {
		t.Error("2026-07-06 is closed")
	}
	if got := c.Calendars["sotas"].Day(date(t, "2026-05-25")); !got.Business {
		t.Error("joining countries changed the holidays of another calendar")
	}
}

func TestHoursOfOneDayInTwoPlaces(t *testing.T) {
	office := officeOf(t, `hours: {mon-fri: ["22:00-24:00"], tue-sat: ["00:00-06:00"]}`).Calendars["office"]
	zone := office.Zone()
	for at, open := range map[time.Time]bool{
		time.Date(2026, 5, 1, 23, 0, 0, 0, zone): true, time.Date(2026, 5, 2, 5, 59, 0, 0, zone): true,
		time.Date(2026, 5, 2, 6, 0, 0, 0, zone): false, time.Date(2026, 5, 4, 5, 0, 0, 0, zone): false,
	} {
		if got := office.IsOpen(at); got != open {
			t.Errorf("%s: open is %v", at, got)
		}
	}
	// These are hours of two dates: Saturday is a business day of its own.
	if !office.IsBusinessDay(date(t, "2026-05-02")) {
		t.Error("Saturday is no business day")
	}
	shift := officeOf(t, `hours: {mon-fri: "22:00-06:00"}`).Calendars["office"]
	if shift.IsBusinessDay(date(t, "2026-05-02")) {
		t.Error("the end of Friday's shift made Saturday a business day")
	}
}

func TestMonthlyClosures(t *testing.T) {
	office := officeOf(t, `hours: {mon-sat: "09:00-18:00"}
closures: [{monthly: [2nd wed, last fri], name: 定休日}, {monthly: 3rd thu of nov}]
openings: [{monthly: 1st sun, hours: "10:00-12:00"}]`).Calendars["office"]
	for day, open := range map[string]bool{
		"2026-05-13": false, "2026-05-29": false, "2026-05-06": true, "2026-11-19": false, "2026-10-15": true,
		"2026-05-03": true, "2026-05-10": false,
	} {
		if got := office.IsBusinessDay(date(t, day)); got != open {
			t.Errorf("%s: business day is %v", day, got)
		}
	}
	if got := office.Day(date(t, "2026-05-13")).Name.Ja; got != "定休日" {
		t.Errorf("the closure is called %q", got)
	}
}

func TestWarningsOfCalendars(t *testing.T) {
	for _, test := range []struct{ keys, want string }{
		{`hours: {mon-fri: "00:00-23:59"}`, `kigen.yaml:3: calendars.office.hours.mon-fri: "00:00-23:59": closes a minute early, because hours end before their closing time: write "00:00-24:00"`},
		{`hours: {mon-fri: ["09:00-12:00", "13:00-17:59"]}`, `calendars.office.hours.mon-fri[1]: "13:00-17:59": closes a minute early, because hours end before their closing time: write "13:00-18:00"`},
		{"hours: {mon-fri: \"09:00-18:00\"}\nopenings: [{yearly: 12-28, hours: \"09:00-12:00\"}]", `kigen.yaml:4: calendars.office.openings[0]: opens days that have no hours otherwise, when it falls on a Saturday: add on: business_days, or on: every_day if that is meant`},
		{"hours: {mon-sat: \"09:00-18:00\"}\nopenings: [{yearly: 12-28..12-29, hours: \"09:00-12:00\"}]", `when it falls on a Sunday`},
		{"hours: {mon-fri: \"09:00-18:00\"}\nopenings: [{from: 2026-12-25, to: 2026-12-28, hours: \"09:00-12:00\"}]", `when it falls on a Saturday`},
		{"hours: {mon-fri: \"09:00-18:00\"}\nopenings: [{yearly: 12-28, hours: \"09:00-12:00\", on: business_days}]", ""},
		{"hours: {mon-fri: \"09:00-18:00\"}\nopenings: [{yearly: 12-28, hours: \"09:00-12:00\", on: every_day}]", ""},
		{"hours: {mon-sun: \"09:00-18:00\"}\nopenings: [{yearly: 12-28, hours: \"09:00-12:00\"}]", ""},
		{"hours: {mon-fri: \"09:00-18:00\"}\nopenings: [{date: 2026-12-26, hours: \"09:00-12:00\"}, {from: 2026-12-26, to: 2026-12-27, hours: \"09:00-12:00\"}]", ""},
	} {
		c := officeOf(t, test.keys)
		if test.want == "" {
			if len(c.Warnings) > 0 {
				t.Errorf("%s: warned of %v", test.keys, c.Warnings)
			}
			continue
		}
		if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].String(), test.want) {
			t.Errorf("%s: warned of %v, want %s", test.keys, c.Warnings, test.want)
		}
	}
}

// A half day of every 28 December leaves Sundays closed.
func TestHalfDaysOnBusinessDays(t *testing.T) {
	office := officeOf(t, "hours: {mon-fri: \"09:00-18:00\"}\nopenings: [{yearly: 12-28, hours: \"09:00-12:00\", on: business_days}]").Calendars["office"]
	if office.IsBusinessDay(date(t, "2025-12-28")) || !office.IsBusinessDay(date(t, "2026-12-28")) {
		t.Error("2025-12-28 is a Sunday, 2026-12-28 a Monday")
	}
}
