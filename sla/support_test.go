package sla_test

import (
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"kigen/calendar"
	"kigen/sla"
)

// japanHolidays are shared by the tests: working them out takes longer than
// most tests do.
var japanHolidays = sync.OnceValues(func() (calendar.Holidays, error) { return calendar.Japan(nil, 1990, 2060) })

func tokyo(t testing.TB) *time.Location { return zone(t, "Asia/Tokyo") }

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// at reads 2026-05-01 17:59, with seconds and a fraction where given, in
// Tokyo.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	const layout = "2006-01-02 15:04:05"
	instant, err := time.ParseInLocation(layout[:min(max(len(s), 16), len(layout))], s, tokyo(t))
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func spans(t testing.TB, list ...string) []calendar.Span {
	t.Helper()
	result := make([]calendar.Span, len(list))
	for i, s := range list {
		span, err := calendar.ParseSpan(s)
		if err != nil {
			t.Fatal(err)
		}
		result[i] = span
	}
	return result
}

// weekdays gives Monday to Friday the same hours.
func weekdays(t testing.TB, list ...string) (weekly [7][]calendar.Span) {
	t.Helper()
	for day := time.Monday; day <= time.Friday; day++ {
		weekly[day] = spans(t, list...)
	}
	return weekly
}

func compile(t testing.TB, spec calendar.Spec) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// japanese is a calendar of Tokyo with national holidays, 1990 to 2060.
func japanese(t testing.TB, id string, unpublished calendar.Text, hours ...string) *calendar.Calendar {
	t.Helper()
	holidays, err := japanHolidays()
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, calendar.Spec{
		ID: id, Zone: tokyo(t), Weekly: weekdays(t, hours...), Holidays: holidays,
		Unpublished: unpublished, FirstYear: 1990, LastYear: 2060,
	})
}

func elapsed(d time.Duration) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: d} }

func businessDays(n int, ends sla.Ends) sla.Rule {
	return sla.Rule{Op: sla.OpBusinessDays, Count: n, Ends: ends}
}

func laterOf(rules ...sla.Rule) sla.Rule   { return sla.Rule{Op: sla.OpLaterOf, Args: rules} }
func earlierOf(rules ...sla.Rule) sla.Rule { return sla.Rule{Op: sla.OpEarlierOf, Args: rules} }
func byHours(inside, outside sla.Rule) sla.Rule {
	return sla.Rule{Op: sla.OpHours, Args: []sla.Rule{inside, outside}}
}

var (
	nextOpening  = sla.Rule{Op: sla.OpNextOpening}
	nextDayStart = sla.Rule{Op: sla.OpNextDayStart}
)

// vendors holds the five promises as they were published, made by hand, so
// that this package is proved without a configuration.
func vendors(t testing.TB) map[string]*sla.Promise {
	t.Helper()
	plain := japanese(t, "plain", calendar.Text{}, "09:00-18:00")
	return map[string]*sla.Promise{
		"sustaina":    sustaina(plain),
		"sotas":       sotas(plain),
		"tatsujin":    tatsujin(t),
		"superstream": superstream(t),
		"cybertrust":  cybertrust(plain),
	}
}

func sustaina(cal *calendar.Calendar) *sla.Promise {
	return &sla.Promise{
		ID: "incident-notice", Vendor: "sustaina", Strength: sla.Target, Start: sla.Confirmed,
		Source: sla.Source{
			Document: "情報セキュリティホワイトペーパー", Section: "35.1 (16.1.1)",
			Quote: "確認したセキュリティインシデントがお客様に重大な影響を及ぼす場合、確認より24時間以内を目標に代表のお客様へメールにて通知を行います。",
		},
		Gate:     sla.Gate{Impact: []sla.Impact{sla.ImpactSerious}},
		Due:      elapsed(24 * time.Hour),
		Channels: sla.Channels{Any: []string{"email"}},
		Calendar: cal,
	}
}

func sotas(cal *calendar.Calendar) *sla.Promise {
	opening := byHours(elapsed(6*time.Hour), laterOf(nextOpening, elapsed(6*time.Hour)))
	date := byHours(elapsed(6*time.Hour), laterOf(nextDayStart, elapsed(6*time.Hour)))
	return &sla.Promise{
		ID: "incident-notice", Vendor: "sotas", Strength: sla.Firm, Start: sla.Occurred,
		Source: sla.Source{
			Document: "SECURITY WHITE PAPER", Edition: "2024-09-01", Section: "第2章 34.2 (16.1.1)",
			Quote: "標準営業時間外の場合:翌営業日の開始時間までか発生から6時間後の遅い方まで",
		},
		From:    calendar.NewDate(2024, time.September, 1),
		Due:     opening,
		Reading: "next_opening",
		Readings: []sla.Reading{
			{ID: "next_opening", Due: opening, Says: calendar.Text{
				Ja: "「翌営業日の開始時間」は、起算点以後の最初の営業開始とする",
				En: "the next business day's start is the first opening at or after the start"}},
			{ID: "next_business_date", Due: date, Says: calendar.Text{
				Ja: "「翌営業日の開始時間」は、起算日の翌日以降の最初の営業日の営業開始とする",
				En: "the next business day's start is the opening of the next business date"}},
		},
		Channels: sla.Channels{Any: []string{"email"}},
		Calendar: cal,
	}
}

