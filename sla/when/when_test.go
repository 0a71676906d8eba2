package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla/phrase"
	"kigen/sla/when"
)

// evening is a Friday, 20:00:30 in Tokyo.
var evening = time.Date(2026, 5, 1, 11, 0, 30, 500, time.UTC)

// refusedInBoth checks that a refusal says what is wrong in both languages.
func refusedInBoth(t testing.TB, text string, err error) when.Error {
	t.Helper()
	var bad when.Error
	if !errors.As(err, &bad) || bad.In("en") == "" || bad.In("ja") == "" || bad.In("en") == bad.In("ja") {
		t.Fatalf("%q is refused with %#v", text, err)
	}
	return bad
}

func TestReadsWhatPeopleWrite(t *testing.T) {
	const want = "2026-05-01T18:00:00+09:00"
	for _, text := range []string{
		// Figures, as spreadsheets, phones and Japanese keyboards write them.
		"2026-05-01 18:00", "2026-05-01T18:00:00+09:00", "2026/5/1 18:00", "2026/05/01 18:00:00", "2026.5.1 18:00", "2026-5-1T18:00",
		"２０２６／５／１　１８：００", "　2026-05-01　18:00　", "2026ー05ー01 18:00", "2026−05−01 18:00", "2026-05-01\t18:00", "2026-05-01\u00a018:00",
		"20260501T180000", "20260501T1800+0900", "2026-05-01 18:00+0900", "2026-05-01 18:00 +09:00", "2026-05-01 18:00 +09", "2026-05-01 18:00 JST",
		"2026-05-01 18:00 (JST)", "2026-05-01 18:00 UTC+9", "2026-05-01 18:00 GMT+09:00", "2026-05-01 18:00 Asia/Tokyo", "2026-05-01 18:00 (Asia/Tokyo)",
		"2026-05-01 18:00 日本時間", "\ufeff2026-05-01 18:00\u200b",
		// Japanese.
		"2026年5月1日 18時00分", "2026年5月1日18時", "2026年 5月 1日 18時 00分 00秒", "２０２６年５月１日（金）　１８時", "2026年05月01日(金) 18:00", "2026年5月1日 金曜日 18:00",
		"2026年5月1日㈮ 18:00", "令和8年5月1日 18:00", "令和８年５月１日（金曜日）午後６時", "㋿8年5月1日 18:00", "R8.5.1 18:00", "r8/5/1 18:00", "Ｒ８．５．１　１８：００", "令和 8 年 5 月 1 日 18時",
		"令和八年五月一日 十八時", "二〇二六年五月一日午後六時", "二千二十六年五月一日 十八時〇分", "2026年5月1日 午後6時", "2026年5月1日 午後6:00", "2026/5/1 午後 6:00", "5月1日 18:00", "5月1日(金) 18:00", "5月1日 午後6時",
		// English.
		"Fri 1 May 2026 18:00", "Fri 1 May 18:00 +09:00", "1 May 2026 18:00", "May 1, 2026 6:00 PM", "Friday, May 1, 2026 6 pm", "1st May 2026, 6:00 p.m.", "1-May-2026 18:00",
		"Fri, 01 May 2026 18:00:00 +0900 (JST)", "Fri May  1 18:00:00 JST 2026", "May 1 18:00", "2026/05/01 6:00\u202fPM",
		// Counted from now.
		"18:00", "18時", "午後6時", "today 18:00", "今日 18:00", "本日18時", "きょう　午後６時", "18:00 JST", "09:00 UTC", "6 PM",
	} {
		got, err := when.Parser{Now: evening, Zone: zone(t, "Asia/Tokyo")}.Time(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if !strings.HasPrefix(got.At.In(zone(t, "Asia/Tokyo")).Format(time.RFC3339), want) {
			t.Errorf("%q: got %s, want %s", text, got.At.Format(time.RFC3339), want)
		}
	}
}

func TestReadsOtherTimes(t *testing.T) {
	for _, c := range []struct{ zone, text, want string }{
		{"Asia/Tokyo", "2026-05-01 9:00", "2026-05-01T09:00:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 18時30分", "2026-05-01T18:30:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 18時半", "2026-05-01T18:30:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 午後6時半", "2026-05-01T18:30:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 18時30分15秒", "2026-05-01T18:30:15+09:00"},
		{"Asia/Tokyo", "2026/5/1 18:00:15.25", "2026-05-01T18:00:15.25+09:00"},
		{"Asia/Tokyo", "2026年5月1日 午後3時", "2026-05-01T15:00:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 午前0時", "2026-05-01T00:00:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 午後0時30分", "2026-05-01T12:30:00+09:00"},
		{"Asia/Tokyo", "2026年5月1日 正午", "2026-05-01T12:00:00+09:00"},
		{"Asia/Tokyo", "2026-05-01 12:30 PM", "2026-05-01T12:30:00+09:00"},
		{"Asia/Tokyo", "2026-05-01 12:30 AM", "2026-05-01T00:30:00+09:00"},
		{"Asia/Tokyo", "2026-12-31 24:00", "2027-01-01T00:00:00+09:00"},
		{"Asia/Tokyo", "2026年12月31日 24時", "2027-01-01T00:00:00+09:00"},
		{"Asia/Tokyo", "Thu 31 Dec 2026 24:00 +09:00", "2027-01-01T00:00:00+09:00"},
		{"Asia/Tokyo", "2026-05-01 18:00 Z", "2026-05-01T18:00:00Z"},
		{"Asia/Tokyo", "2026-05-01 18:00 UTC-03", "2026-05-01T18:00:00-03:00"},
		{"Asia/Tokyo", "2026-05-01 18:00 -0530", "2026-05-01T18:00:00-05:30"},
		{"Asia/Tokyo", "令和元年5月1日 0:00", "2019-05-01T00:00:00+09:00"},
		{"Asia/Tokyo", "令和1年5月1日 0:00", "2019-05-01T00:00:00+09:00"},
		{"Asia/Tokyo", "平成31年4月30日 23:59", "2019-04-30T23:59:00+09:00"},
		{"Asia/Tokyo", "平成元年1月8日 0:00", "1989-01-08T00:00:00+09:00"},
		{"Asia/Tokyo", "昭和64年1月7日 23:59", "1989-01-07T23:59:00+09:00"},
		{"Asia/Tokyo", "S63.12.31 9:00", "1988-12-31T09:00:00+09:00"},
		{"Asia/Tokyo", "昭和六十三年十二月三十一日 二十時十五分", "1988-12-31T20:15:00+09:00"},
		{"Asia/Tokyo", "now", "2026-05-01T20:00:30+09:00"},
		{"Asia/Tokyo", "今", "2026-05-01T20:00:30+09:00"},
		{"Asia/Tokyo", "昨日 18:00", "2026-04-30T18:00:00+09:00"},
		{"Asia/Tokyo", "yesterday 18:00", "2026-04-30T18:00:00+09:00"},
		{"Asia/Tokyo", "一昨日の", ""},
		{"Asia/Tokyo", "一昨日 18時", "2026-04-29T18:00:00+09:00"},
		{"Asia/Tokyo", "tomorrow 9:00", "2026-05-02T09:00:00+09:00"},
		{"Asia/Tokyo", "明日 24:00", "2026-05-03T00:00:00+09:00"},
		// Today is the zone's own, or that of the offset.
		{"America/New_York", "07:30", "2026-05-01T07:30:00-04:00"},
		{"Pacific/Auckland", "07:30", "2026-05-01T07:30:00+12:00"},
		{"Pacific/Kiritimati", "today 07:30", "2026-05-02T07:30:00+14:00"},
		{"Asia/Tokyo", "today 07:30 +14:00", "2026-05-02T07:30:00+14:00"},
		// A year that is missing.
		{"Asia/Tokyo", "Sat 31 Oct 18:00", "2026-10-31T18:00:00+09:00"},
		{"Asia/Tokyo", "12月31日(木) 18:00", "2026-12-31T18:00:00+09:00"},
	} {
		got, err := when.Parser{Now: evening, Zone: zone(t, c.zone)}.Time(c.text)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%q: got %s, want it refused", c.text, got.At)
		case c.want != "" && err != nil:
			t.Errorf("%q: %v", c.text, err)
		case c.want != "" && got.At.Format(time.RFC3339Nano) != c.want:
			t.Errorf("%q: got %s, want %s", c.text, got.At.Format(time.RFC3339Nano), c.want)
		}
	}
}

