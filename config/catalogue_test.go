package config_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/grammar"
)

func builtin(t testing.TB) *config.Config {
	t.Helper()
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// notice returns the promise of a vendor that this package's tests ask for most.
func notice(t testing.TB, c *config.Config, vendor string) *sla.Promise {
	t.Helper()
	v, ok := c.Catalogue.Vendor(vendor)
	if !ok || len(v.Promises) != 1 || v.Promises[0].ID != "incident-notice" {
		t.Fatalf("%s has no single promise incident-notice", vendor)
	}
	return v.Promises[0]
}

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at reads a wall-clock time of a calendar.
func at(t testing.TB, cal *calendar.Calendar, s string) time.Time {
	t.Helper()
	const layout = "2006-01-02 15:04:05"
	instant, err := time.ParseInLocation(layout[:len(s)], s, cal.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// TestPublishedFacts compares the catalogue with what the five documents say,
// written down here a second time.
func TestPublishedFacts(t *testing.T) {
	c := builtin(t)
	email := sla.Channels{Any: []string{"email"}}
	for _, want := range []struct {
		vendor, name     string
		services         []string
		start            sla.Moment
		strength         sla.Strength
		impact           []sla.Impact
		channels         sla.Channels
		from             string
		document         string
		edition, section string
		quote            string
		due              string
		readings         []string
		unpublished      string
	}{
		{
			vendor: "sustaina", name: "CCJ株式会社", services: []string{"Sustaina Cloud"},
			start: sla.Confirmed, strength: sla.Target, impact: []sla.Impact{sla.ImpactSerious}, channels: email,
			document: "情報セキュリティホワイトペーパー", section: "35.1 (16.1.1)",
			quote: "確認したセキュリティインシデントがお客様に重大な影響を及ぼす場合、確認より24時間以内を目標に代表のお客様へメールにて通知を行います。",
			due:   "24h",
		},
		{
			vendor: "sotas", name: "Sotas株式会社", services: []string{"Sotas工程管理", "Sotasデータベース", "Sotas化学調査"},
			start: sla.Occurred, strength: sla.Firm, impact: []sla.Impact{sla.ImpactSerious, sla.ImpactLimited}, channels: email,
			from: "2024-09-01", document: "SECURITY WHITE PAPER", edition: "2024-09-01", section: "第2章 34.2 (16.1.1)",
			quote: "標準営業時間内の場合:発生から6時間以内\n" +
				"標準営業時間外の場合:翌営業日の開始時間までか発生から6時間後の遅い方まで\n" +
				"※標準営業時間:土日および国民の祝日を除く日本時間の9時-18時",
			due:      "inside_hours: 6h; outside_hours: later_of(next_opening, 6h)",
			readings: []string{"next-opening", "next-business-date"},
		},
		{
			vendor: "tatsujin", name: "株式会社NTTデータ 税務サービスグループ", services: []string{"達人Cube「データ収集・配信」"},
			start: sla.Detected, strength: sla.Target, impact: []sla.Impact{sla.ImpactSerious, sla.ImpactLimited},
			channels: sla.Channels{ByScope: map[sla.Scope]sla.Channels{
				sla.ScopeAll:      {Any: []string{"site", "portal", "email"}},
				sla.ScopeSpecific: email,
			}},
			document: "クラウドセキュリティホワイトペーパー", edition: "第1.1版", section: "16.1.1",
			quote:       "影響範囲に応じてインシデントの発生を検知してから 3 営業日を目標に通知いたします。",
			due:         "3 business days, ends close",
			readings:    []string{"close", "end-of-day", "same-time", "start-day-counts"},
			unpublished: "本組織の休業日",
		},
		{
			vendor: "superstream", name: "スーパーストリーム株式会社", services: []string{"SuperStream-NX Cloud"},
			start: sla.Detected, strength: sla.Target, impact: []sla.Impact{sla.ImpactSerious},
			channels: sla.Channels{Any: []string{"support"}},
			from:     "2023-09-20", document: "クラウドサービスセキュリティ ホワイトペーパー", edition: "第1.0版, 2023-09-20", section: "37",
			quote:       "インシデントの検知から1営業日を目標にクラウドサービス利用者にお客様サポート窓口から通知します。",
			due:         "1 business day, ends end_of_day",
			readings:    []string{"end-of-day", "same-time", "start-day-counts"},
			unpublished: "当社規定の休日",
		},
		{
			vendor: "cybertrust", name: "サイバートラスト株式会社", services: []string{"マネージドPKI", "iTrust 本人確認サービス"},
			start: sla.Detected, strength: sla.AsNeeded,
			from: "2024-05-07", document: "クラウドセキュリティホワイトペーパー", edition: "第2版, 2024-05-07", section: "17 (16.1.2)",
			quote: "当社が提供するクラウドサービス上で検出した情報セキュリティ事象は、必要に応じてお客様へ通知します。",
			due:   "none",
		},
	} {
		v, _ := c.Catalogue.Vendor(want.vendor)
		p := notice(t, c, want.vendor)
		var readings []string
		for _, r := range p.Readings {
			readings = append(readings, r.ID)
			if r.Says.Ja == "" || r.Says.En == "" {
				t.Errorf("%s: the reading %s says nothing in one language: %+v", want.vendor, r.ID, r.Says)
			}
		}
		from := ""
		if p.From != 0 {
			from = p.From.String()
		}
		for _, fact := range []struct {
			name      string
			got, want any
		}{
			{"name", v.Name.Ja, want.name},
			{"services", v.Services, want.services},
			{"vendor", p.Vendor, want.vendor},
			{"start", p.Start, want.start},
			{"strength", p.Strength, want.strength},
			{"gate", p.Gate, sla.Gate{Impact: want.impact}},
			{"channels", p.Channels, want.channels},
			{"from", from, want.from},
			{"to", p.To, calendar.Date(0)},
			{"source", p.Source, sla.Source{Document: want.document, Edition: want.edition, Section: want.section, Quote: want.quote}},
			{"due", p.Due.String(), want.due},
			{"readings", readings, want.readings},
			{"unpublished closures", p.Calendar.Unpublished().Ja, want.unpublished},
			{"calendar", p.Calendar.ID(), want.vendor},
			{"zone", p.Calendar.Zone().String(), "Asia/Tokyo"},
		} {
			if !reflect.DeepEqual(fact.got, fact.want) {
				t.Errorf("%s: %s is %#v, want %#v", want.vendor, fact.name, fact.got, fact.want)
			}
		}
		if len(want.readings) > 0 && p.Reading != want.readings[0] {
			t.Errorf("%s: the reading in force is %q, want %q", want.vendor, p.Reading, want.readings[0])
		}
		if v.Name.En == "" || p.Name.Ja == "" || p.Name.En == "" {
			t.Errorf("%s: a name lacks a language: %+v %+v", want.vendor, v.Name, p.Name)
		}
		if err := grammar.Check(p); err != nil {
			t.Errorf("%s: %v", want.vendor, err)
		}
	}
}

// deadline is what a promise gives for a start that the vendor stated.
func deadline(t testing.TB, p *sla.Promise, start string) string {
	t.Helper()
	var facts sla.Facts
	facts.Times[p.Start] = sla.Stamp{At: at(t, p.Calendar, start), Basis: sla.Stated}
	d, err := p.Deadline(&facts)
	if err != nil {
		t.Fatal(err)
	}
	return shown(d)
}

func shown(d sla.Deadline) string {
	if d.Due.IsZero() {
		return string(d.State)
	}
	return d.Due.Format("2006-01-02 15:04:05")
}

// TestWorkedExamples holds the deadlines that were worked out by hand from the
// documents.
func TestWorkedExamples(t *testing.T) {
	c := builtin(t)
	for _, example := range []struct{ vendor, start, due string }{
		{"sotas", "2026-05-01 17:59", "2026-05-01 23:59:00"},
		{"sotas", "2026-05-01 18:00", "2026-05-07 09:00:00"},
		{"sotas", "2026-11-24 05:00", "2026-11-24 11:00:00"},
		{"sotas", "2026-09-18 18:00", "2026-09-24 09:00:00"},
		{"sotas", "2026-12-31 20:00", "2027-01-04 09:00:00"},
		{"tatsujin", "2026-04-28 16:00", "2026-05-07 17:00:00"},
		{"superstream", "2026-12-30 10:00", "2027-01-01 00:00:00"},
		{"sustaina", "2026-05-02 22:10", "2026-05-03 22:10:00"},
		{"cybertrust", "2026-05-02 22:10", "no_commitment"},
	} {
		if got := deadline(t, notice(t, c, example.vendor), example.start); got != example.due {
			t.Errorf("%s from %s: due %s, want %s", example.vendor, example.start, got, example.due)
		}
	}
}

// TestOtherReadings takes each reading that is not built in.
func TestOtherReadings(t *testing.T) {
	for _, example := range []struct{ vendor, reading, start, due string }{
		{"sotas", "next-business-date", "2026-11-24 05:00", "2026-11-25 09:00:00"},     // the opening of the next date
		{"sotas", "next-business-date", "2026-05-01 18:00", "2026-05-07 09:00:00"},     // the same as built in
		{"tatsujin", "end-of-day", "2026-04-28 16:00", "2026-05-08 00:00:00"},          // 05-07 24:00
		{"tatsujin", "same-time", "2026-04-28 16:00", "2026-05-07 16:00:00"},           // 04-30, 05-01, 05-07
		{"tatsujin", "start-day-counts", "2026-04-28 16:00", "2026-05-01 17:00:00"},    // 04-28, 04-30, 05-01
		{"superstream", "same-time", "2026-12-30 10:00", "2026-12-31 10:00:00"},        // the next business day
		{"superstream", "start-day-counts", "2026-12-30 10:00", "2026-12-31 00:00:00"}, // 12-30 24:00
		{"superstream", "start-day-counts", "2026-05-02 10:00", "2026-05-08 00:00:00"}, // a Saturday does not count: 05-07
	} {
		c := parse(t, "vendors: [{id: "+example.vendor+", promises: [{id: incident-notice, reading: "+example.reading+"}]}]")
		p := notice(t, c, example.vendor)
		if got := deadline(t, p, example.start); p.Reading != example.reading || got != example.due {
			t.Errorf("%s read as %s from %s: due %s, want %s", example.vendor, p.Reading, example.start, got, example.due)
		}
	}
}

// TestHours asks each calendar for an ordinary week and for the year-end.
func TestHours(t *testing.T) {
	c := builtin(t)
	for vendor, want := range map[string]struct {
		hours  string
		closed []string // of the days below
	}{
		"sustaina":    {"00:00-24:00", nil},
		"sotas":       {"09:00-18:00", []string{"2026-05-02", "2026-05-03", "2026-05-06", "2027-01-01"}},
		"tatsujin":    {"09:00-12:00 13:00-17:00", []string{"2026-05-02", "2026-05-03", "2026-05-06", "2027-01-01"}},
		"superstream": {"00:00-24:00", []string{"2026-05-02", "2026-05-03", "2026-05-06", "2027-01-01"}},
		"cybertrust":  {"09:00-18:00", []string{"2026-05-02", "2026-05-03"}}, // no holidays are stated
	} {
		cal := c.Calendars[vendor]
		var hours []string
		for _, span := range cal.Day(date(t, "2026-05-01")).Spans {
			hours = append(hours, span.String())
		}
		if got := strings.Join(hours, " "); got != want.hours {
			t.Errorf("%s: hours are %q, want %q", vendor, got, want.hours)
		}
		for _, day := range []string{"2026-05-02", "2026-05-03", "2026-05-06", "2026-12-29", "2026-12-31", "2027-01-01"} {
			if got, want := !cal.IsBusinessDay(date(t, day)), slices.Contains(want.closed, day); got != want {
				t.Errorf("%s on %s: closed %v, want %v", vendor, day, got, want)
			}
		}
	}
}
