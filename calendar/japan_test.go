package calendar_test

import (
	"os"
	"strings"
	"testing"

	"kigen/calendar"
)

// officialDays reads the list without the package's own reader.
func officialDays(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("jp-holidays-1955-2027.csv")
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n")[1:] {
		date, name, _ := strings.Cut(line, ",")
		days[date] = name
	}
	return days
}

// japan compiles Monday to Friday, 09:00 to 18:00, in Japan.
func japan(t testing.TB, first, last int) *calendar.Calendar {
	t.Helper()
	holidays, err := calendar.Japan(nil, first, last)
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, calendar.Spec{
		ID: "japan", Zone: zone(t, "Asia/Tokyo"), Weekly: weekdays(t, "09:00-18:00"),
		Holidays: holidays, FirstYear: first, LastYear: last,
	})
}

func TestJapanEqualsTheOfficialListOnEveryDay(t *testing.T) {
	official := officialDays(t)
	if len(official) != 1067 {
		t.Fatalf("the list has %d days, want 1067", len(official))
	}
	holidays, err := calendar.Japan(nil, 1955, 2027)
	if err != nil {
		t.Fatal(err)
	}
	japan := japan(t, 1955, 2027)
	found := 0
	for d := calendar.NewDate(1955, 1, 1); d <= calendar.NewDate(2027, 12, 31); d++ {
		name, listed := official[d.String()]
		holiday, isHoliday := holidays[d]
		day := japan.Day(d)
		weekend := day.Date.Weekday()%6 == 0
		if isHoliday != listed {
			t.Errorf("%s: holiday is %v, listed as %q", d, isHoliday, name)
		}
		if day.Business != (!listed && !weekend) {
			t.Errorf("%s: business day is %v, listed as %q", d, day.Business, name)
		}
		if !listed {
			continue
		}
		found++
		if name == "休日" {
			if holiday.Reason == calendar.ReasonHoliday {
				t.Errorf("%s: 休日 is neither 振替休日 nor 国民の休日", d)
			}
		} else if holiday.Name.Ja != name || holiday.Reason != calendar.ReasonHoliday {
			t.Errorf("%s: got %+v, listed as %q", d, holiday, name)
		}
		if holiday.Projected || holiday.Name.En == "" {
			t.Errorf("%s: got %+v, want an English name and no projection", d, holiday)
		}
	}
	if found != len(official) || len(holidays) != len(official) {
		t.Errorf("found %d and returned %d of %d listed days", found, len(holidays), len(official))
	}
}