func TestRefusesWhatIsAmbiguousOrWrong(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"", "write it as 2026-05-02 22:10"},
		{"soon", "not a time"},
		{strings.Repeat("2026-05-01 ", 100), "not a time"},
		{"5/1", "5/1 is ambiguous"},
		{"5/1 18:00", "begin with all four digits of the year"},
		{"5/1/2026 18:00", "5/1/2026 is ambiguous"},
		{"13/5/2026 18:00", "is ambiguous"},
		{"01-05-2026 18:00", "01-05-2026 is ambiguous"},
		{"1.5.2026 18:00", "is ambiguous"},
		{"26/5/1 18:00", "26/5/1 is ambiguous"},
		{"26年5月1日 18:00", "26 is ambiguous"},
		{"2026-05-01", "the time of day is missing"},
		{"yesterday", "the time of day is missing"},
		{"令和8年5月1日", "the time of day is missing"},
		{"令和0年5月1日 18:00", "has no year 0"},
		{"令和元年4月30日 18:00", "令和 goes from 2019-05-01"},
		{"平成31年5月1日 18:00", "平成 goes from 1989-01-08 to 2019-04-30"},
		{"平成36年5月1日 18:00", "write the Western year"},
		{"昭和64年1月8日 18:00", "昭和 goes from 1926-12-25 to 1989-01-07"},
		{"令和8年2月30日 18:00", "there is no day 30"},
		{"2026/13/1 18:00", "there is no month 13"},
		{"2026/2/29 18:00", "there is no day 29"},
		{"2026/2/29 24:00", "there is no day 29"},
		{"2026-05-01 25:00", "there is no time 25:00"},
		{"2026-05-01 24:30", "24:00"},
		{"2026-05-01 18:60", "there is no time 18:60"},
		{"2026-05-01 18:5", "not part of a time"},
		{"午後12時30分", "12 AM and 12 PM are ambiguous"},
		{"午前12時", "write 12:00 or 00:00"},
		{"午後15時", "hour 15 can't have AM or PM"},
		{"13:00 PM", "hour 13 can't have AM or PM"},
		{"2026-05-01 09:00-18:00", "give one of the two times"},
		{"2026-05-01 09:00 18:00", "second time of day"},
		{"2026-05-01 2026-05-02 18:00", "second date"},
		{"2026-05-01 18:00 JST +08:00", "second zone"},
		{"2026-05-01 18:00 EST", "the zone EST is not accepted"},
		{"2026-05-01 18:00 IST", "+09:00"},
		{"2026-05-01 18:00 CST", "several zones"},
		{"2026-05-01 18:00 America/New_York", "AMERICA/NEW_YORK"},
		{"2026-05-01 18:00 UTCX", "is not accepted"},
		{"2026-05-01 18:00ごろ", `"ごろ" is not part of a time`},
		{"2026-05-01(木) 18:00", "2026-05-01 is a Friday, not a Thursday"},
		{"Thu 1 May 18:00", "is a Friday"},
		{"12月31日 18:00", "the year is missing"},
		{"now 18:00", "now can't be combined"},
		{"0026-05-02 22:10", "from 1900 to 2199"},
	} {
		got, err := when.Parser{Now: evening, Zone: zone(t, "Asia/Tokyo")}.Time(c.text)
		if err == nil {
			t.Errorf("%q: got %s, want it refused", c.text, got.At)
			continue
		}
		if bad := refusedInBoth(t, c.text, err); !strings.Contains(bad.In("en"), c.says) {
			t.Errorf("%q: refused with %q, want it to say %q", c.text, bad.In("en"), c.says)
		}
	}
}

