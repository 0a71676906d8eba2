package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/config"
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
		{"no calendar", "date,name\n2026-08-12,x\n", `is no iCalendar file`},
		{"cut off", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", `is no iCalendar file`},
		{"no event", events(), `holds no event`},
		{"hours", events("SUMMARY:Half day\nDTSTART:20260812T030000Z\nDTEND:20260812T090000Z"), `event "Half day" is no event of whole days`},
		{"end with hours", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND:20260812T090000Z"), `event "x" is no event of whole days`},
		{"no start", events("SUMMARY:x"), `event "x" is no event of whole days`},
		{"no such day", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260231"), `event "x" is no event of whole days`},
		{"duration", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDURATION:P3D"), `event "x" states a DURATION: state its last day with DTEND instead`},
		{"ends first", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260812"), `event "x" ends on 2026-08-12, before it begins`},
		{"weekly", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=WEEKLY"), `event "x" recurs in a way other than every year: write its days out`},
		{"by weekday", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=YEARLY;BYMONTH=8;BYDAY=2WE"), `event "x" recurs in a way other than every year`},
		{"moved once", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRECURRENCE-ID;VALUE=DATE:20260811"), `event "x" recurs in a way other than every year`},
		{"other days", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRDATE;VALUE=DATE:20260901"), `event "x" recurs in a way other than every year`},
		{"leaves out an hour", events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nRRULE:FREQ=YEARLY\nEXDATE:20270812T000000Z"), `event "x" leaves out "20270812T000000Z", which is no whole day`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadWithEvents(t, test.file)
			if err == nil || !strings.Contains(err.Error(), `kigen.yaml:5: calendars.office.closures[0].ics: "closures.ics": `+test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

// FuzzICalendar feeds anything as a file of closures: what comes out are days
// in order that a calendar can be made of, or errors.
func FuzzICalendar(f *testing.F) {
	f.Add(events("SUMMARY:x\nDTSTART;VALUE=DATE:20260812\nDTEND;VALUE=DATE:20260815\nRRULE:FREQ=YEARLY;COUNT=3"))
	f.Add(events("DTSTART;VALUE=DATE:20280229\nRRULE:FREQ=YEARLY;INTERVAL=3;UNTIL=20400101\nEXDATE;VALUE=DATE:20360229"))
	f.Add("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
	f.Fuzz(func(t *testing.T, file string) {
		const lastYear = 2099
		closed, _ := config.WholeDays([]byte(file), lastYear)
		for _, e := range closed {
			if e.To < e.From || e.Yearly || len(e.Spans) > 0 {
				t.Errorf("%+v is no closure", e)
			}
		}
	})
}
