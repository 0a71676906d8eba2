package profile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kigen/calendar"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/profile"
)

func promise(t testing.TB, vendor string) *sla.Promise {
	t.Helper()
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	v, ok := c.Catalogue.Vendor(vendor)
	if !ok {
		t.Fatalf("the catalogue has no %s", vendor)
	}
	return v.Promises[0]
}

// The longest wait of 2026 is worked out by hand: from the close on Friday 1
// May over the weekend, three holidays and a substitute one to Thursday 09:00
// are 5 days and 15 hours.
func TestSixHoursAre135(t *testing.T) {
	p, err := profile.Of(promise(t, "sotas"), 2026)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := time.Duration(p.Max), 135*time.Hour; got != want {
		t.Errorf("longest wait: got %v, want %v", got, want)
	}
	if got, want := p.LongestAt.Format(time.RFC3339), "2026-05-01T18:00:00+09:00"; got != want {
		t.Errorf("longest at: got %s, want %s", got, want)
	}
	if got, want := time.Duration(p.Min), 6*time.Hour; got != want {
		t.Errorf("shortest wait: got %v, want %v", got, want)
	}
}

// A naive profile sorts every wait of the year.
func TestAgainstSorting(t *testing.T) {
	for _, vendor := range []string{"sustaina", "sotas", "tatsujin", "superstream"} {
		for _, year := range []int{2024, 2026} {
			t.Run(fmt.Sprint(vendor, year), func(t *testing.T) { compare(t, promise(t, vendor), year) })
		}
	}
}

func compare(t *testing.T, p *sla.Promise, year int) {
	waits, longestAt, heat := everyWait(t, p, year)
	got, err := profile.Of(p, year)
	if err != nil {
		t.Fatal(err)
	}
	sorted := slices.Sorted(slices.Values(waits))
	n := len(sorted)
	for _, c := range []struct {
		name string
		got  profile.Seconds
		want time.Duration
	}{
		{"min", got.Min, sorted[0]},
		{"median", got.Median, sorted[(n-1)/2]},
		{"p95", got.P95, sorted[(n*95+99)/100-1]},
		{"max", got.Max, sorted[n-1]},
	} {
		if time.Duration(c.got) != c.want {
			t.Errorf("%s: got %v, want %v", c.name, time.Duration(c.got), c.want)
		}
	}
	if got.Starts != n || !got.LongestAt.Equal(longestAt) {
		t.Errorf("got %d starts, longest at %v; want %d, %v", got.Starts, got.LongestAt, n, longestAt)
	}
	inBuckets := 0
	for _, b := range got.Distribution {
		inBuckets += b.Starts
	}
	if inBuckets != n {
		t.Errorf("the distribution holds %d of %d starts", inBuckets, n)
	}
	for weekday := range heat {
		for hour, cell := range &heat[weekday] {
			var sum time.Duration
			for _, w := range cell {
				sum += w
			}
			want := profile.Cell{Starts: len(cell), Mean: profile.Seconds(sum / time.Duration(len(cell))), Max: profile.Seconds(slices.Max(cell))}
			if got.Heat[weekday][hour] != want {
				t.Errorf("%v %02d: got %+v, want %+v", time.Weekday(weekday), hour, got.Heat[weekday][hour], want)
			}
		}
	}
}

func everyWait(t *testing.T, p *sla.Promise, year int) (waits []time.Duration, longestAt time.Time, heat [7][24][]time.Duration) {
	t.Helper()
	zone := p.Calendar.Zone()
	var longest time.Duration
	for at := time.Date(year, 1, 1, 0, 0, 0, 0, zone); at.Year() == year; at = at.Add(time.Minute) {
		var f sla.Facts
		f.Times[p.Start].At = at
		d, err := p.Deadline(&f)
		if err != nil {
			t.Fatal(err)
		}
		wait := d.Due.Sub(at)
		if wait > longest {
			longest, longestAt = wait, at
		}
		waits = append(waits, wait)
		heat[at.Weekday()][at.Hour()] = append(heat[at.Weekday()][at.Hour()], wait)
	}
	return waits, longestAt, heat
}

func TestNoCommitment(t *testing.T) {
	p, err := profile.Of(promise(t, "cybertrust"), 2026)
	if err != nil || p.Starts != 0 || p.Lead || p.Distribution == nil || len(p.Distribution) > 0 {
		t.Errorf("got %+v, %v; want an empty profile", p, err)
	}
}

// The calendar must reach past the year: the deadline of its last minute lies
// in the next one. Elapsed hours ask no calendar, but a year that it does not
// cover is a slip all the same.
func TestBeyondTheCalendar(t *testing.T) {
	first, last := promise(t, "sotas").Calendar.Range()
	for _, c := range []struct {
		vendor string
		year   int
		ok     bool
	}{
		{"sotas", first.Year(), true}, {"sotas", last.Year() - 1, true}, {"sustaina", last.Year(), true},
		{"sotas", last.Year(), false}, {"sotas", last.Year() + 1, false}, {"sustaina", last.Year() + 1, false},
		{"sotas", first.Year() - 1, false}, {"sustaina", 0, false}, {"sustaina", -5_000_000, false}, {"sotas", 100_000, false},
	} {
		_, err := profile.Of(promise(t, c.vendor), c.year)
		var tooFar *profile.YearError
		if c.ok && err != nil || !c.ok && !errors.As(err, &tooFar) {
			t.Errorf("%s in %d: %v", c.vendor, c.year, err)
		}
		if tooFar != nil && (tooFar.Year != c.year || !strings.Contains(tooFar.Error(), fmt.Sprint(last.Year()-1))) {
			t.Errorf("%s in %d: %v", c.vendor, c.year, tooFar)
		}
	}
}

