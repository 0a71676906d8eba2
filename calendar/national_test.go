package calendar_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"

	"kigen/calendar"
)

func TestTheLibraryAgreesOnJapaneseWorkdays(t *testing.T) {
	// A second oracle, right on working days from 2004 to 2036.
	library := cal.NewBusinessCalendar()
	library.AddHoliday(jp.Holidays...)
	c := japan(t, 2004, 2036)
	first, last := c.Range()
	for d := first; d <= last; d++ {
		year, month, day := d.Civil()
		noon := time.Date(year, month, day, 12, 0, 0, 0, c.Zone())
		if got, want := c.IsBusinessDay(d), library.IsWorkday(noon); got != want {
			t.Errorf("%s: business day is %v, the library says %v", d, got, want)
		}
	}
}

func TestHolidaysOfOtherCountries(t *testing.T) {
	for _, test := range []struct {
		country, date, name string
		reason              calendar.Reason
	}{
		{"us", "2026-07-03", "Independence Day", calendar.ReasonSubstitute}, // the 4th is a Saturday
		{"us", "2026-07-04", "Independence Day", calendar.ReasonHoliday},
		{"us", "2021-12-31", "New Year's Day", calendar.ReasonSubstitute}, // of the next year
		{"us", "2026-11-26", "Thanksgiving Day", calendar.ReasonHoliday},
		{"us", "2026-11-25", "", ""},
		{"gb", "2021-12-28", "Boxing Day", calendar.ReasonSubstitute},
		{"de", "2026-10-03", "Tag der Deutschen Einheit", calendar.ReasonHoliday},
		{"de", "2026-11-01", "", ""},
		{"de-by", "2026-11-01", "Allerheiligen", calendar.ReasonHoliday},
		{"au", "2026-01-26", "Australia Day", calendar.ReasonHoliday},
		{"au", "2026-11-03", "", ""},
		{"au-vic", "2026-11-03", "Melbourne Cup", calendar.ReasonHoliday},
		// Christmas on a Sunday takes the Monday, and moves the day after it on.
		{"nz", "2022-12-26", "Christmas Day", calendar.ReasonSubstitute},
		{"nz", "2022-12-27", "Boxing Day", calendar.ReasonSubstitute},
		{"ecb", "2026-05-01", "Labour Day", calendar.ReasonHoliday},
	} {
		holidays, err := calendar.National(test.country, 2021, 2026)
		if err != nil {
			t.Fatal(err)
		}
		got := holidays[date(t, test.date)]
		if got.Reason != test.reason || !strings.HasPrefix(got.Name.En, test.name) || (test.name == "") != got.Name.IsZero() {
			t.Errorf("%s %s: got %+v, want %q, %s", test.country, test.date, got, test.name, test.reason)
		}
		for d := range holidays {
			if d.Year() < 2021 || d.Year() > 2026 {
				t.Errorf("%s: %s is outside the years asked for", test.country, d)
			}
		}
	}
}

func TestEveryCountryInEveryYear(t *testing.T) {
	countries := calendar.Countries()
	if len(countries) < 90 || !slices.IsSorted(countries) {
		t.Errorf("got %d countries: %q", len(countries), countries)
	}
	for _, country := range countries {
		first, last := 1900, 2200
		if country == "jp" {
			first, last = 1955, 2150
		}
		holidays, err := calendar.National(country, first, last)
		if err != nil {
			t.Fatal(err)
		}
		years := map[int]int{}
		for d, h := range holidays {
			years[d.Year()]++
			if h.Name.IsZero() || h.Reason == "" {
				t.Errorf("%s: %s: %+v has no name or no reason", country, d, h)
			}
		}
		for year := 2000; year <= 2150; year++ {
			if n := years[year]; n < 4 || n > 25 {
				t.Errorf("%s has %d holidays in %d", country, n, year) // the cantons share four
			}
		}
		// One year and many must tell the same, to the last day: the holiday of a
		// January may be observed in December, and the reverse.
		for _, year := range []int{2021, 2023, 2026} {
			one, err := calendar.National(country, year, year)
			if err != nil {
				t.Fatal(err)
			}
			for d := calendar.NewDate(year, 1, 1); d.Year() == year; d++ {
				if one[d] != holidays[d] {
					t.Errorf("%s %s: got %+v for one year, %+v for all", country, d, one[d], holidays[d])
				}
			}
		}
	}
}

func TestBadCountriesAndYears(t *testing.T) {
	for _, test := range []struct {
		country     string
		first, last int
		want        string
	}{
		{"xx", 2026, 2026, `country "xx": not known; known are ar, at, au, au-act,`},
		{"JP", 2026, 2026, `country "JP": not known`},
		{"", 2026, 2026, `country "": not known`},
		{"us", 1899, 2026, `country "us": years 1899 to 2026: must lie between 1900 and 2200`},
		{"us", 2027, 2026, `years 2027 to 2026`},
		{"us", 2026, 1_000_000_000, `years 2026 to 1000000000`},
		{"jp", 1954, 2026, `holidays of Japan: years 1954 to 2026: must lie between 1955`},
		{"jp", 2026, 2151, `and 2150`},
	} {
		holidays, err := calendar.National(test.country, test.first, test.last)
		if err == nil || holidays != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %d to %d: got %d holidays, %v, want an error with %q", test.country, test.first, test.last, len(holidays), err, test.want)
		}
	}
}

// The library works in the machine's zone. Where midnight does not exist there,
// its times lie an hour off; no date may move.
func TestTheMachinesZoneDoesNotMatter(t *testing.T) {
	want := map[string]calendar.Holidays{}
	for _, country := range []string{"br", "us", "th", "jp"} {
		holidays, err := calendar.National(country, 1990, 2030)
		if err != nil {
			t.Fatal(err)
		}
		want[country] = holidays
	}
	local, library := time.Local, cal.DefaultLoc
	t.Cleanup(func() { time.Local, cal.DefaultLoc = local, library })
	for _, name := range []string{"America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "Asia/Tokyo", "America/Los_Angeles"} {
		time.Local = zone(t, name)
		cal.DefaultLoc = time.Local
		for country, expected := range want {
			got, err := calendar.National(country, 1990, 2030)
			if err != nil {
				t.Fatal(err)
			}
			for d := calendar.NewDate(1990, 1, 1); d.Year() <= 2030; d++ {
				if got[d] != expected[d] {
					t.Errorf("%s in %s: %s: got %+v, want %+v", country, name, d, got[d], expected[d])
				}
			}
		}
	}
}