// A file is read again on another day, and it has nobody to see an echo.
func TestFilesNameTheirDate(t *testing.T) {
	tokyo, york := zone(t, "Asia/Tokyo"), zone(t, "America/New_York")
	for _, text := range []string{"2026/5/1 18:00", "令和8年5月1日 18時", "Fri 1 May 2026 18:00 JST"} {
		if got, err := (when.Parser{Zone: tokyo}).Time(text); err != nil || got.At.Format(time.RFC3339) != "2026-05-01T18:00:00+09:00" {
			t.Errorf("%q: %v, %v", text, got.At, err)
		}
	}
	for _, text := range []string{"now", "18:00", "today 18:00", "昨日 18:00", "5月1日(金) 18:00", "Fri 1 May 18:00"} {
		_, err := when.Parser{Zone: tokyo}.Time(text)
		if bad := refusedInBoth(t, text, err); !strings.Contains(bad.In("en"), "a file must name the date") {
			t.Errorf("%q: %s", text, bad.In("en"))
		}
	}
	for _, text := range []string{"2026-11-01 01:30", "2026/11/1 1:30"} {
		_, err := when.Parser{Zone: york}.Time(text)
		if bad := refusedInBoth(t, text, err); !strings.Contains(bad.In("en"), "-04:00 for the first or -05:00 for the second") {
			t.Errorf("%q: %s", text, bad.In("en"))
		}
	}
}

