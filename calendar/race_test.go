package calendar_test

import (
	"sync"
	"testing"
	"time"

	"kigen/calendar"
)

// Sixteen goroutines compile, read the library's holidays and ask one shared
// calendar at once. Under -race this fails on any write that they share.
func TestSixteenGoroutines(t *testing.T) {
	shared := japan(t, 2019, 2040)
	want, err := shared.AddOpen(instant(t, "2026-09-18T18:00:00+09:00"), 18*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			country := []string{"jp", "us", "de", "nz"}[i%4]
			holidays, err := calendar.National(country, 2026, 2035)
			if err != nil {
				t.Error(err)
				return
			}
			spec := sound(t)
			spec.Holidays = holidays
			own, err := calendar.Compile(spec)
			if err != nil {
				t.Error(err)
				return
			}
			for d := date(t, "2026-01-01"); d < date(t, "2027-12-01"); d++ {
				shared.Day(d)
				start, _ := shared.StartOfDay(d)
				if _, err := shared.AddOpen(start, 6*time.Hour); err != nil {
					t.Error(err)
				}
				if country == "jp" && own.IsBusinessDay(d) != shared.IsBusinessDay(d) {
					t.Errorf("%s: the two disagree", d)
				}
			}
			if got, err := shared.AddOpen(instant(t, "2026-09-18T18:00:00+09:00"), 18*time.Hour); err != nil || !got.Equal(want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
	group.Wait()
}
