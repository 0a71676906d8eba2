package config_test

import (
	"fmt"
	"strings"
	"testing"

	"kigen/config"
	"kigen/sla/prose"
)

// foreign are deadlines that others worked out: laws with the counting that they
// prescribe, and the test suites of other programs that count business time.
// Only the facts are taken from there; source says from where. Calendars and
// rules are in kigen's grammar.
var foreign = []struct {
	source, calendar, due, known, want string
}{
	// Civil Code of Japan, articles 140, 141 and 143.
	{"Civil Code art. 140, 143", `{hours: {mon-fri: "09:00-17:00"}, holidays: jp}`, `{months: 1}`, "occurred=2026-02-28T10:00", "2026-04-01 00:00:00"},
	{"Civil Code art. 143(2): no corresponding day", `{hours: {mon-fri: "09:00-17:00"}, holidays: jp}`, `{months: 1, count_start_day: true}`, "occurred=2026-01-31T10:00", "2026-03-01 00:00:00"},
	{"Civil Code art. 143, by years", `{hours: {mon-fri: "09:00-17:00"}, holidays: jp}`, `{years: 1}`, "occurred=2024-02-28T10:00", "2025-03-01 00:00:00"},
	// Act on General Rules for Application of Laws apart, the report of a leak to
	// the Personal Information Protection Commission: 30 days, first day not
	// counted, moved from a day on which the office is closed.
	{"APPI Enforcement Rules art. 8(2)", `{hours: {mon-fri: "09:30-18:15"}, holidays: jp, closures: [{yearly: 12-29..01-03}]}`, `{days: 30, roll: next_business_day}`, "occurred=2026-12-01T10:00", "2027-01-05 00:00:00"},
	// Regulation (EEC, Euratom) No 1182/71, article 3(2)(c), 3(4).
	{"Reg. 1182/71 art. 3(2)(c)", `{zone: Europe/Brussels, hours: {mon-fri: "09:00-17:00"}, holidays: be}`, `{months: 1}`, "occurred=2026-02-28T10:00", "2026-03-29 00:00:00"},
	{"Reg. 1182/71 art. 3(2)(c): no such day", `{zone: Europe/Brussels, hours: {mon-fri: "09:00-17:00"}, holidays: be}`, `{months: 1}`, "occurred=2026-01-31T10:00", "2026-03-01 00:00:00"},
	{"Reg. 1182/71 art. 3(4): the last day is a holiday", `{zone: Europe/Brussels, hours: {mon-fri: "09:00-17:00"}, holidays: be}`, `{months: 1, roll: next_business_day}`, "occurred=2026-04-01T10:00", "2026-05-05 00:00:00"},
	// German Civil Code, sections 187(1), 188(2) and (3).
	{"BGB §188(3)", `{zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}, holidays: de}`, `{months: 1}`, "occurred=2027-01-30T10:00", "2027-03-01 00:00:00"},
	// Delegated Regulation (EU) 2025/301, article 5: 4 h from the classification,
	// 24 h from awareness, noon of the next working day for weekends.
	{"DORA, classified at once", `{zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}, holidays: de}`, dora, "aware=2026-06-09T10:00 declared=2026-06-09T12:00", "2026-06-09 16:00:00"},
	{"DORA, classified late", `{zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}, holidays: de}`, dora, "aware=2026-06-09T10:00 declared=2026-06-11T12:00", "2026-06-11 16:00:00"},
	{"DORA, on a Saturday", `{zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}, holidays: de}`, dora, "aware=2026-06-12T10:00 declared=2026-06-13T08:00", "2026-06-15 12:00:00"},
	{"DORA, before Whit Monday", `{zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}, holidays: de}`, dora, "aware=2026-05-23T10:00 declared=2026-05-23T12:00", "2026-05-26 12:00:00"},
	// Directive (EU) 2022/2555 (NIS2), article 23(4)(d): one month after the notification.
	{"NIS2 art. 23(4)(d)", `{zone: Europe/Paris, hours: {mon-fri: "09:00-17:00"}, holidays: fr}`, `{months: 1}`, "occurred=2026-10-31T10:00", "2026-12-01 00:00:00"},
	// Form 8-K of the SEC, general instruction B.1: four business days; an event
	// on a closed day counts from the first business day after it, that included.
	{"Form 8-K, B.1", `{zone: America/New_York, hours: {mon-fri: "09:00-17:30"}, holidays: us}`, `{business_days: 4}`, "occurred=2026-07-13T15:00", "2026-07-18 00:00:00"},
	{"Form 8-K, to the desk's close", `{zone: America/New_York, hours: {mon-fri: "09:00-17:30"}, holidays: us}`, `{business_days: 4, ends: "17:30"}`, "occurred=2026-07-11T15:00", "2026-07-16 17:30:00"},
	// GLPI, tests/functional/Calendar: days of 08:00 to 20:00, seven working days.
	{"GLPI computeEndDate", `{zone: UTC, hours: {mon-fri: "08:00-20:00"}}`, `{business_days: 7, ends: same_time}`, "occurred=2018-11-19T10:00", "2018-11-28 10:00:00"},
	{"GLPI computeEndDate, end of day", `{zone: UTC, hours: {mon-fri: "08:00-20:00"}}`, `{business_days: 7, ends: close}`, "occurred=2018-11-19T10:00", "2018-11-28 20:00:00"},
	{"GLPI computeEndDate, past", `{zone: UTC, hours: {mon-fri: "08:00-20:00"}}`, `{before: {business_days: 7, ends: same_time}}`, "occurred=2018-11-19T10:00", "2018-11-08 10:00:00"},
	// working_hours (Ruby), README and spec: days of 09:00 to 17:00.
	{"working_hours, a day on", `{zone: UTC, hours: {mon-fri: "09:00-17:00"}}`, `{business_days: 1, ends: same_time}`, "occurred=1991-11-15T14:00:42", "1991-11-18 14:00:42"},
	{"working_hours, four hours back", `{zone: UTC, hours: {mon-fri: "09:00-17:00"}}`, `{before: {business_hours: 4h}}`, "occurred=2014-08-04T08:32", "2014-08-01 13:00:00"},
	{"working_hours, next opening", `{zone: UTC, hours: {mon-fri: "09:00-17:00"}}`, `next_opening`, "occurred=2014-08-04T07:16", "2014-08-04 09:00:00"},
	// RPCFN #10 (Ruby programming challenge), business hours: closed on Sundays,
	// Wednesdays and Christmas, 10:00 to 17:00 on Fridays, 08:00 to 13:00 on 24 December.
	{"RPCFN 10, within a day", rpcfn, `{business_hours: 2h}`, "occurred=2010-06-07T09:10", "2010-06-07 11:10:00"},
	{"RPCFN 10, over a closed day", rpcfn, `{business_hours: 15m}`, "occurred=2010-06-08T14:48", "2010-06-10 09:03:00"},
	{"RPCFN 10, over Christmas", rpcfn, `{business_hours: 7h}`, "occurred=2010-12-24T06:45", "2010-12-27 11:00:00"},
	// ramky/business_hours (Ruby), spec: days of 08:00 to 17:00.
	{"business_hours, carried over", `{zone: UTC, hours: {mon-fri: "08:00-17:00"}}`, `{business_hours: 5m}`, "occurred=2009-12-22T16:57", "2009-12-23 08:02:00"},
	{"business_hours, a day skipped", `{zone: UTC, hours: {mon-fri: "08:00-17:00"}}`, `{business_hours: 10h}`, "occurred=2009-12-21T16:57", "2009-12-23 08:57:00"},
	{"business_hours, from before the opening", `{zone: UTC, hours: {mon-fri: "08:00-17:00"}}`, `{business_hours: 10h}`, "occurred=2009-12-22T07:55", "2009-12-23 09:00:00"},
	// Amsterdam's signals (Python), deadline by working days: from a weekend on
	// the work begins on Monday.
	{"the next day's opening and hours", `{zone: Europe/Amsterdam, hours: {mon-fri: "08:00-17:00"}}`, `{from: next_opening, due: 6h}`, "occurred=2021-02-20T12:00", "2021-02-22 14:00:00"},
}