func TestEcho(t *testing.T) {
	for _, c := range []struct{ zone, text, en, ja string }{
		{"Asia/Tokyo", "2026-05-01T18:00:00+09:00", "", ""},
		{"Asia/Tokyo", "2026年5月1日 18時 JST", "", ""},
		{"Asia/Tokyo", "2026/5/1 18:00", "read as Fri 1 May 2026 18:00 +09:00 (Asia/Tokyo)", "2026年5月1日(金) 18:00 +09:00(Asia/Tokyo)と解釈しました"},
		{"Asia/Tokyo", "18:00", "read as Fri 1 May 2026 18:00 +09:00 (Asia/Tokyo); the date is missing, today is meant", "2026年5月1日(金) 18:00 +09:00(Asia/Tokyo)と解釈しました。日付がないため今日としました"},
		{"Asia/Tokyo", "now", "read as Fri 1 May 2026 20:00:30 +09:00 (Asia/Tokyo)", "2026年5月1日(金) 20:00:30 +09:00(Asia/Tokyo)と解釈しました"},
		{"Asia/Tokyo", "2026-05-01 24:00 Z", "read as Sat 2 May 2026 00:00 +00:00", "2026年5月2日(土) 00:00 +00:00と解釈しました"},
		{"America/New_York", "2026-11-01 01:30", "read as Sun 1 Nov 2026 01:30 -04:00 (America/New_York); clocks show this time twice, the first is meant: add -05:00 for the second",
			"2026年11月1日(日) 01:30 -04:00(America/New_York)と解釈しました。夏時間の終了により2回ある時刻のため、1回目としました。2回目なら -05:00 を付けてください"},
	} {
		got, err := when.Parser{Now: evening, Zone: zone(t, c.zone)}.Time(c.text)
		if err != nil {
			t.Fatalf("%q: %v", c.text, err)
		}
		if en, ja := got.Echo("en"), got.Echo("ja"); en != c.en || ja != c.ja {
			t.Errorf("%q: %q and %q, want %q and %q", c.text, en, ja, c.en, c.ja)
		}
	}
}

func TestSkippedTimesAreRefused(t *testing.T) {
	for _, text := range []string{"2026-03-08 02:30", "2026/3/8 2:30", "March 8, 2026 2:30 AM", "2026年3月8日 午前2時半"} {
		_, err := when.Parser{Now: evening, Zone: zone(t, "America/New_York")}.Time(text)
		if bad := refusedInBoth(t, text, err); !strings.Contains(bad.In("en"), "clocks in America/New_York skip this time") {
			t.Errorf("%q: %s", text, bad.In("en"))
		}
	}
}

