package calendar_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
)

func TestParseDateIsStrict(t *testing.T) {
	if d := date(t, "2026-05-01"); d != calendar.NewDate(2026, time.May, 1) || d.String() != "2026-05-01" {
		t.Errorf("got %v", d)
	}
	for _, bad := range []string{
		"", "2026", "2026-5-1", "2026-05-1", "26-05-01", "2026/05/01", "2026-02-29", "2026-13-01", "2026-00-01",
		"2026-05-00", "2026-05-32", " 2026-05-01", "2026-05-01 ", "2026-05-01T00:00", "-026-05-01", "+2026-05-01",
		"２０２６-05-01", "10000-01-01",
	} {
		if d, err := calendar.ParseDate(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, d)
		}
	}
}

func TestDatesCountAsPaperCalendars(t *testing.T) {
	// The standard library walks day by day; the package counts from 1970.
	at := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := calendar.NewDate(1890, time.January, 1); d < calendar.NewDate(2210, time.January, 1); d++ {
		year, month, day := d.Civil()
		if year != at.Year() || month != at.Month() || day != at.Day() || d.Year() != year || d.Weekday() != at.Weekday() {
			t.Fatalf("got %d-%d-%d, %v, want %v", year, month, day, d.Weekday(), at)
		}
		at = at.AddDate(0, 0, 1)
	}
}

func TestAddMonths(t *testing.T) {
	for _, test := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"}, // no 31 February: its last day
		{"2028-01-31", 1, "2028-02-29"}, // in a leap year
		{"2028-02-29", 12, "2029-02-28"},
		{"2028-02-29", 48, "2032-02-29"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-12-15", 1, "2027-01-15"},
		{"2026-01-15", -1, "2025-12-15"},
		{"2026-05-31", 1, "2026-06-30"},
		{"2026-05-31", 0, "2026-05-31"},
		{"2026-05-31", -24, "2024-05-31"},
	} {
		if got := date(t, test.from).AddMonths(test.months).String(); got != test.want {
			t.Errorf("%s and %d months: got %s, want %s", test.from, test.months, got, test.want)
		}
	}
}

