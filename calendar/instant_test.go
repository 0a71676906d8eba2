package calendar_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kigen/calendar"
)

// TestInstantAgreesWithTime: each question has the same answer in both forms,
// located or not, within the calendar's years, at their ends and outside.
func TestInstantAgreesWithTime(t *testing.T) {
	c := japan(t, 2018, 2028)
	tokyo := c.Zone()
	starts := slices.Concat(workload(t)[:20_000], []time.Time{
		{}, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2018, 1, 1, 0, 0, 0, 0, tokyo), time.Date(2018, 1, 1, 0, 0, 0, -1, tokyo),
		time.Date(2029, 1, 1, 0, 0, 0, 0, tokyo), time.Date(2029, 1, 1, 0, 0, 0, 1, tokyo),
		time.Date(2500, 1, 1, 0, 0, 0, 0, tokyo),
	})
	for _, start := range starts {
		plain := calendar.InstantOf(start)
		located, open := c.Locate(plain)
		if open != c.IsOpen(start) {
			t.Fatalf("%s: open %t", start, open)
		}
		for _, i := range []calendar.Instant{plain, located} {
			if !c.Time(i).Equal(start) || i.IsZero() != start.IsZero() || c.DateAt(i) != c.DateOf(start) {
				t.Fatalf("%s comes back as %s on %s", start, c.Time(i), c.DateAt(i))
			}
			want, wantErr := c.NextOpening(start)
			if got, err := c.NextOpeningAt(i); !errors.Is(err, wantErr) || err == nil && !c.Time(got).Equal(want) {
				t.Fatalf("opening from %s: %s, %v, want %s, %v", start, c.Time(got), err, want, wantErr)
			}
			for _, d := range []time.Duration{0, 1, -1, time.Second - 1, -time.Hour - 1, 6 * time.Hour} {
				if got, want := i.Add(d), start.Add(d); !c.Time(got).Equal(want) || got.After(i) != want.After(start) {
					t.Fatalf("%s and %s: %s", start, d, c.Time(got))
				}
			}
		}
	}
}