func TestDay(t *testing.T) {
	parser := when.Parser{Now: evening, Zone: zone(t, "Asia/Tokyo")}
	for text, want := range map[string]string{
		"2026-05-02": "2026-05-02", "2026/5/2": "2026-05-02", "令和8年5月2日": "2026-05-02", "R8.5.2": "2026-05-02", "2 May 2026": "2026-05-02",
		"today": "2026-05-01", "明日": "2026-05-02", "2026年5月2日(土)": "2026-05-02", "20260502": "2026-05-02",
	} {
		if got, err := parser.Day(text); err != nil || got.String() != want {
			t.Errorf("%q: %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5/2", "2026-02-30", "2026-05-02 18:00", "now", "Fri", "18:00", "平成40年1月1日", "2026年5月2日(金)"} {
		got, err := parser.Day(text)
		if err == nil {
			t.Errorf("%q: got %v, want it refused", text, got)
			continue
		}
		_ = refusedInBoth(t, text, err)
	}
}

// In St. John's it is still 1969, and 00:00:11 of 1970 by the offset of its summer: the
// weekday says which year is meant.
func TestYearByTheWeekday(t *testing.T) {
	st := zone(t, "America/St_Johns")
	parser := when.Parser{Now: time.Date(1970, 1, 1, 2, 30, 11, 0, time.UTC), Zone: st}
	for text, want := range map[string]time.Time{
		"5月28日(水) 00:00 -02:30":     time.Date(1969, 5, 28, 2, 30, 0, 0, time.UTC),
		"Wed 28 May 00:00 (-02:30)": time.Date(1969, 5, 28, 2, 30, 0, 0, time.UTC),
		"5月28日(木) 00:00 -02:30":     time.Date(1970, 5, 28, 2, 30, 0, 0, time.UTC),
	} {
		if got, err := parser.Time(text); err != nil || !got.At.Equal(want) {
			t.Errorf("%q: %v, %v, want %s", text, got.At, err, want)
		}
	}
	if got, err := parser.Time("5月28日(金) 00:00 -02:30"); err == nil || !strings.Contains(err.Error(), "1970-05-28 is a Thursday") {
		t.Errorf("a weekday of neither year: %v, %v", got.At, err)
	}
}

// What kigen prints goes back in: people copy a time from one place to the other.
func TestReadsWhatKigenPrints(t *testing.T) {
	zones := []string{"Asia/Tokyo", "UTC", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "America/Sao_Paulo"}
	rapid.Check(t, func(r *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(r, "zone"))
		now := time.Unix(rapid.Int64Range(0, 4102444800).Draw(r, "now"), 0)
		at := time.Unix(rapid.Int64Range(0, 4102444800).Draw(r, "at")/60*60, 0).In(z)
		if rapid.Bool().Draw(r, "near") {
			at = now.Add(time.Duration(rapid.Int64Range(-400, 400).Draw(r, "days")) * 24 * time.Hour).Truncate(time.Minute).In(z)
		}
		if rapid.Bool().Draw(r, "midnight") {
			at = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, z)
		}
		parser := when.Parser{Now: now, Zone: z}
		for _, lang := range []string{"ja", "en"} {
			offset := at.Format("-07:00")
			for _, text := range []string{
				phrase.Instant(lang, at, now) + " " + offset, phrase.Instant(lang, at, time.Time{}) + " " + offset, phrase.Instant(lang, at, now) + " (" + offset + ")",
				phrase.Deadline(lang, at, now) + " " + offset, phrase.Deadline(lang, at, time.Time{}) + " " + offset,
			} {
				if got, err := parser.Time(text); err != nil || !got.At.Equal(at) {
					t.Fatalf("%q at %s in %s: got %v, %v", text, now, z, got.At, err)
				}
			}
			read := when.Time{At: at, Assumed: when.NoZone}
			echoed := strings.TrimSuffix(strings.TrimPrefix(read.Echo(lang), "read as "), "と解釈しました")
			if got, err := parser.Time(echoed); err != nil || !got.At.Equal(at) {
				t.Fatalf("the echo %q: got %v, %v", echoed, got.At, err)
			}
			for _, text := range []string{phrase.Instant(lang, at, now), phrase.Deadline(lang, at, time.Time{})} {
				got, err := parser.Time(text)
				if skipped := err != nil && strings.Contains(err.Error(), "skip this time"); !skipped && (err != nil || !got.At.Equal(at) && !got.Second.Equal(at)) {
					t.Fatalf("%q in %s: got %v, %v, want %v", text, z, got.At, err, at)
				}
			}
			day := at.Format(time.DateOnly)
			if got, err := parser.Day(strings.TrimSuffix(phrase.Instant(lang, at, time.Time{}), at.Format(" 15:04"))); err != nil || got.String() != day {
				t.Fatalf("%s: got %v, %v", day, got, err)
			}
		}
	})
}

