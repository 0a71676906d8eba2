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
	if !ok {
		t.Fatalf("no vendor %s", vendor)
	}
	about := v.About(sla.KindIncident)
	if len(about) != 1 || about[0].ID != "incident-notice" {
		t.Fatalf("%s has no single promise incident-notice about incidents", vendor)
	}
	return about[0]
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

// TestOtherDatedPromises compares the promises of the other kinds, and what has no clock,
// with what the five documents say, written down here a second time.
func TestOtherDatedPromises(t *testing.T) {
	const firm, target, asNeeded = sla.Firm, sla.Target, sla.AsNeeded
	want := map[string][]struct {
		id       string
		about    sla.IncidentKind
		section  string
		begins   string // of the quote
		start    sla.Moment
		due      string
		strength sla.Strength
	}{
		"sustaina": {
			{"maintenance-notice", sla.KindMaintenance, "20.1", "本サービスに影響のある変更およびメンテナンス", sla.Scheduled, "the start", firm},
			{"change-notice", sla.KindChange, "20.1", "本サービスに影響のある変更およびメンテナンス", sla.Scheduled, "the start", firm},
			{"vulnerability-response", sla.KindVulnerability, "28.1", "当社の責任範囲において", sla.Occurred, "none", firm},
			{"assessment", sla.KindPeriodic, "28.2", "第三者によるウェブアプリケーション脆弱性診断", sla.Aware, "every 12 months", firm},
			{"deletion", sla.KindContractEnd, "8.1", "本サービスの提供が終了した時点で", sla.Ended, "none", firm},
		},
		"sotas": {
			{"maintenance-notice", sla.KindMaintenance, "第2章 19", "本サービスに影響のある変更およびメンテナンス", sla.Scheduled, "the start", firm},
			{"change-notice", sla.KindChange, "第2章 19", "本サービスに影響のある変更およびメンテナンス", sla.Scheduled, "the start", firm},
			{"vulnerability-response", sla.KindVulnerability, "第2章 27.1", "収集した情報を元に", sla.Occurred, "none", firm},
			{"platform-vulnerability-response", sla.KindVulnerability, "第2章 27.2", "収集した情報を元に", sla.Occurred, "none", firm},
			{"assessment", sla.KindPeriodic, "第2章 27.3", "第三者による脆弱性診断", sla.Aware, "every 12 months", firm},
			{"disposal", sla.KindContractEnd, "第2章 7.1", "本サービスの利用契約が終了した日の翌日から2ヶ月間", sla.Ended, "2 months", firm},
		},
		"tatsujin": {
			{"maintenance-notice", sla.KindMaintenance, "12.1.2", "お客様に影響を及ぼす可能性のある作業", sla.Scheduled, "7 days before", target},
			{"change-notice", sla.KindChange, "12.1.2", "お客様に影響を及ぼす可能性のある作業", sla.Scheduled, "7 days before", target},
			{"event-notice", sla.KindEvent, "16.1.2", "本サービスにおいて情報セキュリティインシデントの予兆", sla.Occurred, "none", firm},
			{"vulnerability-notice", sla.KindVulnerability, "12.6.1", "お客様に影響を与える可能性", sla.Occurred, "none", firm},
			{"deletion-check", sla.KindPeriodic, "CLD.8.1.5", "お客様における情報の削除漏れ", sla.Aware, "every 3 months", firm},
		},
		"superstream": {
			{"change-notice", sla.KindChange, "23", "クラウドサービス利用者のセキュリティに悪影響", sla.Scheduled, "the start", firm},
			{"vulnerability-notice", sla.KindVulnerability, "30", "クラウドサービス利用者で対応が必要", sla.Occurred, "none", firm},
			{"own-vulnerability-notice", sla.KindVulnerability, "30", "当社のクラウドサービス側での対応", sla.Occurred, "none", firm},
			{"assessment", sla.KindPeriodic, "34", "提供中のクラウドサービスにおいても、年1回", sla.Aware, "every 12 months", firm},
			{"deletion", sla.KindContractEnd, "10", "クラウドサービス利用者が退会した時に", sla.Ended, "30 days", firm},
		},
		"cybertrust": {
			{"event-notice", sla.KindEvent, "17 (16.1.2)", "当社が提供するクラウドサービス上で検出", sla.Occurred, "none", asNeeded},
			{"malfunction-notice", sla.KindEvent, "12", "正常な動作をしていなかった", sla.Occurred, "none", asNeeded},
			{"vulnerability-notice", sla.KindVulnerability, "13", "弊社とお客様で共有すべき", sla.Occurred, "none", asNeeded},
			{"audit", sla.KindPeriodic, "21", "認証機関からの審査を毎年", sla.Aware, "every 12 months", firm},
			{"deletion", sla.KindContractEnd, "5", "当社が提供するクラウドサービスの利用終了時", sla.Ended, "none", firm},
		},
	}
	states := map[string][]string{
		"sustaina": {"23.1"}, "sotas": {"第2章 22.1"}, "cybertrust": {"11", "11"},
	}
	c := builtin(t)
	for _, v := range c.Catalogue {
		others := slices.DeleteFunc(slices.Clone(v.Promises), func(p *sla.Promise) bool { return p.KindOf() == sla.KindIncident })
		if len(others) != len(want[v.ID]) {
			t.Errorf("%s: %d other promises, want %d", v.ID, len(others), len(want[v.ID]))
			continue
		}
		for i, w := range want[v.ID] {
			p := others[i]
			if p.ID != w.id || p.About != w.about || p.Source.Section != w.section || !strings.HasPrefix(p.Source.Quote, w.begins) ||
				p.Start != w.start || p.Due.String() != w.due || p.Strength != w.strength {
				t.Errorf("%s: %s about %s, %s 「%s」, %s from %s, %s; want %+v", v.ID, p.ID, p.About, p.Source.Section, p.Source.Quote, &p.Due, p.Start, p.Strength, w)
			}
			if p.Source.Document == "" || p.Name.Ja == "" || p.Name.En == "" || strings.ContainsAny(p.Source.Quote, "\n") {
				t.Errorf("%s: %s: %+v %+v", v.ID, p.ID, p.Source, p.Name)
			}
		}
		var sections []string
		for _, s := range v.States {
			sections = append(sections, s.Source.Section)
			if s.Source.Quote == "" || s.Says.Ja == "" || s.Says.En == "" {
				t.Errorf("%s states %+v", v.ID, s)
			}
		}
		if !slices.Equal(sections, states[v.ID]) {
			t.Errorf("%s: states of sections %q, want %q", v.ID, sections, states[v.ID])
		}
	}
}