const (
	dora = `{due: {earlier_of: [{from: declared, due: 4h}, {from: aware, due: 24h, lapses_before: declared}]}, roll: next_business_day, ends: noon}`

	rpcfn = `{zone: UTC, hours: {mon: "09:00-15:00", tue: "09:00-15:00", thu: "09:00-15:00", fri: "10:00-17:00", sat: "09:00-15:00"}, ` +
		`closures: [2010-12-25], openings: [{date: 2010-12-24, hours: ["08:00-13:00"]}]}`
)

func TestForeignCases(t *testing.T) {
	for _, test := range foreign {
		t.Run(test.source, func(t *testing.T) {
			source := fmt.Sprintf("vendors:\n  - id: foreign\n    calendar: %s\n    promises:\n      - {id: p, start: occurred, due: %s}\n", test.calendar, test.due)
			if strings.Contains(test.due, "aware") {
				source = strings.Replace(source, "start: occurred", "start: declared", 1)
			}
			c, err := config.Parse("", []byte(source), nil)
			if err != nil {
				t.Fatal(err)
			}
			vendor, _ := c.Catalogue.Vendor("foreign")
			if got := (example{known: test.known}).deadline(t, vendor.Promises[0]); got != test.want {
				t.Errorf("%s from %s: due %s, want %s", test.due, test.known, got, test.want)
			}
		})
	}
}

