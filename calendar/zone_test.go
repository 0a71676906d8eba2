package calendar_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"kigen/calendar"
)

// The edges of the clocks, worked out by hand from the tz database. The oracle
// covers them again at random.

// always is open around the clock in one zone.
func always(t testing.TB, name string, first, last int) *calendar.Calendar {
	t.Helper()
	spec := calendar.Spec{ID: name, Zone: zone(t, name), FirstYear: first, LastYear: last}
	for day := range spec.Weekly {
		spec.Weekly[day] = spans(t, "00:00-24:00")
	}
	return compile(t, spec)
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDaysThatAreNotTwentyFourHours(t *testing.T) {
	for _, test := range []struct {
		zone, date, start, end string
	}{
		{"Asia/Tokyo", "2026-05-01", "2026-05-01T00:00:00+09:00", "2026-05-02T00:00:00+09:00"},
		{"America/New_York", "2025-03-09", "2025-03-09T00:00:00-05:00", "2025-03-10T00:00:00-04:00"},
		{"America/New_York", "2025-11-02", "2025-11-02T00:00:00-04:00", "2025-11-03T00:00:00-05:00"},
		// Midnight itself is skipped: the day begins at 01:00.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		// 23:00 comes twice, and so the day ends an hour later.
		{"America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"},
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T00:00:00-03:00", "2018-02-19T00:00:00-03:00"},
		{"Australia/Lord_Howe", "2025-10-05", "2025-10-05T00:00:00+10:30", "2025-10-06T00:00:00+11:00"},
		// At 00:01 the clocks went back to 23:01 of the day before: both dates
		// came twice, and the one begins before the other has ended.
		{"America/St_Johns", "2006-10-28", "2006-10-28T00:00:00-02:30", "2006-10-29T00:00:00-03:30"},
		{"America/St_Johns", "2006-10-29", "2006-10-29T00:00:00-02:30", "2006-10-30T00:00:00-03:30"},
		{"Africa/Cairo", "2025-04-25", "2025-04-25T01:00:00+03:00", "2025-04-26T00:00:00+03:00"},
	} {
		year := date(t, test.date).Year()
		c := always(t, test.zone, year, year)
		start, err := c.StartOfDay(date(t, test.date))
		if err != nil || !start.Equal(instant(t, test.start)) {
			t.Errorf("%s: start of %s: got %v, %v, want %s", test.zone, test.date, start, err, test.start)
		}
		end, err := c.EndOfDay(date(t, test.date))
		if err != nil || !end.Equal(instant(t, test.end)) {
			t.Errorf("%s: end of %s: got %v, %v, want %s", test.zone, test.date, end, err, test.end)
		}
	}
}

func TestADateThatNeverWas(t *testing.T) {
	c := always(t, "Pacific/Apia", 2011, 2012)
	skipped := date(t, "2011-12-30")
	jump := instant(t, "2011-12-31T00:00:00+14:00")
	for name, ask := range map[string]func(calendar.Date) (time.Time, error){
		"start": c.StartOfDay, "end": c.EndOfDay,
		"at noon": func(d calendar.Date) (time.Time, error) { return c.At(d, 12*time.Hour) },
	} {
		if got, err := ask(skipped); err != nil || !got.Equal(jump) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, jump)
		}
	}
	if day := c.Day(skipped); day.Business || day.Reason != calendar.ReasonSkipped {
		t.Errorf("got %+v, want a skipped day", day)
	}
	if got, err := c.AddBusinessDays(date(t, "2011-12-29"), 1); err != nil || got != date(t, "2011-12-31") {
		t.Errorf("the business day after 2011-12-29: got %v, %v, want 2011-12-31", got, err)
	}
	if _, err := c.Opening(skipped); !errors.Is(err, calendar.ErrNotBusinessDay) {
		t.Errorf("opening: got %v, want ErrNotBusinessDay", err)
	}
}

func TestYearsThatEndOnADateThatNeverWas(t *testing.T) {
	c := always(t, "Pacific/Kiritimati", 1994, 1994)
	jump := instant(t, "1995-01-01T00:00:00+14:00")
	last := date(t, "1994-12-31")
	if end, err := c.EndOfDay(last); err != nil || !end.Equal(jump) || c.IsBusinessDay(last) {
		t.Errorf("got %v, %v, business %v, want %v", end, err, c.IsBusinessDay(last), jump)
	}
	if c.IsOpen(jump) || !c.IsOpen(jump.Add(-1)) {
		t.Error("the year must end at the jump")
	}
}