// FuzzReader reads any text at any time: it is refused in both languages, or
// is an instant that reads the same when it is written again.
func FuzzReader(f *testing.F) {
	for i, s := range []string{
		"2026/5/1 18:00", "２０２６年５月１日　１８時３０分", "令和8年5月1日 午後6時半", "R8.5.1 18:00 +0900", "Fri 1 May 18:00 +09:00", "今日 24:00", "5/1/2026", "令和八年十月二十一日 正午",
		"Fri, 01 May 2026 18:00:00 +0900 (JST)", "20260501T180000Z", "平成31年5月1日 9:00", "now", "午後12時", "1-May-2026 6:00 p.m. utc+9", "2026-11-01 01:30", "(金)(", "12月31日(木) 24:00",
	} {
		f.Add(s, uint8(i), int64(1777633200+i*86400))
	}
	var zones []*time.Location
	for _, name := range []string{"America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "UTC"} {
		zones = append(zones, zone(f, name))
	}
	f.Fuzz(func(t *testing.T, s string, n uint8, unix int64) {
		z := zones[int(n)%len(zones)]
		now := time.Unix(((unix%4102444800)+4102444800)%4102444800, 0)
		got, err := when.Parser{Now: now, Zone: z}.Time(s)
		if err != nil {
			_ = refusedInBoth(t, s, err)
			return
		}
		if year := got.At.Year(); year < 1899 || year > 2200 {
			t.Fatalf("%q is read as %v", s, got.At)
		}
		if (got.Echo("en") == "") != (got.Assumed == 0) || (got.Echo("ja") == "") != (got.Assumed == 0) {
			t.Fatalf("%q assumes %b and echoes %q", s, got.Assumed, got.Echo("en"))
		}
		// A file may say it too, unless it counts from now: then it means the same.
		if again, err := (when.Parser{Zone: z}).Time(s); err == nil && !again.At.Equal(got.At) {
			t.Fatalf("%q is %v in a file and %v typed", s, again.At, got.At)
		}
		// Where the API takes the text, it takes it for the same instant.
		if iso, err := when.ISO(s, z); err == nil && !iso.Equal(got.At) {
			t.Fatalf("%q is %v in JSON and %v typed", s, iso, got.At)
		}
		if _, offset := got.At.Zone(); offset%60 == 0 {
			if again, err := (when.Parser{Now: now, Zone: z}).Time(got.At.Format(time.RFC3339Nano)); err != nil || !again.At.Equal(got.At) {
				t.Fatalf("%q: %v is read again as %v, %v", s, got.At, again.At, err)
			}
		}
	})
}

func BenchmarkReader(b *testing.B) {
	for name, text := range map[string]string{"iso": "2026-05-02T22:10:00+09:00", "local": "2026-05-02 22:10", "japanese": "令和8年5月2日 22時10分"} {
		b.Run(name, func(b *testing.B) {
			parser := when.Parser{Zone: zone(b, "Asia/Tokyo")}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parser.Time(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