// TestDerivedGrammar reads each new form, and what refuses it.
func TestDerivedGrammar(t *testing.T) {
	const frame = "vendors:\n  - id: v\n    calendar: {hours: {mon-fri: \"09:00-17:00\"}, holidays: jp}\n    promises:\n      - {id: p, %s}\n"
	for _, test := range []struct{ promise, rule, ja, problem string }{
		{promise: "start: occurred, due: {hours: 24}", problem: `"24": write a length of real time as 24h`},
		{promise: "start: occurred, due: {minutes: 30}", problem: `write a length of real time as 30m`},
		{promise: "start: occurred, due: {due: 24h}", problem: "adds nothing to its due"},
		{promise: "start: occurred, due: {due: 24h, ends: noon}", problem: "set roll to next_business_day"},
		{promise: "start: occurred, due: {months: 1, counting: roman}", problem: `use civil_code_jp or same_date for counting`},
		{promise: "start: occurred, due: {days: 1, counting: same_date}", problem: "is not a known key"},
		{promise: "start: occurred, due: {business_days: 1, ends: end_of_month}", problem: "only a length in days or months ends with a month"},
		{promise: "start: occurred, due: {business_days: 1, ends: \"25:00\"}", problem: "a time of day such as 17:30"},
		{promise: "start: occurred, due: {from: yesterday, due: 24h}", problem: "use occurred, detected"},
		{promise: "start: occurred, due: {due: 24h, lapses_before: dawn}", problem: "use occurred, detected"},
		{promise: "start: {latest_of: [detected]}, due: 24h", problem: "needs at least two"},
		{promise: "start: {latest_of: [detected, detected]}, due: 24h", problem: "appears twice"},
		{promise: "start: {between: [detected, declared]}, due: 24h", problem: "use a moment such as detected"},
		{promise: "start: occurred, due: 24h, strict: true", problem: "name them under channels"},
		{promise: "start: {latest_of: [detected, declared]}, due: 24h", rule: "24h, counted from (later_of(the start from detected, the start from declared))", ja: "ベンダーの検知とベンダーの公表の遅い方から24時間"},
		{promise: "start: {earliest_of: [detected, aware]}, due: {days: 3}", rule: "3 days, counted from (earlier_of(the start from detected, the start from aware))", ja: "ベンダーの検知と当社の認知の早い方から3日"},
		{promise: "start: occurred, due: {due: 24h, roll: next_business_day, ends: noon}", rule: "24h, on a closed day roll next_business_day, ends noon", ja: "24時間(休業日に当たる場合は翌営業日の正午)"},
		{promise: "start: occurred, due: {from: next_business_day_start, due: 6h}", rule: "6h, counted from (next_day_start)", ja: "翌営業日の営業開始から6時間"},
		{promise: "start: occurred, due: {months: 1, ends: end_of_month}", rule: "1 month, ends end_of_month", ja: "翌月末"},
		{promise: "start: occurred, due: {from: {from: aware, due: 72h}, due: {before: 24h}}", rule: "-24h, counted from (72h from aware)", ja: "当社の認知から72時間後の24時間前"},
		{promise: "start: occurred, due: {before: 0m}", rule: "the start", ja: "起算点"},
		{promise: "start: occurred, due: {from: aware, due: 24h, lapses_before: declared}", rule: "24h from aware, lapses before declared", ja: "当社の認知から24時間(「ベンダーの公表」がその後なら失効)"},
		{promise: "start: occurred, due: {business_hours: 4h}", rule: "4h of business hours", ja: "営業時間で4時間"},
		{promise: "start: occurred, due: {days: 30}", rule: "30 days", ja: "30日"},
		{promise: "start: occurred, due: {later_of: [next_opening, 6h]}", rule: "later_of(next_opening, 6h)", ja: "次の営業開始と6時間後の遅い方"},
		{promise: "start: occurred, due: {years: 1, counting: same_date}", rule: "12 months, counting same_date", ja: "12か月(同じ日まで)"},
	} {
		c, err := config.Parse("", fmt.Appendf(nil, frame, test.promise), nil)
		if test.problem != "" {
			if err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("%s: %v, want %q", test.promise, err, test.problem)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.promise, err)
			continue
		}
		vendor, _ := c.Catalogue.Vendor("v")
		if due := &vendor.Promises[0].Due; due.String() != test.rule || prose.Rule("ja", due) != test.ja {
			t.Errorf("%s: %q, %q; want %q, %q", test.promise, due, prose.Rule("ja", due), test.rule, test.ja)
		}
	}
}

