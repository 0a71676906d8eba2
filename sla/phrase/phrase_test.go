package phrase_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla/phrase"
)

var tokyo = time.FixedZone("JST", 9*60*60)

func TestInstant(t *testing.T) {
	may := time.Date(2026, 5, 2, 22, 10, 0, 0, tokyo)
	tests := []struct {
		name   string
		at     time.Time
		now    time.Time
		ja, en string
	}{
		{"this year", time.Date(2026, 5, 7, 9, 0, 59, 0, tokyo), may, "5月7日(木) 09:00", "Thu 7 May 09:00"},
		{"another year", time.Date(2027, 1, 4, 9, 0, 0, 0, tokyo), may, "2027年1月4日(月) 09:00", "Mon 4 Jan 2027 09:00"},
		{"the year is judged in the instant's zone", time.Date(2027, 1, 1, 0, 30, 0, 0, tokyo),
			time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC), "1月1日(金) 00:30", "Fri 1 Jan 00:30"},
		{"its own zone", time.Date(2026, 5, 7, 0, 0, 0, 0, time.UTC), may, "5月7日(木) 00:00", "Thu 7 May 00:00"},
		{"unknown", time.Time{}, may, "–", "–"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := phrase.Instant("ja", test.at, test.now); got != test.ja {
				t.Errorf("ja: %q, want %q", got, test.ja)
			}
			if got := phrase.Instant("en", test.at, test.now); got != test.en {
				t.Errorf("en: %q, want %q", got, test.en)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	now := time.Date(2026, 12, 30, 10, 0, 0, 0, tokyo)
	tests := []struct {
		at     time.Time
		ja, en string
	}{
		{time.Date(2027, 1, 1, 0, 0, 0, 0, tokyo), "12月31日(木) 24:00", "Thu 31 Dec 24:00"},
		{time.Date(2027, 1, 1, 0, 0, 1, 0, tokyo), "2027年1月1日(金) 00:00", "Fri 1 Jan 2027 00:00"},
		{time.Date(2027, 1, 2, 0, 0, 0, 0, tokyo), "2027年1月1日(金) 24:00", "Fri 1 Jan 2027 24:00"},
		{time.Date(2026, 12, 31, 9, 0, 0, 0, tokyo), "12月31日(木) 09:00", "Thu 31 Dec 09:00"},
		{time.Time{}, "–", "–"},
	}
	for _, test := range tests {
		if got := phrase.Deadline("ja", test.at, now); got != test.ja {
			t.Errorf("%v ja: %q, want %q", test.at, got, test.ja)
		}
		if got := phrase.Deadline("en", test.at, now); got != test.en {
			t.Errorf("%v en: %q, want %q", test.at, got, test.en)
		}
	}
}

// In São Paulo 15 October 2017 began at 01:00: a day back from the next midnight there is
// no midnight.
func TestDeadlineAfterADayWithoutMidnight(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2017, 10, 16, 0, 0, 0, 0, zone)
	if got, want := phrase.Deadline("en", due, due), "Sun 15 Oct 24:00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDay(t *testing.T) {
	tests := []struct {
		date         time.Time
		ja, en       string
		fullJa, full string
	}{
		{time.Date(2026, 5, 7, 0, 0, 0, 0, time.UTC), "5月7日(木)", "Thu 7 May", "2026年5月7日(木)", "Thu 7 May 2026"},
		{time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), "12月31日(水)", "Wed 31 Dec", "1969年12月31日(水)", "Wed 31 Dec 1969"},
	}
	for _, test := range tests {
		d := calendar.Date(test.date.Unix() / 86400)
		for got, want := range map[string]string{
			phrase.Day("ja", d): test.ja, phrase.Day("en", d): test.en,
			phrase.FullDay("ja", d): test.fullJa, phrase.FullDay("en", d): test.full,
		} {
			if got != want {
				t.Errorf("%v: %q, want %q", test.date, got, want)
			}
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		d      time.Duration
		ja, en string
	}{
		{0, "0秒", "0 s"},
		{999 * time.Millisecond, "0秒", "0 s"},
		{45 * time.Second, "45秒", "45 s"},
		{time.Minute, "1分", "1 min"},
		{2*time.Minute + 10*time.Second, "2分10秒", "2 min 10 s"},
		{14*time.Minute + 59*time.Second, "14分", "14 min"},
		{time.Hour, "1時間", "1 h"},
		{3*time.Hour + 58*time.Minute + 59*time.Second, "3時間58分", "3 h 58 min"},
		{24*time.Hour - time.Second, "23時間59分", "23 h 59 min"},
		{24 * time.Hour, "1日", "1 d"},
		{26*time.Hour + 59*time.Minute, "1日2時間", "1 d 2 h"},
		{72*time.Hour + 55*time.Minute, "3日", "3 d"},
		{73 * time.Hour, "3日1時間", "3 d 1 h"},
		{96*time.Hour + 30*time.Minute, "4日", "4 d"},
		{-2*time.Hour - 10*time.Minute, "2時間10分", "2 h 10 min"},
	}
	for _, test := range tests {
		if got := phrase.Duration("ja", test.d); got != test.ja {
			t.Errorf("%v ja: %q, want %q", test.d, got, test.ja)
		}
		if got := phrase.Duration("en", test.d); got != test.en {
			t.Errorf("%v en: %q, want %q", test.d, got, test.en)
		}
	}
}

func TestHours(t *testing.T) {
	tests := []struct {
		d      time.Duration
		ja, en string
	}{
		{0, "0分", "0 min"},
		{59 * time.Second, "0分", "0 min"},
		{30 * time.Minute, "30分", "30 min"},
		{6 * time.Hour, "6時間", "6 h"},
		{14*time.Hour + 59*time.Minute + 59*time.Second, "14時間59分", "14 h 59 min"},
		{135 * time.Hour, "135時間", "135 h"},
		{-1000*time.Hour - time.Minute, "1000時間1分", "1000 h 1 min"},
	}
	for _, test := range tests {
		if got := phrase.Hours("ja", test.d); got != test.ja {
			t.Errorf("%v ja: %q, want %q", test.d, got, test.ja)
		}
		if got := phrase.Hours("en", test.d); got != test.en {
			t.Errorf("%v en: %q, want %q", test.d, got, test.en)
		}
	}
}

// What a person reads adds up to a length that is never more than the true
// one, and less than one unit short.
func TestDurationNeverOverstates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(2000*time.Hour)).Draw(t, "d"))
		read := parse(t, phrase.Duration("en", d))
		if read > d || d-read >= time.Hour {
			t.Fatalf("%v is written as %v", d, read)
		}
	})
}