func TestDateInJSON(t *testing.T) {
	type box struct {
		Day  calendar.Date
		By   map[calendar.Date]int
		Name calendar.Text
		Open calendar.Span
	}
	in := box{
		Day: date(t, "1969-12-31"), By: map[calendar.Date]int{date(t, "2026-05-01"): 1},
		Name: calendar.Text{En: "x"}, Open: calendar.Span{Open: 540, Close: 1080},
	}
	text, err := json.Marshal(in)
	const want = `{"Day":"1969-12-31","By":{"2026-05-01":1},"Name":{"en":"x"},"Open":"09:00-18:00"}`
	if err != nil || string(text) != want {
		t.Fatalf("got %s, %v, want %s", text, err, want)
	}
	var out box
	if err := json.Unmarshal(text, &out); err != nil || out.Day != in.Day || out.By[date(t, "2026-05-01")] != 1 || out.Open != in.Open {
		t.Errorf("got %+v, %v", out, err)
	}
	for _, bad := range []string{`{"Day":"2026-5-1"}`, `{"Open":"9-18"}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s: want an error", bad)
		}
	}
	for _, far := range []calendar.Date{math.MinInt32, math.MaxInt32} {
		if text, err := far.MarshalText(); err == nil {
			t.Errorf("got %s, want an error for a year that does not fit", text)
		}
	}
}

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]calendar.Span{
		"09:00-18:00": {Open: 540, Close: 1080},
		"00:00-24:00": {Open: 0, Close: 1440},
		"23:59-24:00": {Open: 1439, Close: 1440},
		"22:00-06:00": {Open: 1320, Close: 1800},
		"09:00-03:00": {Open: 540, Close: 1620},
		"09:00-09:00": {Open: 540, Close: 1980}, // 24 hours
		"09:00-08:59": {Open: 540, Close: 1979},
	} {
		got, err := calendar.ParseSpan(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"22:00-30:00": "22:00-06:00", // as timetables count on past midnight
		"09:00-24:01": "09:00-00:01",
		"09:00-33:00": "09:00-09:00",
		"22:00-00:00": "22:00-24:00",
		"00:00-00:00": "00:00-24:00",
	} {
		if got, err := calendar.ParseSpan(text); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "09:00", "9:00-18:00", "09:00-18:0", "09:00–18:00", "09:00 - 18:00",
		"24:00-24:00", "24:00-06:00", "25:00-26:00", "09:00-33:01", "09:00-49:00", "09:60-18:00", "aa:00-18:00", "09-00-18:00", "+9:00-18:00",
	} {
		if got, err := calendar.ParseSpan(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

func TestText(t *testing.T) {
	both := calendar.Text{Ja: "元日", En: "New Year's Day"}
	for _, test := range []struct {
		text       calendar.Text
		lang, want string
	}{
		{both, "ja", "元日"}, {both, "en", "New Year's Day"}, {both, "", "New Year's Day"},
		{calendar.Text{Ja: "元日"}, "en", "元日"}, {calendar.Text{En: "Labor Day"}, "ja", "Labor Day"}, {calendar.Text{}, "ja", ""},
	} {
		if got := test.text.In(test.lang); got != test.want {
			t.Errorf("%+v in %q: got %q, want %q", test.text, test.lang, got, test.want)
		}
	}
	if both.IsZero() || !(calendar.Text{}).IsZero() {
		t.Error("only a text without both languages is zero")
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-05-01", "0000-01-01", "9999-12-31", "2026-02-29", "2026-5-1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := calendar.ParseDate(s); err == nil && d.String() != s {
			t.Errorf("%q was read as %s", s, d)
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, seed := range []string{"09:00-18:00", "00:00-24:00", "22:00-06:00", "9:00-18:00", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		span, err := calendar.ParseSpan(s)
		if err != nil {
			return
		}
		again, err := calendar.ParseSpan(span.String())
		if err != nil || again != span || span.Open >= span.Close || span.Close-span.Open > 24*60 {
			t.Errorf("%q was read as %s, and that as %s, %v", s, span, again, err)
		}
	})
}

func TestMonthsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.Date(rapid.Int32Range(-30_000, 90_000).Draw(t, "date"))
		n := rapid.IntRange(-1000, 1000).Draw(t, "months")
		there := d.AddMonths(n)
		back := there.AddMonths(-n)
		// A day lost to a short month stays lost; no other day moves.
		_, _, day := there.Civil()
		if back > d || d-back > 3 || back != d && day < 28 {
			t.Fatalf("%s and %d months give %s, and back %s", d, n, there, back)
		}
	})
}

// TestDatesBeginWhereClocksSkipMidnight holds every date of a year in each zone that
// changes its clocks near midnight against a walk through the minutes of the year.
func TestDatesBeginWhereClocksSkipMidnight(t *testing.T) {
	for _, test := range []struct {
		zone string
		year int
	}{
		{"America/Sao_Paulo", 2017}, // midnight is skipped on 15 October
		{"America/Asuncion", 2017},
		{"Asia/Beirut", 2026},
		{"Asia/Gaza", 2004},      // midnight comes twice, east of UTC
		{"America/Havana", 2026}, // and west of it
		{"America/St_Johns", 2006},
		{"America/Scoresbysund", 2024},
		{"Pacific/Apia", 2011}, // 30 December does not exist
		{"Australia/Lord_Howe", 2026},
		{"Asia/Tokyo", 2026},
	} {
		place := zone(t, test.zone)
		at := time.Date(test.year, 1, 1, 12, 0, 0, 0, time.UTC)
		last := calendar.NewDate(at.In(place).Date())
		for end := at.AddDate(1, 0, 0); at.Before(end); at = at.Add(time.Minute) {
			shown := calendar.NewDate(at.In(place).Date())
			for last < shown {
				last++
				if got := last.In(place); !got.Equal(at) || got.Location() != place {
					t.Errorf("%s: %s begins at %s, want %s", test.zone, last, got, at.In(place))
				}
			}
		}
	}
}