// TestTermsStay: what was written before keeps its hash; months that are counted
// by another country's law than that of the zone have one of their own.
func TestTermsStay(t *testing.T) {
	terms := func(calendar, promise string) string {
		t.Helper()
		c, err := config.Parse("", fmt.Appendf(nil, "vendors:\n  - id: v\n    calendar: %s\n    promises:\n      - {id: p, %s}\n", calendar, promise), nil)
		if err != nil {
			t.Fatal(err)
		}
		vendor, _ := c.Catalogue.Vendor("v")
		return string(vendor.Promises[0].Terms().Body)
	}
	const tokyo = `{hours: {mon-fri: "09:00-17:00"}, holidays: jp}`
	for _, promise := range []string{
		"start: occurred, due: {months: 1}", "start: detected, due: {earlier_of: [{from: declared, due: 4h}, 24h]}, channels: {any: [email]}",
	} {
		body := terms(tokyo, promise)
		for _, field := range []string{"counting", "strict", "starts"} {
			if strings.Contains(body, `"`+field+`"`) {
				t.Errorf("%s: %s is in the terms: %s", promise, field, body)
			}
		}
	}
	french := strings.Replace(tokyo, "jp", "fr", 1)
	if body := terms(french, "start: occurred, due: {months: 1}"); !strings.Contains(body, `"counting":"same_date"`) {
		t.Errorf("months by the law of France in the zone of Tokyo: %s", body)
	}
	if body := terms(french, "start: occurred, due: {days: 30}"); strings.Contains(body, "counting") {
		t.Errorf("days know no such law: %s", body)
	}
}
