package calendar_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
)

// sound is a spec without a fault, for tests to break.
func sound(t testing.TB) calendar.Spec {
	return calendar.Spec{
		ID: "sound", Zone: zone(t, "Asia/Tokyo"), Weekly: weekdays(t, "09:00-18:00"),
		FirstYear: 2026, LastYear: 2027,
	}
}

func TestBadSpecsEndInErrors(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*calendar.Spec)
		want  []string // every problem, as field: value: part of the remedy
	}{
		"no zone":         {func(s *calendar.Spec) { s.Zone = nil }, []string{`zone: "": is missing; name a zone`}},
		"no years":        {func(s *calendar.Spec) { s.FirstYear, s.LastYear = 0, 0 }, []string{`first_year: "0": must lie between 1900 and 2200`}},
		"years too late":  {func(s *calendar.Spec) { s.LastYear = 12026 }, []string{`last_year: "12026": must lie between`}},
		"years backwards": {func(s *calendar.Spec) { s.LastYear = 2025 }, []string{`last_year: "2025": must not lie before the first year, 2026`}},
		"too many years":  {func(s *calendar.Spec) { s.FirstYear, s.LastYear = 1900, 2200 }, []string{`last_year: "2200": is too far from the first year, 1900; 250 years`}},
		"a year too many": {func(s *calendar.Spec) { s.FirstYear, s.LastYear = 1950, 2200 }, []string{`last_year: "2200": is too far`}},
		"extreme years":   {func(s *calendar.Spec) { s.FirstYear, s.LastYear = math.MinInt, math.MaxInt }, []string{`first_year: "-9223372036854775808"`}},
		"no hours":        {func(s *calendar.Spec) { s.Weekly = [7][]calendar.Span{} }, []string{`weekly: "sound": never opens from 2026 to 2027; give`}},
		"closed for good": {func(s *calendar.Spec) {
			s.Exceptions = []calendar.Exception{{From: date(t, "2000-01-01"), To: date(t, "2000-12-31"), Yearly: true}}
		}, []string{`weekly: "sound": never opens`}},
		"inverted hours": {func(s *calendar.Spec) { s.Weekly[1] = []calendar.Span{{Open: 1080, Close: 540}} }, []string{`weekly.monday[0]: "18:00-09:00": must close after it opens; count a close on the next day on from 24:00`}},
		"hours outside the day": {func(s *calendar.Spec) {
			s.Weekly[1] = []calendar.Span{{Open: -60, Close: 540}, {Open: 600, Close: 2041}, {Open: 1440, Close: 1500}}
		}, []string{
			`weekly.monday[0]: "-1:00-09:00": must open between`, `weekly.monday[1]: "10:00-10:01": must not be longer than 24 hours`,
			`weekly.monday[2]: "24:00-01:00": must open between`,
		}},
		"a shift into the next day's hours": {func(s *calendar.Spec) {
			s.Weekly[1], s.Weekly[2] = spans(t, "22:00-06:00"), spans(t, "13:00-18:00", "05:59-12:00")
		}, []string{`weekly.tuesday: "05:59-12:00": on Tuesday begins before 22:00-06:00 of Monday ends`}},
		"a shift into the next week": {func(s *calendar.Spec) {
			s.Weekly[6], s.Weekly[0] = spans(t, "09:00-09:00"), spans(t, "08:00-12:00")
		}, []string{`weekly.sunday: "08:00-12:00": on Sunday begins before 09:00-09:00 of Saturday ends`}},
		"a day of no month": {func(s *calendar.Spec) {
			s.Exceptions = []calendar.Exception{{Monthly: calendar.NthWeekday{Nth: 6}}, {Monthly: calendar.NthWeekday{Nth: 1, Month: 13}}, {Monthly: calendar.NthWeekday{Weekday: 1}}}
		}, []string{`exceptions[0].monthly: "6 Sunday 0": must be`, `exceptions[1].monthly`, `exceptions[2].monthly`}},
		"extreme hours":     {func(s *calendar.Spec) { s.Weekly[1] = []calendar.Span{{Open: math.MinInt32, Close: math.MaxInt32}} }, []string{`weekly.monday[0]`}},
		"overlapping hours": {func(s *calendar.Spec) { s.Weekly[5] = spans(t, "12:00-18:00", "09:00-12:01") }, []string{`weekly.friday: "12:00-18:00": overlaps 09:00-12:01; write the two as one`}},
		"many hours":        {func(s *calendar.Spec) { s.Weekly[0] = slices.Repeat(spans(t, "09:00-18:00"), 25) }, []string{`weekly.sunday: "25": hours are too many`}},
		"exception backwards": {func(s *calendar.Spec) {
			s.Exceptions = []calendar.Exception{{From: date(t, "2026-05-02"), To: date(t, "2026-05-01")}}
		}, []string{`exceptions[0].to: "2026-05-01": must not lie before from, 2026-05-02`}},
		"exception with bad hours": {func(s *calendar.Spec) {
			s.Exceptions = []calendar.Exception{{}, {Spans: []calendar.Span{{Open: 540, Close: 540}}}}
		}, []string{`exceptions[1].spans[0]: "09:00-09:00": must close`}},
		"many exceptions": {func(s *calendar.Spec) { s.Exceptions = make([]calendar.Exception, 10_001) }, []string{`exceptions: "10001": are too many`}},
		"holiday for a strange reason": {func(s *calendar.Spec) {
			s.Holidays = calendar.Holidays{date(t, "2026-05-02"): {Reason: "rain"}, date(t, "2026-05-01"): {Reason: calendar.ReasonWeekend}}
		}, []string{`holidays[2026-05-01].reason: "weekend": must be`, `holidays[2026-05-02].reason: "rain": must be`}},
		"all at once": {func(s *calendar.Spec) {
			s.Zone, s.LastYear = nil, 2025
			s.Weekly[3] = []calendar.Span{{Open: 60, Close: 0}}
		}, []string{`zone`, `last_year`, `weekly.wednesday[0]`}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sound(t)
			test.spoil(&spec)
			c, err := calendar.Compile(spec)
			if err == nil || c != nil {
				t.Fatalf("got %v, %v, want an error alone", c, err)
			}
			var problem *calendar.Problem
			if !errors.As(err, &problem) || problem.Field == "" || problem.Remedy == "" {
				t.Errorf("got %#v, want a Problem with its field and remedy", err)
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], test.want[i]) {
					t.Errorf("got %q, want %q", got[i], test.want[i])
				}
			}
		})
	}
}

