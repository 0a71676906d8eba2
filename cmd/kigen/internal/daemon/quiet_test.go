package daemon

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/tracker"
)

const quietConfig = `
calendars:
  office: {hours: {mon-fri: ["09:00-18:00"]}}
destinations:
  soc: {slack: {token: xoxb-test, channel: C0123456789}, quiet: {outside: office}}
alerts:
  - {to: [soc], logged: true, warn: [1h]}
`

// TestQuietWeekend logs three incidents on Saturday 2000-01-01 at 09:00 in
// Tokyo. What can wait is told on Monday morning, without the one that became
// overdue meanwhile; a warning that would come too late is not told at all.
func TestQuietWeekend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		c, err := config.Parse("kigen.yaml", []byte(quietConfig), nil)
		if err != nil {
			t.Fatal(err)
		}
		w.config = c
		w.calm = true
		w.start()
		defer func() { w.stop() }()
		for _, vendor := range []string{"sustaina", "cybertrust", "superstream"} {
			e := tracker.Entry{Vendor: vendor, Title: "outage at " + vendor}
			e.Times[sla.Confirmed].At, e.Times[sla.Detected].At = time.Now(), time.Now()
			if _, err := w.tracker.Log(t.Context(), tracker.Request{Actor: "test"}, e); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(4 * 24 * time.Hour)

		want := []struct{ at, title string }{
			{"Sun 09:00", "OVERDUE: no notice from CCJ"},
			{"Mon 09:00", "LOGGED: incident at Cybertrust, which has promised no time"},
			{"Mon 09:00", "LOGGED: incident at SuperStream, notice due Mon 3 Jan 24:00 JST KGN-3"},
			{"Tue 00:00", "OVERDUE: no notice from SuperStream"},
		}
		got := w.slack.Messages()
		if len(got) != len(want) {
			t.Fatalf("the channel shows %d messages, want %d: %+v", len(got), len(want), got)
		}
		for i, m := range got {
			at := m.Posted.In(c.Timezone).Format("Mon 15:04")
			if at != want[i].at || !strings.HasPrefix(m.Text, want[i].title) {
				t.Errorf("%s: %.120s\nwant %s: %s", at, m.Text, want[i].at, want[i].title)
			}
		}
	})
}