// One unit has one largest count on every surface: 24 hours are a day, 60 minutes an
// hour, and never more than two units stand together.
func TestDurationHasOneWay(t *testing.T) {
	for d := time.Duration(0); d < 40*24*time.Hour; d += 7*time.Minute + 13*time.Second {
		for lang, form := range map[string]*regexp.Regexp{
			"ja": regexp.MustCompile(`^(\d+日(([1-9]|1\d|2[0-3])時間)?|([1-9]|1\d|2[0-3])時間([1-9]分|[1-5]\d分)?|[1-9]分([1-9]秒|[1-5]\d秒)?|[1-5]\d分|\d秒|[1-5]\d秒)$`),
			"en": regexp.MustCompile(`^(\d+ d( ([1-9]|1\d|2[0-3]) h)?|([1-9]|1\d|2[0-3]) h( [1-9] min| [1-5]\d min)?|[1-9] min( [1-9] s| [1-5]\d s)?|[1-5]\d min|\d s|[1-5]\d s)$`),
		} {
			if got := phrase.Duration(lang, d); !form.MatchString(got) {
				t.Fatalf("%v is %q", d, got)
			}
		}
	}
}

func parse(t *rapid.T, s string) (sum time.Duration) {
	units := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "min": time.Minute, "s": time.Second}
	words := strings.Fields(s)
	for i := 0; i+1 < len(words); i += 2 {
		n, err := strconv.Atoi(words[i])
		unit, known := units[words[i+1]]
		if err != nil || !known {
			t.Fatalf("%q is no length", s)
		}
		sum += time.Duration(n) * unit
	}
	return sum
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		phrase.State("ja", "overdue"): "期限超過(未通知)", phrase.Verdict("ja", "overdue"): "期限超過", phrase.State("en", "overdue"): "overdue",
		phrase.Verdict("ja", "late"): "遅延", phrase.Capital(phrase.Verdict("en", "not_provable")): "Not provable",
		phrase.Strength("ja", "firm"): "確約", phrase.Severity("en", "high"): "high", phrase.Channel("ja", "email"): "メール",
		phrase.Month("ja", time.May): "5月", phrase.Month("en", time.May): "May",
		phrase.Channel("ja", "ファックス"): "ファックス", phrase.State("en", "newer"): "newer", phrase.Capital("期限"): "期限", phrase.Capital(""): "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRecordedAfter(t *testing.T) {
	for _, test := range []struct {
		delay  time.Duration
		ja, en string
	}{
		{96 * time.Hour, "受領から4日後に記録", "recorded 4 d after receipt"},
		{75 * time.Hour, "受領から3日3時間後に記録", "recorded 3 d 3 h after receipt"},
		{26*time.Hour + 5*time.Minute, "受領から1日2時間後に記録", "recorded 1 d 2 h after receipt"},
	} {
		if got := phrase.RecordedAfter("ja", test.delay); got != test.ja {
			t.Errorf("ja: %q, want %q", got, test.ja)
		}
		if got := phrase.RecordedAfter("en", test.delay); got != test.en {
			t.Errorf("en: %q, want %q", got, test.en)
		}
	}
}
