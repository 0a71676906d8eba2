package profile_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
	if err != nil || p.Starts != 0 || p.Distribution != nil {
		t.Errorf("got %+v, %v; want an empty profile", p, err)
	}
}

// The calendar must reach past the year: the deadline of its last minute lies
// in the next one.
func TestBeyondTheCalendar(t *testing.T) {
	p := promise(t, "sotas")
	_, last := p.Calendar.Range()
	if _, err := profile.Of(p, last.Year()+1); err == nil {
		t.Error("a year that the calendar does not cover has a profile")
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
