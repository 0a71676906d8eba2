package calendar_test

import (
	"errors"
	"testing"
	"time"

	"kigen/calendar"
)

// night is open from 22:00 to 06:00, on the evenings from Monday to Friday.
func night(t testing.TB, zoneName string) calendar.Spec {
	return calendar.Spec{
		ID: "night", Zone: zone(t, zoneName), Weekly: weekdays(t, "22:00-06:00"), Holidays: calendar.Holidays{},
		FirstYear: 2025, LastYear: 2027,
	}
}

func wall(t testing.TB, c *calendar.Calendar, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, c.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// 2026-05-01 is a Friday.
func TestAShiftBelongsToTheDayItBeginsOn(t *testing.T) {
	spec := night(t, "Asia/Tokyo")
	spec.Holidays[date(t, "2026-05-06")] = calendar.Holiday{} // a Wednesday
	spec.Exceptions = []calendar.Exception{
		{From: date(t, "2026-05-15"), To: date(t, "2026-05-15")}, // a Friday
		{From: date(t, "2026-05-20"), To: date(t, "2026-05-20"), Spans: spans(t, "12:00-13:00")},
	}
	c := compile(t, spec)
	for _, test := range []struct {
		at   string
		open bool
		of   string // business date
	}{
		{"2026-05-01 21:59", false, "2026-05-01"},
		{"2026-05-01 22:00", true, "2026-05-01"},
		{"2026-05-02 05:59", true, "2026-05-01"},
		{"2026-05-02 06:00", false, "2026-05-02"},
		{"2026-05-02 22:00", false, "2026-05-02"},
		{"2026-05-04 03:00", false, "2026-05-04"}, // Sunday has no shift
		{"2026-05-06 03:00", true, "2026-05-05"},  // the holiday's morning belongs to Tuesday
		{"2026-05-06 23:00", false, "2026-05-06"},
		{"2026-05-07 03:00", false, "2026-05-07"}, // the holiday takes its whole shift
		{"2026-05-15 03:00", true, "2026-05-14"},  // so does a closure
		{"2026-05-16 03:00", false, "2026-05-16"},
		{"2026-05-20 03:00", true, "2026-05-19"}, // other hours on a day leave the morning alone
		{"2026-05-21 03:00", false, "2026-05-21"},
	} {
		at := wall(t, c, test.at)
		if got := c.IsOpen(at); got != test.open {
			t.Errorf("%s: open is %v", test.at, got)
		}
		if got := c.BusinessDateOf(at).String(); got != test.of {
			t.Errorf("%s counts for %s, want %s", test.at, got, test.of)
		}
	}
	for day, want := range map[string]bool{"2026-05-01": true, "2026-05-02": false, "2026-05-06": false, "2026-05-07": true, "2026-05-15": false} {
		if got := c.IsBusinessDay(date(t, day)); got != want {
			t.Errorf("%s: business day is %v", day, got)
		}
	}
}

func TestAShiftClosesOnTheNextDay(t *testing.T) {
	for _, test := range []struct{ zone, hours, day, opens, closes, lasts string }{
		{"Asia/Tokyo", "22:00-06:00", "2026-05-01", "2026-05-01 22:00", "2026-05-02 06:00", "8h"},
		{"Asia/Tokyo", "09:00-03:00", "2026-05-01", "2026-05-01 09:00", "2026-05-02 03:00", "18h"},
		{"Asia/Tokyo", "09:00-09:00", "2026-05-01", "2026-05-01 09:00", "2026-05-02 09:00", "24h"},
		{"Asia/Tokyo", "18:00-24:00", "2026-05-01", "2026-05-01 18:00", "2026-05-02 00:00", "6h"},
		// New York's clocks go forward and back on a Sunday at 02:00.
		{"America/New_York", "22:00-06:00", "2026-03-07", "2026-03-07 22:00", "2026-03-08 06:00", "7h"},
		{"America/New_York", "22:00-06:00", "2026-10-31", "2026-10-31 22:00", "2026-11-01 06:00", "9h"},
		{"America/New_York", "22:00-02:30", "2026-03-07", "2026-03-07 22:00", "2026-03-08 03:00", "4h"}, // 02:30 never comes
		{"America/New_York", "22:00-01:30", "2026-10-31", "2026-10-31 22:00", "", "4h"},                 // each of the two half hours from 01:00 counts
	} {
		spec := night(t, test.zone)
		spec.Weekly = weekdays(t, test.hours)
		spec.Weekly[time.Saturday] = spans(t, test.hours)
		c := compile(t, spec)
		day := date(t, test.day)
		opens, err := c.Opening(day)
		if err != nil || !opens.Equal(wall(t, c, test.opens)) {
			t.Errorf("%+v: opens at %v, %v", test, opens, err)
		}
		closes, err := c.Close(day)
		if err != nil || test.closes != "" && !closes.Equal(wall(t, c, test.closes)) {
			t.Errorf("%+v: closes at %v, %v", test, closes, err)
		}
		if got, err := c.OpenBetween(opens, closes); err != nil || got.String() != lengthOf(t, test.lasts) {
			t.Errorf("%+v: lasts %v, %v", test, got, err)
		}
	}
}

func lengthOf(t testing.TB, s string) string {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

// The shift of the last year's last day closes in a year that the calendar does
// not know.
func TestTheLastShift(t *testing.T) {
	spec := night(t, "Asia/Tokyo")
	spec.LastYear = 2026 // ends on a Thursday
	c := compile(t, spec)
	last := date(t, "2026-12-31")
	if opens, err := c.Opening(last); err != nil || !opens.Equal(wall(t, c, "2026-12-31 22:00")) {
		t.Errorf("opens at %v, %v", opens, err)
	}
	if closes, err := c.Close(last); !errors.Is(err, calendar.ErrRange) {
		t.Errorf("closes at %v, %v, want ErrRange", closes, err)
	}
}

// Samoa had no 2011-12-30: the shift of the 29th ends on the morning of the
// 31st, and none began on the day between.
func TestAShiftOverASkippedDate(t *testing.T) {
	spec := night(t, "Pacific/Apia")
	spec.FirstYear, spec.LastYear = 2011, 2012
	c := compile(t, spec)
	closes, err := c.Close(date(t, "2011-12-29"))
	if err != nil || !closes.Equal(wall(t, c, "2011-12-31 06:00")) {
		t.Errorf("closes at %v, %v", closes, err)
	}
	if c.IsBusinessDay(date(t, "2011-12-30")) {
		t.Error("the date that never was is a business day")
	}
	if got := c.BusinessDateOf(wall(t, c, "2011-12-31 03:00")).String(); got != "2011-12-29" {
		t.Errorf("the morning after counts for %s", got)
	}
}

// Hours of a single day may begin before the shift of the day before ends: the
// time counts once.
func TestAnOpeningOverlapsAShift(t *testing.T) {
	spec := night(t, "Asia/Tokyo")
	saturday := date(t, "2026-05-02")
	spec.Exceptions = []calendar.Exception{{From: saturday, To: saturday, Spans: spans(t, "05:00-12:00")}}
	c := compile(t, spec)
	got, err := c.OpenBetween(wall(t, c, "2026-05-01 12:00"), wall(t, c, "2026-05-02 12:00"))
	if err != nil || got != 14*time.Hour {
		t.Errorf("open for %v, %v, want 14 h", got, err)
	}
	friday, err := c.Close(saturday - 1)
	if err != nil || !friday.Equal(wall(t, c, "2026-05-02 06:00")) {
		t.Errorf("Friday closes at %v, %v", friday, err)
	}
	opens, err := c.Opening(saturday)
	if err != nil || !opens.Equal(wall(t, c, "2026-05-02 05:00")) {
		t.Errorf("Saturday opens at %v, %v", opens, err)
	}
	for at, want := range map[string]calendar.Date{"04:59": saturday - 1, "05:00": saturday, "05:59": saturday, "12:00": saturday} {
		if got := c.BusinessDateOf(wall(t, c, "2026-05-02 "+at)); got != want {
			t.Errorf("%s counts for %s, want %s", at, got, want)
		}
	}
}

func TestNthWeekdays(t *testing.T) {
	spec := calendar.Spec{ID: "nth", Zone: zone(t, "Asia/Tokyo"), Weekly: weekdays(t, "09:00-18:00"), FirstYear: 2026, LastYear: 2027}
	spec.Weekly[time.Saturday] = spans(t, "09:00-12:00")
	spec.Exceptions = []calendar.Exception{
		{Monthly: calendar.NthWeekday{Nth: 2, Weekday: time.Wednesday}},
		{Monthly: calendar.NthWeekday{Nth: 5, Weekday: time.Saturday}},
		{Monthly: calendar.NthWeekday{Nth: -1, Weekday: time.Friday, Month: time.November}},
	}
	c := compile(t, spec)
	for day, want := range map[string]bool{
		"2026-04-08": false, "2026-04-01": true, "2026-04-15": true, "2026-05-13": false, // the 1st is a Wednesday; a Friday
		"2026-05-30": false, "2026-05-23": true, "2026-06-27": true, // May has five Saturdays, June four
		"2026-11-27": false, "2026-11-20": true, "2027-11-26": false, "2026-10-30": true,
	} {
		if got := c.IsBusinessDay(date(t, day)); got != want {
			t.Errorf("%s: business day is %v", day, got)
		}
	}
}

// A half day of every 28 December opens no Sunday and no holiday.
func TestBusinessDaysOnly(t *testing.T) {
	half := calendar.Exception{
		From: date(t, "2000-12-28"), To: date(t, "2000-12-28"), Yearly: true,
		Spans: spans(t, "09:00-12:00"), BusinessDaysOnly: true,
	}
	spec := calendar.Spec{ID: "half", Zone: zone(t, "Asia/Tokyo"), Weekly: weekdays(t, "09:00-18:00"), FirstYear: 2025, LastYear: 2029}
	spec.Holidays = calendar.Holidays{date(t, "2026-12-28"): {}}
	spec.Exceptions = []calendar.Exception{half}
	c := compile(t, spec)
	for day, want := range map[string]string{"2025-12-28": "", "2026-12-28": "", "2027-12-28": "09:00-12:00", "2028-12-28": "09:00-12:00"} {
		got := ""
		if hours := c.Day(date(t, day)).Spans; len(hours) > 0 {
			got = hours[0].String()
		}
		if got != want {
			t.Errorf("%s: hours are %q, want %q", day, got, want)
		}
	}
}
