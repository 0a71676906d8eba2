package calendar_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"kigen/calendar"
)

// published is the embedded list in the form in which the Cabinet Office
// publishes it: Shift_JIS, its own header, CRLF, dates without leading zeros.
func published(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile("jp-holidays-1955-2027.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	lines[0] = "国民の祝日・休日月日,国民の祝日・休日名称"
	for i, line := range lines[1:] {
		day, name, _ := strings.Cut(line, ",")
		day = strings.ReplaceAll(strings.ReplaceAll(day, "-0", "-"), "-", "/")
		lines[i+1] = day + "," + name
	}
	encoded, err := japanese.ShiftJIS.NewEncoder().String(strings.Join(lines, "\r\n") + "\r\n")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(encoded)
}

func TestBothFormsOfTheOfficialListAreTheSame(t *testing.T) {
	raw, err := os.ReadFile("jp-holidays-1955-2027.csv")
	if err != nil {
		t.Fatal(err)
	}
	own, err := calendar.ReadOfficialJapan(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := calendar.ReadOfficialJapan(bytes.NewReader(published(t)))
	if err != nil {
		t.Fatal(err)
	}
	marked, err := calendar.ReadOfficialJapan(strings.NewReader("\ufeff" + string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if len(own) != 1067 || !maps.Equal(own, theirs) || !maps.Equal(own, marked) {
		t.Errorf("got %d, %d and %d days, want the same 1067", len(own), len(theirs), len(marked))
	}
}

// What the list calls merely 休日, told apart by the Act and checked against
// the newspapers of the day.
func TestDaysOffAreToldApart(t *testing.T) {
	holidays, err := calendar.Japan(nil, 1955, 2027)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]struct {
		name   string
		reason calendar.Reason
	}{
		"1973-04-30": {"振替休日", calendar.ReasonSubstitute}, // the first ever
		"1988-05-04": {"国民の休日", calendar.ReasonCitizens},  // the first ever
		"1992-05-04": {"振替休日", calendar.ReasonSubstitute}, // 3 May was a Sunday, which comes first
		"1998-05-04": {"振替休日", calendar.ReasonSubstitute},
		"2006-05-04": {"国民の休日", calendar.ReasonCitizens},
		"2008-05-06": {"振替休日", calendar.ReasonSubstitute}, // for Sunday the 4th, past the 5th
		"2009-05-06": {"振替休日", calendar.ReasonSubstitute}, // for Sunday the 3rd
		"2009-09-22": {"国民の休日", calendar.ReasonCitizens},
		"2019-04-30": {"国民の休日", calendar.ReasonCitizens}, // beside a day that counts as a holiday
		"2019-05-01": {"休日（祝日扱い）", calendar.ReasonHoliday},
		"2019-05-02": {"国民の休日", calendar.ReasonCitizens},
		"2019-05-06": {"振替休日", calendar.ReasonSubstitute},
		"1959-04-10": {"結婚の儀", calendar.ReasonHoliday},
		"1989-02-24": {"大喪の礼", calendar.ReasonHoliday},
		"1990-11-12": {"即位礼正殿の儀", calendar.ReasonHoliday},
		"1993-06-09": {"結婚の儀", calendar.ReasonHoliday},
		"2026-05-06": {"振替休日", calendar.ReasonSubstitute},
		"2026-09-22": {"国民の休日", calendar.ReasonCitizens},
	} {
		got := holidays[date(t, day)]
		if got.Name.Ja != want.name || got.Reason != want.reason {
			t.Errorf("%s: got %+v, want %s, %s", day, got, want.name, want.reason)
		}
	}
	count := map[calendar.Reason]int{}
	for _, h := range holidays {
		count[h.Reason]++
	}
	// Citizens' holidays: 4 May of 1988–91, 93–96, 99–2002 and 2004–06, when it was
	// neither a Sunday nor the day after one; September 2009, 2015, 2026; two in 2019.
	if count[calendar.ReasonCitizens] != 15+3+2 {
		t.Errorf("got %v", count)
	}
}

func TestANewerListWins(t *testing.T) {
	// The list of a year to come, with a day that the Act does not foresee and
	// without one that it does.
	lines := []string{"date,name"}
	projected, err := calendar.Japan(nil, 2028, 2028)
	if err != nil {
		t.Fatal(err)
	}
	for d, h := range projected {
		if d != date(t, "2028-07-17") {
			lines = append(lines, d.String()+","+h.Name.Ja)
		}
	}
	lines = append(lines, "2028-06-01,即位の日")
	official, err := calendar.ReadOfficialJapan(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	holidays, err := calendar.Japan(official, 2026, 2029)
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := holidays[date(t, "2028-06-01")]; !ok || h.Projected || h.Name.In("en") != "即位の日" {
		t.Errorf("the new day: got %+v, %v", h, ok)
	}
	if _, ok := holidays[date(t, "2028-07-17")]; ok {
		t.Error("a day that the list no longer has is still there")
	}
	if h := holidays[date(t, "2026-05-06")]; h.Projected || h.Reason != calendar.ReasonSubstitute {
		t.Errorf("years before the new list: got %+v", h)
	}
	if h := holidays[date(t, "2028-01-01")]; h.Projected {
		t.Errorf("the first day of the new list: got %+v", h)
	}
	if h := holidays[date(t, "2029-01-01")]; !h.Projected {
		t.Errorf("years after the new list: got %+v", h)
	}
}

func TestAListCutShort(t *testing.T) {
	for name, keep := range map[string]func(string) bool{
		"ends in May":       func(day string) bool { return day < "2026-05-04" },
		"lacks a year":      func(day string) bool { return day[:4] != "2001" },
		"has one day alone": func(day string) bool { return day == "2027-01-01" },
	} {
		lines := []string{"date,name"}
		for day, title := range officialDays(t) {
			if keep(day) {
				lines = append(lines, day+","+title)
			}
		}
		official, err := calendar.ReadOfficialJapan(strings.NewReader(strings.Join(lines, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := calendar.Japan(official, 1955, 2030); err == nil || !strings.Contains(err.Error(), "give the whole list") {
			t.Errorf("a list that %s: got %v, want an error", name, err)
		}
	}
	gap := calendar.Holidays{}
	for month := 1; month <= 12; month++ {
		gap[date(t, "2029-01-01").AddMonths(month-1)] = calendar.Holiday{}
	}
	if _, err := calendar.Japan(gap, 2026, 2030); err == nil || !strings.Contains(err.Error(), "year 2028: 0 days") {
		t.Errorf("a year between the lists: got %v, want an error", err)
	}
}

func TestBadLists(t *testing.T) {
	sjis := func(s string) string {
		encoded, err := japanese.ShiftJIS.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for text, want := range map[string][]string{
		"":                                      {`line 1: "": the list is empty`},
		"date,name\n":                           {`line 1: "": the list is empty`},
		"day,title\n2026-01-01,元日":              {`line 1: "day,title": must be the header`},
		"2026-01-01,元日":                         {`line 1: "2026-01-01,元日": must be the header`},
		"date,name\n2026-02-30,元日":              {`line 2: "2026-02-30": must be a day from 1955 to 2200`},
		"date,name\n1954/1/1,元日":                {`line 2: "1954/1/1": must be a day from 1955`},
		"date,name\n2026-1-1,元日":                {`line 2: "2026-1-1"`},
		"date,name\n2026-01-01":                 {`line 2: "2026-01-01": must be a date, a comma and a name`},
		"date,name\n2026-01-01,元日,x":            {`line 2: "2026-01-01,元日,x"`},
		"date,name\n2026-01-01,":                {`line 2: "": must be the name of a holiday`},
		"date,name\n2026-01-01,a\x01b":          {`line 2: "a\x01b": must be the name`},
		"date,name\n2026/1/1,\"元日":              {`line 2, column 17`},
		"date,name\n2026-01-01,元日\n2026/1/1,休日": {`line 3: "2026/1/1": is listed twice; 元日`},
		sjis("国民の祝日・休日月日,国民の祝日・休日名称\r\n2026/1/1,元日\r\n2026/1/2,") + "\xff\r\n": {`line 3: "`},
		"date,name\nx,元日\n\n2026-05-32,元日\n2026-05-05,こどもの日\ny,元日":             {`line 2: "x"`, `line 4: "2026-05-32"`, `line 6: "y"`},
	} {
		holidays, err := calendar.ReadOfficialJapan(strings.NewReader(text))
		if err == nil || holidays != nil {
			t.Errorf("%q: got %v, want an error", text, holidays)
			continue
		}
		got := strings.Split(err.Error(), "\n")
		if len(got) != len(want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
			continue
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%q: got %q, want %q", text, got[i], want[i])
			}
		}
	}
	if _, err := calendar.ReadOfficialJapan(strings.NewReader("date,name\n" + strings.Repeat("x,元日\n", 1000))); strings.Count(err.Error(), "\n") > 20 {
		t.Errorf("a thousand bad lines give %d lines of errors", strings.Count(err.Error(), "\n"))
	}
	if _, err := calendar.ReadOfficialJapan(strings.NewReader(strings.Repeat("x", 2<<20))); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("two megabytes: got %v", err)
	}
	broken := errors.New("broken disk")
	if _, err := calendar.ReadOfficialJapan(failingReader{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

func FuzzReadOfficialJapan(f *testing.F) {
	f.Add([]byte("date,name\n2026-05-06,休日\n2026-05-05,こどもの日\n2026-05-04,みどりの日\n2026-05-03,憲法記念日\n"))
	f.Add(published(f)[:2000])
	f.Add([]byte("\ufeffdate,name\n2026/1/1,\"元日\"\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		holidays, err := calendar.ReadOfficialJapan(bytes.NewReader(raw))
		if (err == nil) == (holidays == nil) {
			t.Fatalf("got %d days and %v, want one of the two", len(holidays), err)
		}
		for d, h := range holidays {
			if d.Year() < 1955 || d.Year() > 2200 || h.Name.Ja == "" || h.Projected {
				t.Errorf("%s: %+v", d, h)
			}
		}
		// Whatever was read can be used, or is refused with a reason.
		if merged, err := calendar.Japan(holidays, 1955, 2030); err == nil && len(merged) == 0 {
			t.Error("got no days and no error")
		}
	})
}

func TestOfficialYearsAreThoseOfTheList(t *testing.T) {
	first, last := calendar.OfficialJapanYears()
	lines := strings.Split(strings.TrimSpace(string(published(t))), "\n")
	if got := lines[1][:4]; got != strconv.Itoa(first) {
		t.Errorf("the list begins in %s, not in %d", got, first)
	}
	if got := lines[len(lines)-1][:4]; got != strconv.Itoa(last) {
		t.Errorf("the list ends in %s, not in %d", got, last)
	}
}
