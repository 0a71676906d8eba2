package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/config/calendars"
	"kigen/config/ical"
)

// loadWithEvents loads a calendar of five days a week that closes on the
// events of an iCalendar file.
func loadWithEvents(t testing.TB, file string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	const text = `
calendars:
  office:
    hours: {mon-fri: "09:00-18:00"}
    closures: [{ics: closures.ics}]
`
	for name, content := range map[string]string{"kigen.yaml": text, "closures.ics": file} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(filepath.Join(dir, "kigen.yaml"), nil)
}

// events writes each event's lines as a calendar program exports them.
func events(list ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n")
	for _, lines := range list {
		b.WriteString("BEGIN:VEVENT\r\nUID:x@example.jp\r\nDTSTAMP:20260101T000000Z\r\n")
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\r\n"))
		b.WriteString("\r\nEND:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

// TestClosuresFromICalendar uses Fridays and Mondays, which are open otherwise.
func TestClosuresFromICalendar(t *testing.T) {
	for _, test := range []struct {
		name, event  string
		closed, open string
		called       string
	}{
		{
			// DTEND is exclusive: 12 to 14 August.
			name: "several days", event: "SUMMARY:夏季休業\nDTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260815",
			closed: "2026-08-12 2026-08-13 2026-08-14", open: "2026-08-11 2026-08-17 2027-08-12", called: "夏季休業",
		},
		{
			name: "one day without end", event: "SUMMARY:Move\\, all day\nDTSTART;VALUE=DATE:20261120",
			closed: "2026-11-20", open: "2026-11-19 2026-11-23", called: "Move, all day",
		},
		{
			name: "a folded name", event: "SUMMARY:Anniversary of the\n  company\nDTSTART;VALUE=DATE:20261120",
			closed: "2026-11-20", called: "Anniversary of the company",
		},
		{
			// 2026-10-01 is a Thursday, 2027-10-01 a Friday, 2029-10-01 a Monday.
			name: "every year", event: "SUMMARY:創立記念日\nDTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1",
			closed: "2026-10-01 2027-10-01 2029-10-01", open: "2025-10-01 2026-10-02", called: "創立記念日",
		},
		{
			name: "every other year", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2",
			closed: "2026-10-01", open: "2027-10-01 2030-10-01",
		},
		{
			name: "until", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY;UNTIL=20271001",
			closed: "2026-10-01 2027-10-01", open: "2029-10-01",
		},
		{
			name: "left out once", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271001",
			closed: "2026-10-01 2029-10-01", open: "2027-10-01",
		},
		{
			// 2028-02-29 is a Tuesday, 2032-02-29 a Sunday, 2036-02-29 a Friday: the third of three.
			name: "leap day", event: "DTSTART;VALUE=DATE:20280229\nRRULE:FREQ=YEARLY;COUNT=3",
			closed: "2028-02-29 2036-02-29", open: "2029-03-01 2040-02-29",
		},
		{
			name: "over the end of the year", event: "DTSTART;VALUE=DATE:20261229\nDTEND;VALUE=DATE:20270104\nRRULE:FREQ=YEARLY",
			closed: "2026-12-29 2027-01-01 2027-12-29 2028-01-03", open: "2026-12-28 2027-01-04",
		},
		{
			name: "midnight to midnight in Tokyo", event: "SUMMARY:x\nDTSTART;TZID=Asia/Tokyo:20260812T000000\nDTEND;TZID=Asia/Tokyo:20260814T000000",
			closed: "2026-08-12 2026-08-13", open: "2026-08-11 2026-08-14",
		},
		{
			name: "by a Windows zone", event: "DTSTART;TZID=Tokyo Standard Time:20260812T000000\nDTEND;TZID=\"Tokyo Standard Time\":20260813T000000",
			closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "by a zone of the program's own", event: "DTSTART;TZID=/example.org/20260101/Asia/Tokyo:20260812T000000\nDTEND;TZID=/example.org/20260101/Asia/Tokyo:20260812T235959",
			closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "by the midnights of an unknown zone", event: "DTSTART;TZID=Office:20260812T000000\nDTEND;TZID=Office:20260813T000000",
			closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "in no zone", event: "DTSTART:20260812T000000\nDTEND:20260813T000000", closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "a day of Tokyo in UTC", event: "DTSTART:20260811T150000Z\nDTEND:20260813T150000Z",
			closed: "2026-08-12 2026-08-13", open: "2026-08-11 2026-08-14",
		},
		{
			name: "a day of UTC", event: "DTSTART:20260812T000000Z\nDTEND:20260813T000000Z", closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "a day of Tokyo in New York", event: "DTSTART;TZID=America/New_York:20260811T110000\nDTEND;TZID=America/New_York:20260812T110000",
			closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "three days by duration", event: "DTSTART;VALUE=DATE:20260811\nDURATION:P3D", closed: "2026-08-11 2026-08-12 2026-08-13", open: "2026-08-10 2026-08-14",
		},
		{
			name: "hours of two days by duration", event: "DTSTART:20260811T150000Z\nDURATION:PT48H", closed: "2026-08-12 2026-08-13", open: "2026-08-11 2026-08-14",
		},
		{
			name: "an end on the day of the start", event: "DTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260812", closed: "2026-08-12", open: "2026-08-11 2026-08-13",
		},
		{
			name: "three days one by one", event: "DTSTART;VALUE=DATE:20260811\nRRULE:FREQ=DAILY;COUNT=3", closed: "2026-08-11 2026-08-12 2026-08-13", open: "2026-08-10 2026-08-14",
		},
		{
			name: "second Wednesdays", event: "DTSTART;VALUE=DATE:20260812\nRRULE:FREQ=MONTHLY;BYDAY=2WE",
			closed: "2026-08-12 2026-09-09 2027-01-13", open: "2026-08-19 2026-09-02 2026-07-08",
		},
		{
			name: "last Fridays", event: "DTSTART;VALUE=DATE:20260828\nRRULE:FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1;COUNT=2", closed: "2026-08-28 2026-09-25", open: "2026-10-30 2026-08-21",
		},
		{
			name: "a Thursday of November", event: "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", closed: "2026-11-26 2027-11-25", open: "2027-11-26",
		},
		{
			name: "every week", event: "DTSTART;VALUE=DATE:20260812\nRRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20260826", closed: "2026-08-12 2026-08-19 2026-08-26", open: "2026-09-02",
		},
		{
			// 15:00 UTC on 30 September is 1 October in Japan.
			name: "until an instant", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY;UNTIL=20270930T150000Z", closed: "2026-10-01 2027-10-01", open: "2029-10-01",
		},
		{
			name: "until an instant of Tokyo", event: "DTSTART;TZID=Asia/Tokyo:20261001T000000\nDTEND;TZID=Asia/Tokyo:20261002T000000\nRRULE:FREQ=YEARLY;UNTIL=20270930T150000Z",
			closed: "2026-10-01 2027-10-01", open: "2029-10-01",
		},
		{
			name: "until the instant before", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY;UNTIL=20270930T145959Z", closed: "2026-10-01", open: "2027-10-01",
		},
		{
			name: "until midnight UTC", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY;UNTIL=20271001T000000Z", closed: "2026-10-01 2027-10-01", open: "2029-10-01",
		},
		{
			name: "other days too", event: "DTSTART;VALUE=DATE:20260812\nRDATE;VALUE=DATE:20260901,20260903\nRDATE:20260907T150000Z",
			closed: "2026-08-12 2026-09-01 2026-09-03 2026-09-08", open: "2026-09-02 2026-09-07",
		},
		{
			name: "left out in UTC", event: "DTSTART;VALUE=DATE:20261001\nRRULE:FREQ=YEARLY\nEXDATE:20270930T150000Z", closed: "2026-10-01 2029-10-01", open: "2027-10-01",
		},
		{
			name: "a rule in lower case", event: "dtstart;value=date:20261001\nrrule:freq=yearly;count=2\nsummary:創立記念日", closed: "2026-10-01 2027-10-01", open: "2029-10-01", called: "創立記念日",
		},
		{
			name: "cancelled in lower case", event: "STATUS:cancelled\nDTSTART;VALUE=DATE:20261120", open: "2026-11-20",
		},
		{
			name: "cancelled", event: "STATUS:CANCELLED\nDTSTART;VALUE=DATE:20261120", open: "2026-11-20",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := loadWithEvents(t, events(test.event))
			if err != nil {
				t.Fatal(err)
			}
			office := c.Calendars["office"]
			for _, day := range strings.Fields(test.closed) {
				got := office.Day(date(t, day))
				if got.Business || test.called != "" && got.Name.Ja != test.called {
					t.Errorf("%s is %+v, want closed, %q", day, got, test.called)
				}
			}
			for _, day := range strings.Fields(test.open) {
				if !office.IsBusinessDay(date(t, day)) {
					t.Errorf("%s is closed", day)
				}
			}
		})
	}
}

func TestRefusedICalendar(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"no calendar", "date,name\n2026-08-12,x\n", `is not an iCalendar file`},
		{"cut off", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", `is not an iCalendar file`},
		{"no event", events(), `contains no event`},
		{"UTF-16", "\xff\xfeB\x00", `is not an iCalendar file: it is in UTF-16: save it as UTF-8`},
		{"hours", events("SUMMARY:Half day\nDTSTART:20260812T030000Z\nDTEND:20260812T090000Z"), `event "Half day" is no event of whole days`},
		{"a day and a half", events("SUMMARY:x\nDTSTART;TZID=Asia/Tokyo:20260812T000000\nDTEND;TZID=Asia/Tokyo:20260813T120000"), `event "x" is no event of whole days`},
		{"end with hours", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND:20260812T090000Z"), `event "x" is no event of whole days`},
		{"a time without end", events("SUMMARY:x\nDTSTART:20260812T000000"), `event "x" has no DTEND, so is no event of whole days`},
		{"a time that ends at once", events("SUMMARY:x\nDTSTART:20260812T000000\nDTEND:20260812T000000"), `event "x" is no event of whole days`},
		{"no start", events("SUMMARY:x"), `event "x" has no DTSTART, so is no event of whole days`},
		{"no such day", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260231"), `event "x" begins on "20260231", which is not a day`},
		{"a duration of hours", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDURATION:PT36H"), `event "x" states the DURATION "PT36H": is no event of whole days`},
		{"no duration", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDURATION:3 days"), `event "x" states the DURATION "3 days": use whole days such as P3D`},
		{"end and duration", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260813\nDURATION:P1D"), `event "x" states DURATION beside DTEND "20260813": keep one`},
		{"ends first", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260811"), `event "x" ends on 2026-08-11, before it begins`},
		{"hourly", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=HOURLY;COUNT=3"), `event "x" recurs by "FREQ=HOURLY;COUNT=3": is no event of whole days`},
		{"at noon", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=DAILY;BYHOUR=12"), `event "x" recurs by "BYHOUR=12": is no event of whole days`},
		{"another calendar", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:RSCALE=CHINESE;FREQ=YEARLY"), `event "x" recurs by "RSCALE=CHINESE", which is not read: write its days out`},
		{"no rhythm", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:COUNT=3"), `event "x" recurs by "COUNT=3", which is not read`},
		{"no until", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=DAILY;UNTIL=soon"), `event "x" recurs until "SOON", which is not a day`},
		{"until in an unknown zone", events("SUMMARY:x\nDTSTART;TZID=Office:20260812T000000\nDTEND;TZID=Office:20260813T000000\nRRULE:FREQ=DAILY;UNTIL=20260815T150000Z"), `event "x" recurs until "20260815T150000Z" in UTC, and its zone "Office" is unknown`},
		{"off its rule", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=MONTHLY;BYDAY=2FR"), `event "x" begins on 2026-08-12, which its rule "FREQ=MONTHLY;BYDAY=2FR" does not produce`},
		{"from the first of all days", events("SUMMARY:x\nDTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY"), `event "x" begins on 0001-01-01: begin it in the calendar's years`},
		{"two rules", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=YEARLY\nRRULE:FREQ=DAILY"), `event "x" has several RRULEs: split it`},
		{"a rule of exceptions", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=YEARLY\nEXRULE:FREQ=YEARLY;INTERVAL=2"), `event "x" leaves out days by EXRULE`},
		{"moved from then on", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260811"), `event "x" replaces all later occurrences by RECURRENCE-ID;RANGE`},
		{"a period", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRDATE;VALUE=PERIOD:20260901T000000Z/P1D"), `event "x" lists "20260901T000000Z/P1D" in RDATE, which is not a whole day`},
		{"leaves out an hour", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=YEARLY\nEXDATE:20270812T010000Z"), `event "x" lists "20270812T010000Z" in EXDATE, which is not a whole day`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadWithEvents(t, test.file)
			if err == nil || !strings.Contains(err.Error(), `kigen.yaml:5: calendars.office.closures[0].ics: "closures.ics": `+test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

// One occurrence may be moved, and another cancelled, by events of their own.
func TestMovedOccurrences(t *testing.T) {
	const every = "SUMMARY:月例\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=MONTHLY;BYDAY=2WE"
	c, err := loadWithEvents(t, events(every,
		"SUMMARY:月例\nDTSTART;VALUE=DATE:20260915\nRECURRENCE-ID;VALUE=DATE:20260909",
		"STATUS:CANCELLED\nDTSTART;VALUE=DATE:20261014\nRECURRENCE-ID;VALUE=DATE:20261014"))
	if err != nil {
		t.Fatal(err)
	}
	for day, open := range map[string]bool{
		"2026-08-12": false, "2026-09-09": true, "2026-09-15": false, "2026-10-14": true, "2026-11-11": false,
	} {
		if got := c.Calendars["office"].IsBusinessDay(date(t, day)); got != open {
			t.Errorf("%s: business day is %v", day, got)
		}
	}
}

func TestSeveralCalendarsInAFile(t *testing.T) {
	lower := strings.ToLower(events("DTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261002"))
	c, err := loadWithEvents(t, "\ufeff"+events("DTSTART;VALUE=DATE:20260812")+"\r\n"+lower)
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2026-08-12", "2026-10-01"} {
		if c.Calendars["office"].IsBusinessDay(date(t, day)) {
			t.Errorf("%s is open", day)
		}
	}
	want := []calendars.Import{
		{File: "closures.ics", From: date(t, "2026-08-12"), To: date(t, "2026-08-12")},
		{File: "closures.ics", From: date(t, "2026-10-01"), To: date(t, "2026-10-01")},
	}
	if got := c.Imported["office"]; !slices.Equal(got, want) {
		t.Errorf("imported are %+v, want %+v", got, want)
	}
}

// FuzzICalendar feeds anything as a file of closures: what comes out are days
// in order that a calendar can be made of, or errors.
func FuzzICalendar(f *testing.F) {
	f.Add(events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260815\nRRULE:FREQ=YEARLY;COUNT=3"))
	f.Add(events("DTSTART;VALUE=DATE:20280229\nRRULE:FREQ=YEARLY;INTERVAL=3;UNTIL=20400101\nEXDATE;VALUE=DATE:20360229"))
	f.Add(events("DTSTART;TZID=Tokyo Standard Time:20261001T000000\nDURATION:P3D\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271001T145959Z\nRDATE:20261101T150000Z"))
	f.Add(strings.ToLower(events("DTSTART:20261001T150000Z\nDTEND:20261003T150000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nRECURRENCE-ID:20261001T150000Z")))
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
	f.Fuzz(func(t *testing.T, file string) {
		closed, _ := ical.WholeDays([]byte(file), zone, 2020, 2099)
		for _, e := range closed {
			if e.To < e.From || e.Yearly || len(e.Spans) > 0 {
				t.Errorf("%+v is no closure", e)
			}
		}
	})
}