// TestWorkedExamplesOfOtherKinds holds deadlines that were worked out by hand.
func TestWorkedExamplesOfOtherKinds(t *testing.T) {
	c := builtin(t)
	for _, example := range []struct{ vendor, promise, start, due string }{
		{"sustaina", "maintenance-notice", "2026-05-20 22:00", "2026-05-20 22:00:00"}, // before it begins
		{"tatsujin", "maintenance-notice", "2026-05-20 22:00", "2026-05-14 00:00:00"}, // 05-13 24:00
		{"tatsujin", "change-notice", "2026-03-03 09:00", "2026-02-25 00:00:00"},      // 02-24 24:00
		{"superstream", "deletion", "2026-03-31 17:00", "2026-05-01 00:00:00"},        // 04-01 is day 1, 04-30 day 30
		{"superstream", "deletion", "2026-01-31 00:00", "2026-03-03 00:00:00"},        // 02-01 is day 1, 02-28 day 28, 03-02 day 30
		{"sotas", "disposal", "2026-04-01 00:00", "2026-06-02 00:00:00"},              // 04-02 to 06-01
		{"sotas", "disposal", "2026-03-31 18:00", "2026-06-01 00:00:00"},              // 04-01 to 05-31
		{"sotas", "disposal", "2025-12-30 18:00", "2026-03-01 00:00:00"},              // 12-31 to 02-28: February has no 30th
		{"sotas", "assessment", "2026-04-01 00:00", "2027-04-02 00:00:00"},            // 04-02 to 04-01
		{"tatsujin", "deletion-check", "2026-11-30 10:00", "2027-03-01 00:00:00"},     // 12-01 to 02-28
		{"cybertrust", "audit", "2028-02-29 10:00", "2029-03-01 00:00:00"},            // 03-01 to 02-28
		{"sustaina", "deletion", "2026-03-31 18:00", "no_commitment"},
		{"cybertrust", "event-notice", "2026-03-31 18:00", "no_commitment"},
	} {
		v, _ := c.Catalogue.Vendor(example.vendor)
		i := slices.IndexFunc(v.Promises, func(p *sla.Promise) bool { return p.ID == example.promise })
		if i < 0 {
			t.Fatalf("%s has no %s", example.vendor, example.promise)
		}
		if got := deadline(t, v.Promises[i], example.start); got != example.due {
			t.Errorf("%s/%s from %s: due %s, want %s", example.vendor, example.promise, example.start, got, example.due)
		}
	}
}