func TestTheLongestCalendar(t *testing.T) {
	c := always(t, "America/New_York", 1951, 2200)
	start, end := instant(t, "1951-01-01T00:00:00-05:00"), instant(t, "2201-01-01T00:00:00-05:00")
	if open, err := c.OpenBetween(start, end); err != nil || open != end.Sub(start) {
		t.Errorf("got %v, %v, want %v: the sum must fit", open, err, end.Sub(start))
	}
	if got, err := c.AddOpen(start, end.Sub(start)); err != nil || !got.Equal(end) {
		t.Errorf("got %v, %v, want %v", got, err, end)
	}
}

func TestBoundsOfTheAnswers(t *testing.T) {
	c := compile(t, sound(t))
	tokyo := c.Zone()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, tokyo)
	end := time.Date(2028, 1, 1, 0, 0, 0, 0, tokyo)
	first, last := c.Range()
	if first != date(t, "2026-01-01") || last != date(t, "2027-12-31") {
		t.Errorf("range: got %s to %s", first, last)
	}
	middle := time.Date(2026, 6, 1, 10, 0, 0, 0, tokyo)
	errorOf := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"next opening before":      errorOf(c.NextOpening(start.Add(-1))),
		"next opening at the end":  errorOf(c.NextOpening(end)),
		"next opening after":       errorOf(c.NextOpening(end.Add(1))),
		"add open from before":     errorOf(c.AddOpen(start.Add(-1), 0)),
		"add open from after":      errorOf(c.AddOpen(end.Add(1), -time.Hour)),
		"add too much":             errorOf(c.AddOpen(middle, 100_000*time.Hour)),
		"add the most":             errorOf(c.AddOpen(middle, math.MaxInt64)),
		"take too much":            errorOf(c.AddOpen(middle, -100_000*time.Hour)),
		"take the most":            errorOf(c.AddOpen(middle, math.MinInt64)),
		"open from before":         errorOf(c.OpenBetween(start.Add(-1), middle)),
		"open to after":            errorOf(c.OpenBetween(middle, end.Add(1))),
		"a billion days on":        errorOf(c.AddBusinessDays(first, 1_000_000_000)),
		"a billion days back":      errorOf(c.AddBusinessDays(last, -1_000_000_000)),
		"most days on":             errorOf(c.AddBusinessDays(first, math.MaxInt)),
		"most days back":           errorOf(c.AddBusinessDays(last, math.MinInt)),
		"one day too many":         errorOf(c.AddBusinessDays(last, 1)),
		"one day too many back":    errorOf(c.AddBusinessDays(first, -1)),
		"days from before":         errorOf(c.AddBusinessDays(first-1, 1)),
		"days from after":          errorOf(c.AddBusinessDays(last+1, 0)),
		"day far before":           errorOf(c.StartOfDay(math.MinInt32)),
		"day far after":            errorOf(c.EndOfDay(math.MaxInt32)),
		"opening outside":          errorOf(c.Opening(last + 1)),
		"close outside":            errorOf(c.Close(first - 1)),
		"clock outside":            errorOf(c.At(last+1, 0)),
		"roll forward from after":  errorOf(c.RollForward(last + 1)),
		"roll back from before":    errorOf(c.RollBack(first - 1)),
		"an instant beyond counts": errorOf(c.NextOpening(time.Unix(math.MaxInt64/2, 0))),
		"the zero time":            errorOf(c.NextOpening(time.Time{})),
	} {
		if !errors.Is(err, calendar.ErrRange) {
			t.Errorf("%s: got %v, want ErrRange", name, err)
		}
	}
	if c.IsOpen(start.Add(-1)) || c.IsOpen(end) || c.IsOpen(time.Time{}) || c.IsBusinessDay(last+1) || c.Day(last+1).Business {
		t.Error("nothing is open outside the years")
	}
}