// A year that begins with the very first of all dates is measured like others.
func TestYear1970(t *testing.T) {
	p, err := profile.Of(promise(t, "sustaina"), 1970)
	if err != nil || p.Starts != 365*24*60 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestDueBeforeItsStart(t *testing.T) {
	p := *promise(t, "sustaina")
	p.Due.Length = -7 * 24 * time.Hour
	got, err := profile.Of(&p, 2026)
	if err != nil || !got.Lead || got.Starts != 0 || got.Max != 0 {
		t.Errorf("got %+v, %v; want a lead without figures", got, err)
	}
}

func day(year int, month time.Month, day int) calendar.Date {
	return calendar.NewDate(year, month, day)
}

// versions are editions of one promise, the later ones twice as slow each.
func versions(t *testing.T, effective ...[2]calendar.Date) *sla.Vendor {
	t.Helper()
	v := &sla.Vendor{ID: "sustaina"}
	for i, dates := range effective {
		p := *promise(t, "sustaina")
		p.From, p.To = dates[0], dates[1]
		p.Due.Length = time.Hour << i
		v.Promises = append(v.Promises, &p)
	}
	return v
}

// Each version has the days on which it applies; the first one stands in for
// the time before it, and nothing applies after the last one's end.
func TestVersionsShareTheYear(t *testing.T) {
	const perDay = 24 * 60
	for _, c := range []struct {
		name   string
		vendor *sla.Vendor
		want   map[time.Duration]int // days by the version's wait
	}{
		{"one after the other", versions(t, [2]calendar.Date{0, day(2026, 6, 30)}, [2]calendar.Date{day(2026, 7, 1), 0}),
			map[time.Duration]int{time.Hour: 181, 2 * time.Hour: 184}},
		{"open-ended, replaced in the year", versions(t, [2]calendar.Date{0, 0}, [2]calendar.Date{day(2026, 7, 1), 0}),
			map[time.Duration]int{time.Hour: 181, 2 * time.Hour: 184}},
		{"replaced before the year", versions(t, [2]calendar.Date{0, 0}, [2]calendar.Date{day(2025, 7, 1), 0}),
			map[time.Duration]int{2 * time.Hour: 365}},
		{"replaced before the year, begins in it", versions(t, [2]calendar.Date{0, day(2025, 12, 31)}, [2]calendar.Date{day(2026, 12, 1), 0}),
			map[time.Duration]int{2 * time.Hour: 31}},
		{"begins in the year", versions(t, [2]calendar.Date{day(2026, 7, 1), 0}), map[time.Duration]int{time.Hour: 365}},
		{"ends in the year", versions(t, [2]calendar.Date{0, day(2026, 1, 31)}), map[time.Duration]int{time.Hour: 31}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := profile.Year(c.vendor, sla.KindIncident, 2026)
			if err != nil || got.Vendor != "sustaina" || got.Year != 2026 {
				t.Fatalf("%+v, %v", got, err)
			}
			days := map[time.Duration]int{}
			for _, p := range got.Promises {
				if p.Min != p.Max || p.Starts%perDay != 0 {
					t.Errorf("%+v mixes versions", p)
				}
				days[time.Duration(p.Max)] = p.Starts / perDay
			}
			if !maps.Equal(days, c.want) {
				t.Errorf("got %v days, want %v", days, c.want)
			}
		})
	}
}

// Where the clocks change, an hour of the year comes twice and another never;
// every minute is counted all the same, each under what the wall clock shows.
func TestClocksChange(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{ID: "ny", Zone: newYork, FirstYear: 2025, LastYear: 2027}
	for weekday := time.Monday; weekday <= time.Friday; weekday++ {
		spec.Weekly[weekday] = []calendar.Span{{Open: 9 * 60, Close: 17 * 60}}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := &sla.Promise{ID: "notice", Vendor: "ny", Calendar: cal, Due: sla.Rule{Op: sla.OpNextOpening}}
	compare(t, p, 2026)
	got, err := profile.Of(p, 2026)
	if err != nil {
		t.Fatal(err)
	}
	// 52 Sundays: two o'clock is missing once, one o'clock comes once more.
	sunday := got.Heat[time.Sunday]
	if sunday[2].Starts != 51*60 || sunday[1].Starts != 53*60 || sunday[3].Starts != 52*60 {
		t.Errorf("Sundays: %d, %d, %d starts at 1, 2 and 3", sunday[1].Starts, sunday[2].Starts, sunday[3].Starts)
	}
}

func TestJSON(t *testing.T) {
	made, err := profile.Of(promise(t, "sotas"), 2026)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"vendor":"sotas","promise":"incident-notice","effective_from":"2024-09-01","strength":"firm","start":"occurred"`,
		`"year":2026,"starts":525600,"min_s":21600`, `"max_s":486000`,
		`"longest_at":"2026-05-01T18:00:00+09:00","longest_due":"2026-05-07T09:00:00+09:00"`,
		`"heat":[[{"starts":3120,`, `"distribution":[{"up_to_s":21600,"starts":`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	var again profile.Profile
	if err := json.Unmarshal(text, &again); err != nil || again.Max != made.Max || again.Heat[0][0].Starts != 52*60 {
		t.Errorf("read back %+v: %v", again, err)
	}
}

func BenchmarkYear(b *testing.B) {
	for _, vendor := range []string{"sustaina", "sotas", "tatsujin", "superstream"} {
		p := promise(b, vendor)
		b.Run(vendor, func(b *testing.B) {
			for b.Loop() {
				if _, err := profile.Of(p, 2026); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