func TestHoursInsideAChangeOfTheClocks(t *testing.T) {
	spec := calendar.Spec{ID: "night", Zone: zone(t, "America/New_York"), FirstYear: 2025, LastYear: 2025}
	spec.Weekly[time.Sunday] = spans(t, "01:30-02:30")
	c := compile(t, spec)
	for _, test := range []struct {
		date, opening, close string
		open                 time.Duration
	}{
		{"2025-03-02", "2025-03-02T01:30:00-05:00", "2025-03-02T02:30:00-05:00", time.Hour},
		// 02:00 to 03:00 does not exist.
		{"2025-03-09", "2025-03-09T01:30:00-05:00", "2025-03-09T03:00:00-04:00", 30 * time.Minute},
		// 01:00 to 02:00 comes twice, so 01:30 to 02:00 is open twice.
		{"2025-11-02", "2025-11-02T01:30:00-04:00", "2025-11-02T02:30:00-05:00", 90 * time.Minute},
	} {
		opening, errOpening := c.Opening(date(t, test.date))
		shut, errClose := c.Close(date(t, test.date))
		open, errOpen := c.OpenBetween(instant(t, test.opening), instant(t, test.close))
		if err := errors.Join(errOpening, errClose, errOpen); err != nil {
			t.Fatal(err)
		}
		if !opening.Equal(instant(t, test.opening)) || !shut.Equal(instant(t, test.close)) || open != test.open {
			t.Errorf("%s: got %v to %v, %v open", test.date, opening, shut, open)
		}
	}
	for _, hours := range []string{"02:10-02:40", "02:00-03:00"} {
		spec.Weekly[time.Sunday] = spans(t, hours)
		c = compile(t, spec)
		if day := c.Day(date(t, "2025-03-09")); day.Business || day.Reason != calendar.ReasonSkipped {
			t.Errorf("got %+v, want all hours skipped", day)
		}
	}
}

func TestTheWallClockOfADay(t *testing.T) {
	c := always(t, "America/Sao_Paulo", 2018, 2018)
	newYork := always(t, "America/New_York", 2025, 2025)
	// 01:00 to 02:00 comes twice, and 02:00 only after that.
	if got, err := newYork.At(date(t, "2025-11-02"), 2*time.Hour); err != nil || !got.Equal(instant(t, "2025-11-02T02:00:00-05:00")) {
		t.Errorf("02:00 after a second 01:00: got %v, %v", got, err)
	}
	for _, test := range []struct {
		date  string
		clock time.Duration
		want  string
	}{
		{"2018-11-04", 0, "2018-11-04T01:00:00-02:00"}, // at or past 00:00
		{"2018-11-04", 30 * time.Minute, "2018-11-04T01:00:00-02:00"},
		{"2018-11-04", 25 * time.Hour, "2018-11-05T00:00:00-02:00"}, // never: the end
		{"2018-11-04", 24 * time.Hour, "2018-11-05T00:00:00-02:00"},
		{"2018-11-04", -time.Hour, "2018-11-04T01:00:00-02:00"},
		{"2018-11-04", math.MinInt64, "2018-11-04T01:00:00-02:00"},
		{"2018-11-04", math.MaxInt64, "2018-11-05T00:00:00-02:00"},
		{"2018-02-17", 23*time.Hour + 30*time.Minute, "2018-02-17T23:30:00-02:00"}, // the first of two
		{"2018-06-01", 17*time.Hour + 500, "2018-06-01T17:00:00.0000005-03:00"},
	} {
		got, err := c.At(date(t, test.date), test.clock)
		if err != nil || !got.Equal(instant(t, test.want)) {
			t.Errorf("%s at %v: got %v, %v, want %s", test.date, test.clock, got, err, test.want)
		}
	}
}