func TestAllOpenTime(t *testing.T) {
	c := compile(t, sound(t))
	start, end := instant(t, "2026-01-01T00:00:00+09:00"), instant(t, "2028-01-01T00:00:00+09:00")
	whole, err := c.OpenBetween(start, end)
	if err != nil {
		t.Fatal(err)
	}
	// The years end on a Friday at 18:00: the last open second can be reached.
	if got, err := c.AddOpen(start, whole); err != nil || !got.Equal(end.Add(-6*time.Hour)) {
		t.Errorf("all open time: got %v, %v", got, err)
	}
	if _, err := c.AddOpen(start, whole+1); !errors.Is(err, calendar.ErrRange) {
		t.Errorf("more than all open time: got %v", err)
	}
	if got, err := c.AddOpen(end, -whole); err != nil || !got.Equal(start.Add(9*time.Hour)) {
		t.Errorf("all open time back: got %v, %v", got, err)
	}
}

func TestFractionsOfASecond(t *testing.T) {
	c := compile(t, sound(t))
	for _, test := range []struct{ from, want string }{
		{"2026-06-01T08:59:59.999999999+09:00", "2026-06-01T15:00:00+09:00"},
		{"2026-06-01T09:00:00.000000001+09:00", "2026-06-01T15:00:00.000000001+09:00"},
		{"2026-06-01T17:59:59.999999999+09:00", "2026-06-02T14:59:59.999999999+09:00"},
		{"2026-06-01T18:00:00.000000001+09:00", "2026-06-02T15:00:00+09:00"},
		{"2026-06-01T12:00:00.5+09:00", "2026-06-02T09:00:00.5+09:00"},
	} {
		if got, err := c.AddOpen(instant(t, test.from), 6*time.Hour); err != nil || !got.Equal(instant(t, test.want)) {
			t.Errorf("6 hours from %s: got %v, %v, want %s", test.from, got, err, test.want)
		}
	}
	if !c.IsOpen(instant(t, "2026-06-01T17:59:59.999999999+09:00")) || c.IsOpen(instant(t, "2026-06-01T18:00:00+09:00")) {
		t.Error("18:00:00 is closed, and the nanosecond before is open")
	}
	// A reading of the monotonic clock must not come back with an answer: it
	// would make equal instants differ.
	now, want := time.Now(), instant(t, "2026-06-01T10:00:00+09:00").In(c.Zone())
	if got, err := c.AddOpen(now.Add(want.Sub(now)), 0); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestTimeUsedUpAtTheCloseEndsThere(t *testing.T) {
	c := compile(t, sound(t))
	friday := instant(t, "2026-06-05T09:00:00+09:00")
	if got, err := c.AddOpen(friday, 9*time.Hour); err != nil || !got.Equal(instant(t, "2026-06-05T18:00:00+09:00")) {
		t.Errorf("nine hours from Friday 09:00: got %v, %v, want Friday 18:00", got, err)
	}
	monday := instant(t, "2026-06-08T18:00:00+09:00")
	if got, err := c.AddOpen(monday, -9*time.Hour); err != nil || !got.Equal(instant(t, "2026-06-08T09:00:00+09:00")) {
		t.Errorf("nine hours before Monday 18:00: got %v, %v, want Monday 09:00", got, err)
	}
}

// A search goes a few intervals step by step and halves the rest: no distance
// may fall between the two.
func TestEveryDistance(t *testing.T) {
	c := compile(t, sound(t))
	middle := date(t, "2026-12-01")
	noon, err := c.At(middle, 12*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for n := -200; n <= 200; n++ {
		day, err := c.AddBusinessDays(middle, n)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.At(day, 12*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.AddOpen(noon, time.Duration(n)*9*time.Hour); err != nil || !got.Equal(want) {
			t.Errorf("%d days of nine hours from %v: got %v, %v, want %v", n, noon, got, err, want)
		}
	}
}

func TestExceptions(t *testing.T) {
	spec := sound(t)
	spec.FirstYear, spec.LastYear = 2027, 2029
	spec.Holidays = calendar.Holidays{
		date(t, "2027-01-01"): {Name: calendar.Text{Ja: "元日"}},
		date(t, "2027-02-11"): {Name: calendar.Text{Ja: "建国記念の日"}, Reason: calendar.ReasonHoliday, Projected: true},
	}
	year, night := calendar.Text{Ja: "年末年始"}, calendar.Text{Ja: "夜間"}
	spec.Exceptions = []calendar.Exception{
		{Name: year, From: date(t, "2000-12-29"), To: date(t, "2000-01-03"), Yearly: true},
		{Name: night, From: date(t, "2028-12-30"), To: date(t, "2028-12-30"), Spans: spans(t, "20:00-24:00", "10:00-11:00")},
		{Name: night, From: date(t, "2027-02-11"), To: date(t, "2027-02-12"), Spans: spans(t, "10:00-11:00")},
		{From: date(t, "2027-02-12"), To: date(t, "2027-02-12")},
		{Name: night, From: date(t, "2004-02-25"), To: date(t, "2004-02-29"), Yearly: true},
		{Name: year, From: date(t, "2004-02-29"), To: date(t, "2004-02-29"), Yearly: true},
		{From: date(t, "1990-01-01"), To: date(t, "2026-12-31")}, // beyond the years: nothing
	}
	c := compile(t, spec)
	hours := func(list ...string) []calendar.Span { return spans(t, list...) }
	for _, want := range []calendar.Day{
		{Date: date(t, "2027-01-01"), Reason: calendar.ReasonClosure, Name: year}, // began in the year before the first
		{Date: date(t, "2027-01-03"), Reason: calendar.ReasonClosure, Name: year}, // a Sunday, but closed by name
		{Date: date(t, "2027-01-04"), Reason: calendar.ReasonBusinessDay, Business: true, Spans: hours("09:00-18:00")},
		{Date: date(t, "2027-01-09"), Reason: calendar.ReasonWeekend},
		{Date: date(t, "2027-02-11"), Reason: calendar.ReasonOpening, Name: night, Business: true, Spans: hours("10:00-11:00")},
		{Date: date(t, "2027-02-12"), Reason: calendar.ReasonClosure},              // the later one wins
		{Date: date(t, "2027-02-28"), Reason: calendar.ReasonClosure, Name: night}, // to 29 February, in a common year
		{Date: date(t, "2027-03-01"), Reason: calendar.ReasonBusinessDay, Business: true, Spans: hours("09:00-18:00")},
		{Date: date(t, "2028-02-28"), Reason: calendar.ReasonClosure, Name: night},
		{Date: date(t, "2028-02-29"), Reason: calendar.ReasonClosure, Name: year},
		{Date: date(t, "2028-12-28"), Reason: calendar.ReasonBusinessDay, Business: true, Spans: hours("09:00-18:00")},
		{Date: date(t, "2028-12-29"), Reason: calendar.ReasonClosure, Name: year},
		{Date: date(t, "2028-12-30"), Reason: calendar.ReasonOpening, Name: night, Business: true, Spans: hours("10:00-11:00", "20:00-24:00")},
		{Date: date(t, "2029-12-31"), Reason: calendar.ReasonClosure, Name: year},
		{Date: date(t, "2030-01-01")},
	} {
		got := c.Day(want.Date)
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestYearlyFromLateInAMonthToEarlyInIt(t *testing.T) {
	spec := sound(t)
	spec.Exceptions = []calendar.Exception{{From: date(t, "2000-05-20"), To: date(t, "2000-05-11"), Yearly: true}}
	c := compile(t, spec)
	var open []string
	for d, last := c.Range(); d <= last; d++ {
		if c.IsBusinessDay(d) {
			open = append(open, d.String()[5:])
		}
	}
	// All year but 05-12 to 05-19, without their weekends.
	want := []string{
		"05-12", "05-13", "05-14", "05-15", "05-18", "05-19",
		"05-12", "05-13", "05-14", "05-17", "05-18", "05-19",
	}
	if !slices.Equal(open, want) {
		t.Errorf("got %q, want %q", open, want)
	}
}

func TestTheCalendarKeepsNothingOfTheSpec(t *testing.T) {
	spec := sound(t)
	spec.Holidays = calendar.Holidays{date(t, "2026-06-02"): {}}
	spec.Exceptions = []calendar.Exception{{From: date(t, "2026-06-03"), To: date(t, "2026-06-03"), Spans: spans(t, "10:00-11:00")}}
	c := compile(t, spec)
	before := fmt.Sprint(c.Day(date(t, "2026-06-01")), c.Day(date(t, "2026-06-02")), c.Day(date(t, "2026-06-03")))
	spec.Weekly[time.Monday][0].Close = 600
	spec.Exceptions[0].Spans[0].Close = 1200
	clear(spec.Holidays)
	if after := fmt.Sprint(c.Day(date(t, "2026-06-01")), c.Day(date(t, "2026-06-02")), c.Day(date(t, "2026-06-03"))); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestHash(t *testing.T) {
	base := sound(t)
	base.Holidays = calendar.Holidays{date(t, "2026-06-02"): {Name: calendar.Text{Ja: "祝"}}}
	base.Exceptions = []calendar.Exception{{From: date(t, "2026-06-03"), To: date(t, "2026-06-04")}, {From: date(t, "2026-06-04"), To: date(t, "2026-06-05")}}
	base.Weekly[3] = spans(t, "09:00-12:00", "13:00-18:00")
	hash := func(change func(*calendar.Spec)) string {
		spec := base
		spec.Holidays = calendar.Holidays{}
		for d, h := range base.Holidays {
			spec.Holidays[d] = h
		}
		spec.Exceptions = slices.Clone(base.Exceptions)
		change(&spec)
		return compile(t, spec).Hash()
	}
	original := hash(func(*calendar.Spec) {})
	if len(original) != 64 {
		t.Errorf("got %q, want 64 hexadecimal digits", original)
	}
	for name, change := range map[string]func(*calendar.Spec){
		"holiday outside the years": func(s *calendar.Spec) { s.Holidays[date(t, "2030-01-01")] = calendar.Holiday{} },
		"reason left out": func(s *calendar.Spec) {
			s.Holidays[date(t, "2026-06-02")] = calendar.Holiday{Name: calendar.Text{Ja: "祝"}, Reason: calendar.ReasonHoliday}
		},
		"another order of hours": func(s *calendar.Spec) { s.Weekly[3] = spans(t, "13:00-18:00", "09:00-12:00") },
	} {
		if hash(change) != original {
			t.Errorf("%s: the hash changed", name)
		}
	}
	seen := map[string]string{original: "original"}
	for name, change := range map[string]func(*calendar.Spec){
		"id":               func(s *calendar.Spec) { s.ID = "other" },
		"zone":             func(s *calendar.Spec) { s.Zone = zone(t, "Asia/Seoul") },
		"years":            func(s *calendar.Spec) { s.LastYear++ },
		"hours":            func(s *calendar.Spec) { s.Weekly[2] = spans(t, "09:00-17:59") },
		"split hours":      func(s *calendar.Spec) { s.Weekly[2] = spans(t, "09:00-12:00", "12:00-18:00") },
		"holiday":          func(s *calendar.Spec) { delete(s.Holidays, date(t, "2026-06-02")) },
		"holiday's name":   func(s *calendar.Spec) { s.Holidays[date(t, "2026-06-02")] = calendar.Holiday{} },
		"exceptions":       func(s *calendar.Spec) { s.Exceptions = nil },
		"yearly":           func(s *calendar.Spec) { s.Exceptions[0].Yearly = true },
		"order":            func(s *calendar.Spec) { slices.Reverse(s.Exceptions) },
		"hours of one":     func(s *calendar.Spec) { s.Exceptions[0].Spans = spans(t, "10:00-11:00") },
		"unpublished":      func(s *calendar.Spec) { s.Unpublished.En = "yes" },
		"the other tongue": func(s *calendar.Spec) { s.Unpublished.Ja = "yes" },
		"projected": func(s *calendar.Spec) {
			s.Holidays[date(t, "2026-06-02")] = calendar.Holiday{Name: calendar.Text{Ja: "祝"}, Projected: true}
		},
	} {
		got := hash(change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s: same hash as %s", name, other)
		}
		seen[got] = name
	}
}

func TestQueriesDoNotAllocate(t *testing.T) {
	c := japan(t, 2019, 2028)
	at, d := instant(t, "2026-05-01T18:00:00+09:00"), date(t, "2026-05-01")
	for name, query := range map[string]func(){
		"IsOpen":          func() { c.IsOpen(at) },
		"IsBusinessDay":   func() { c.IsBusinessDay(d) },
		"NextOpening":     func() { _, _ = c.NextOpening(at) },
		"AddOpen":         func() { _, _ = c.AddOpen(at, 600*time.Hour) },
		"AddOpen back":    func() { _, _ = c.AddOpen(at, -600*time.Hour) },
		"AddOpen too far": func() { _, _ = c.AddOpen(at, math.MaxInt64) },
		"OpenBetween":     func() { _, _ = c.OpenBetween(at, at.Add(tenDays)) },
		"AddBusinessDays": func() { _, _ = c.AddBusinessDays(d, 3) },
		"RollForward":     func() { _, _ = c.RollForward(d) },
		"RollBack":        func() { _, _ = c.RollBack(d) },
		"Opening":         func() { _, _ = c.Opening(d) },
		"Close":           func() { _, _ = c.Close(d) },
		"StartOfDay":      func() { _, _ = c.StartOfDay(d) },
		"EndOfDay":        func() { _, _ = c.EndOfDay(d) },
		"At":              func() { _, _ = c.At(d, time.Hour) },
		"Day":             func() { c.Day(d) },
		"Local":           func() { c.Local(at) },
		"DateOf":          func() { c.DateOf(at) },
	} {
		if n := testing.AllocsPerRun(100, query); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}
