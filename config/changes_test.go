package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kigen/config"
)

func parsed(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Parse(filepath.Join(t.TempDir(), "kigen.yaml"), []byte(text), environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What a configuration means counts, and not how it is written.
func TestSinceNamesWhatChanged(t *testing.T) {
	const before = `
destinations:
  soc: {slack: {token: "${TOKEN}", channel: C0123456789}}
  lead: {email: {smtp: "smtp://127.0.0.1:25", from: kigen@example.jp, to: [lead@example.jp]}}
  siem: {webhook: {url: "https://siem.example.jp/hook"}}
calendars: {office: {hours: {mon-fri: ["09:00-18:00"]}}}
report: {to: [soc]}
`
	const after = `
# the same, in another order, with another list, another name and other hours
report: {to: [soc]}
calendars: {office: {hours: {mon-fri: ["08:00-18:00"]}}}
destinations:
  lead: {email: {smtp: "smtp://127.0.0.1:25", from: kigen@example.jp, to: [lead@example.jp, more@example.jp]}}
  hook: {webhook: {url: "https://siem.example.jp/hook"}}
  soc: {slack: {channel: C0123456789, token: "${TOKEN}"}}
vendors:
  - {id: sotas, calendar: office}
  - id: acme
    name: Acme
    calendar: office
    promises: [{id: notice, source: {document: d, quote: q}, start: occurred, due: 1h}]
`
	got := parsed(t, after, "TOKEN=xoxb-2").Since(parsed(t, before, "TOKEN=xoxb-1"))
	for what, lists := range map[string][2][]string{
		"destinations added":   {got.Destinations.Added, {"hook"}},
		"destinations removed": {got.Destinations.Removed, {"siem"}},
		"destinations changed": {got.Destinations.Changed, {"lead", "soc"}}, // soc by its secret
		"calendars changed":    {got.Calendars.Changed, {"office", "sotas"}},
		"vendors added":        {got.Vendors.Added, {"acme"}},
	} {
		have, want := lists[0], lists[1]
		if what == "calendars changed" {
			want = []string{"office"}
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s: %q, want %q", what, have, want)
		}
	}
	if !slices.Contains(got.Vendors.Changed, "sotas") || slices.Contains(got.Vendors.Changed, "tatsujin") {
		t.Errorf("vendors changed: %q", got.Vendors.Changed)
	}
	if len(got.Sections) != 0 && !slices.Equal(got.Sections, []string{"alerts"}) {
		t.Errorf("other keys: %q", got.Sections)
	}
	same := parsed(t, before, "TOKEN=xoxb-1").Since(parsed(t, before, "TOKEN=xoxb-1"))
	if d := same.Destinations; len(d.Added)+len(d.Removed)+len(d.Changed)+len(same.Vendors.Changed)+len(same.Sections) != 0 {
		t.Errorf("the same twice differs: %+v", same)
	}
}

// A file that a calendar names is part of what the calendar means.
func TestSinceSeesAChangedCalendarFile(t *testing.T) {
	dir := t.TempDir()
	closures := filepath.Join(dir, "closed.ics")
	load := func(day string) *config.Config {
		text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:" + day + "\r\nSUMMARY:closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		if err := os.WriteFile(closures, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Parse(filepath.Join(dir, "kigen.yaml"), []byte(`calendars: {office: {hours: {mon-fri: ["09:00-18:00"]}, closures: [{ics: closed.ics}]}}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := load("20270105")
	if got := load("20270106").Since(before); !slices.Equal(got.Calendars.Changed, []string{"office"}) {
		t.Errorf("got %+v", got.Calendars)
	}
}

// Two destinations with one place reach the same people, whatever they are
// called and by which secret they are reached.
func TestPlaceIsTheSameUnderAnyName(t *testing.T) {
	c := parsed(t, `
destinations:
  a1: {slack: {token: xoxb-1, channel: C0123456789}}
  a2: {slack: {token: xoxb-2, channel: C0123456789, webhook_url: "https://hooks.slack.com/services/x"}}
  b1: {slack: {token: xoxb-1, channel: C0123456780}}
  c1: {slack: {token: xoxb-1, channel: "#soc"}}
  c2: {slack: {token: xoxb-1, channel: soc}}
  d1: {slack: {token: xoxb-2, channel: "#soc"}}
  e1: {email: {smtp: "smtp://127.0.0.1:25", from: a@example.jp, to: [x@example.jp, "Y <y@example.jp>"]}}
  e2: {email: {smtp: "smtp://mail.example.jp:587", from: b@example.jp, to: [Y@example.jp, x@EXAMPLE.jp]}}
  f1: {email: {smtp: "smtp://127.0.0.1:25", from: a@example.jp, to: [x@example.jp]}}
  g1: {webhook: {url: "https://u:one@siem.example.jp/hook", secret: s1}}
  g2: {webhook: {url: "https://u:two@siem.example.jp/hook", secret: s2}}
  h1: {webhook: {url: "https://siem.example.jp/other"}}
  i1: {slack: {webhook_url: "https://hooks.slack.com/services/x"}}
  j1: {console: {}}
  k1: {teams: {url: "https://prod.example/w?sig=1", format: card}}
  k2: {teams: {url: "https://prod.example/w?sig=2"}}
  n1: {teams: {url: "https://prod.example/v?sig=1"}}
  l1: {googlechat: {url: "https://chat.example/v1/spaces/S/messages?key=1&token=2"}}
  l2: {googlechat: {url: "https://chat.example/v1/spaces/S/messages?key=1&token=3"}}
  m1: {pagerduty: {routing_key: 0123456789abcdef0123456789abcdef}}
  m2: {pagerduty: {routing_key: 0123456789abcdef0123456789abcdef, api_url: "https://events.eu.pagerduty.com"}}
`)
	places := map[string]string{}
	for name, d := range c.Destinations {
		place := d.Place()
		if place == "" || strings.Contains(place, "example") {
			t.Errorf("%s has the place %q", name, place)
		}
		if same, known := places[place]; known && same != name[:1] {
			t.Errorf("%s has the place of %s", name, same)
		}
		places[place] = name[:1]
	}
	if want := 14; len(places) != want {
		t.Errorf("%d places, want %d: %v", len(places), want, places)
	}
}

// A calendar that does not open any more holds everything back for good.
func TestCalendarsThatNeverOpenAreRefused(t *testing.T) {
	const office = `calendars: {past: {hours: {mon-fri: ["09:00-18:00"]}, years: 2000..2020}, shut: {hours: {mon-fri: ["09:00-18:00"]}, closures: [{from: 2024-01-01, to: 2099-12-31}]}}` + "\n"
	for name, text := range map[string]string{
		"quiet, its years are over":     "destinations: {soc: {console: {}, quiet: {outside: past}}}",
		"quiet, closed from now on":     "destinations: {soc: {console: {}, quiet: {outside: shut}}}",
		"report, its years are over":    "report: {schedule: {first_business_day: past}}",
		"report, closed from now on":    "report: {schedule: {first_business_day: shut}}",
		"report, a vendor's own is not": "report: {schedule: {first_business_day: tatsujin}}",
	} {
		_, err := config.Parse("kigen.yaml", []byte(office+text), nil)
		if strings.HasSuffix(name, "is not") {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "never opens within a year from now") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