// A zone whose listed transitions are over goes on by rule, and Go's bounds of
// its stretches are rough there: leap years must come to an end.
func TestZonesFarAhead(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Europe/London", "Africa/Cairo", "Africa/Casablanca"} {
		c := always(t, name, 2000, 2200)
		from, to := c.Range()
		location := zone(t, name)
		for d := from; d <= to; d++ {
			year, month, day := d.Civil()
			noon := time.Date(year, month, day, 12, 0, 0, 0, location)
			got, err := c.At(d, 12*time.Hour)
			if err != nil || !got.Equal(noon) || c.DateOf(noon) != d {
				t.Fatalf("%s: noon of %s: got %v, %v, want %v", name, d, got, err, noon)
			}
		}
	}
}

func TestWallClocksAtEveryJump(t *testing.T) {
	for _, around := range scenes() {
		year := date(t, around.date).Year()
		c := always(t, around.zone, year-2, year+2)
		start := time.Date(year-2, 1, 2, 0, 0, 0, 0, c.Zone())
		for at := start; at.Year() < year+2; {
			_, bound := at.ZoneBounds()
			if !bound.After(at) {
				break // no further jump
			}
			at = bound
			for _, near := range []time.Time{at.Add(-1), at, at.Add(1), at.Add(time.Hour)} {
				d, clock := c.Local(near)
				hour, minute, second := near.Clock()
				want := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(near.Nanosecond())
				if d != calendar.NewDate(near.Date()) || clock != want {
					t.Errorf("%s: %v: got %s %v", around.zone, near, d, clock)
				}
			}
		}
	}
}

func TestTheZoneOfTheValueDoesNotMatter(t *testing.T) {
	c := japan(t, 2026, 2026)
	at := instant(t, "2026-05-06T00:30:00+09:00") // still 05-05 in New York
	for _, name := range []string{"UTC", "America/New_York", "Asia/Tokyo", "Pacific/Apia"} {
		if got := c.DateOf(at.In(zone(t, name))); got != date(t, "2026-05-06") {
			t.Errorf("in %s: got %s, want 2026-05-06", name, got)
		}
		next, err := c.NextOpening(at.In(zone(t, name)))
		if err != nil || next.Format(time.RFC3339) != "2026-05-07T09:00:00+09:00" {
			t.Errorf("in %s: got %v, %v", name, next, err)
		}
	}
}

func TestLocalOutsideTheYears(t *testing.T) {
	c := japan(t, 2026, 2026)
	for _, s := range []string{"1800-01-01T03:04:05Z", "2025-12-31T14:59:59.5Z", "2026-12-31T15:00:00Z", "9999-12-31T23:59:59Z"} {
		at := instant(t, s)
		local := at.In(c.Zone())
		d, clock := c.Local(at)
		year, month, day := local.Date()
		midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		wall := time.Date(year, month, day, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
		if d != calendar.NewDate(year, month, day) || clock != wall.Sub(midnight) {
			t.Errorf("%s: got %s %v, want %v", s, d, clock, local)
		}
	}
}

func TestIntervals(t *testing.T) {
	spec := calendar.Spec{ID: "breaks", Zone: zone(t, "Asia/Tokyo"), Weekly: weekdays(t, "13:00-17:00", "09:00-12:00"), FirstYear: 2026, LastYear: 2026}
	c := compile(t, spec)
	list := func(c *calendar.Calendar, from, to string) (got []string) {
		for iv := range c.Intervals(instant(t, from), instant(t, to)) {
			got = append(got, iv.Open.Format("01-02 15:04")+" "+iv.Close.Format("01-02 15:04"))
		}
		return got
	}
	want := []string{"06-05 10:30 06-05 12:00", "06-05 13:00 06-05 17:00", "06-08 09:00 06-08 11:00"}
	if got := list(c, "2026-06-05T10:30:00+09:00", "2026-06-08T11:00:00+09:00"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := list(c, "2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z"); got != nil {
		t.Errorf("outside the years: got %q", got)
	}
	if got := list(c, "2026-06-08T11:00:00+09:00", "2026-06-05T10:30:00+09:00"); got != nil {
		t.Errorf("backwards: got %q", got)
	}
	// Around the clock, a whole year is one stretch, cut off at the years.
	want = []string{"01-01 00:00 01-01 00:00"}
	if got := list(always(t, "Asia/Tokyo", 2026, 2026), "1900-01-01T00:00:00Z", "2300-01-01T00:00:00Z"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range c.Intervals(instant(t, "2026-01-01T00:00:00Z"), instant(t, "2026-12-01T00:00:00Z")) {
		break // a reader that stops early must not be called again
	}
}