func tatsujin(t testing.TB) *sla.Promise {
	excluded, included := businessDays(3, sla.Close), businessDays(3, sla.Close)
	included.CountStartDay = true
	return &sla.Promise{
		ID: "incident-notice", Vendor: "tatsujin", Strength: sla.Target, Start: sla.Detected,
		Source: sla.Source{
			Document: "クラウドセキュリティホワイトペーパー", Edition: "第1.1版", Section: "16.1.1",
			Quote: "影響範囲に応じてインシデントの発生を検知してから 3 営業日を目標に通知いたします。",
		},
		Gate:    sla.Gate{Impact: []sla.Impact{sla.ImpactSerious, sla.ImpactLimited}},
		Due:     excluded,
		Reading: "excluded_close",
		Readings: []sla.Reading{
			{ID: "excluded_close", Due: excluded, Says: calendar.Text{
				Ja: "初日は算入せず、最終日の営業終了まで",
				En: "the day of the start is not counted, and the last day ends at its close"}},
			{ID: "excluded_end_of_day", Due: businessDays(3, sla.EndOfDay), Says: calendar.Text{
				Ja: "初日は算入せず、最終日の24:00まで",
				En: "the day of the start is not counted, and the last day ends at 24:00"}},
			{ID: "excluded_same_time", Due: businessDays(3, sla.SameTime), Says: calendar.Text{
				Ja: "初日は算入せず、最終日の同時刻まで",
				En: "the day of the start is not counted, and the last day ends at the start's time of day"}},
			{ID: "included_close", Due: included, Says: calendar.Text{
				Ja: "初日を算入し、最終日の営業終了まで",
				En: "the day of the start counts, and the last day ends at its close"}},
		},
		Channels: sla.Channels{ByScope: map[sla.Scope]sla.Channels{
			sla.ScopeAll:      {Any: []string{"site", "portal", "email"}},
			sla.ScopeSpecific: {Any: []string{"email"}},
		}},
		Calendar: japanese(t, "tatsujin", calendar.Text{Ja: "本組織の休業日", En: "The group's own closures"}, "09:00-12:00", "13:00-17:00"),
	}
}

func superstream(t testing.TB) *sla.Promise {
	endOfDay := businessDays(1, sla.EndOfDay)
	return &sla.Promise{
		ID: "incident-notice", Vendor: "superstream", Strength: sla.Target, Start: sla.Detected,
		Source: sla.Source{
			Document: "クラウドサービスセキュリティ ホワイトペーパー", Edition: "第1.0版 2023-09-20", Section: "37",
			Quote: "インシデントの検知から1営業日を目標にクラウドサービス利用者にお客様サポート窓口から通知します。",
		},
		From:    calendar.NewDate(2023, time.September, 20),
		Gate:    sla.Gate{Impact: []sla.Impact{sla.ImpactSerious}},
		Due:     endOfDay,
		Reading: "end_of_day",
		Readings: []sla.Reading{
			{ID: "end_of_day", Due: endOfDay, Says: calendar.Text{
				Ja: "初日は算入せず、最終日の24:00まで",
				En: "the day of the start is not counted, and the last day ends at 24:00"}},
			{ID: "same_time", Due: businessDays(1, sla.SameTime), Says: calendar.Text{
				Ja: "初日は算入せず、最終日の同時刻まで",
				En: "the day of the start is not counted, and the last day ends at the start's time of day"}},
		},
		Calendar: japanese(t, "superstream", calendar.Text{Ja: "当社規定の休日", En: "The company's own closures"}, "09:00-18:00"),
	}
}

func cybertrust(cal *calendar.Calendar) *sla.Promise {
	return &sla.Promise{
		ID: "incident-notice", Vendor: "cybertrust", Strength: sla.AsNeeded, Start: sla.Detected,
		Source: sla.Source{
			Document: "クラウドセキュリティホワイトペーパー", Edition: "第2版 2024-05-07", Section: "17 (16.1.2)",
			Quote: "当社が提供するクラウドサービス上で検出した情報セキュリティ事象は、必要に応じてお客様へ通知します。",
		},
		Due:      sla.Rule{Op: sla.OpNone},
		Calendar: cal,
	}
}

// starting is an incident of which only the promise's own moment is known.
func starting(p *sla.Promise, start time.Time) *sla.Facts {
	f := &sla.Facts{Impact: sla.ImpactUnknown, Scope: sla.ScopeUnknown}
	f.Times[p.Start] = sla.Stamp{At: start, Basis: sla.Stated}
	return f
}
