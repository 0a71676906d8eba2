package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla/report"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestMonth(t *testing.T) {
	tests := []struct {
		name, label, zone, now string
		from, to               string
		finished               bool
	}{
		{"ended", "2026-10", "Asia/Tokyo", "2026-11-01T00:00:00+09:00", "2026-10-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00", true},
		{"its last instant", "2026-10", "Asia/Tokyo", "2026-10-31T23:59:59+09:00", "2026-10-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00", false},
		{"its first instant", "2026-10", "Asia/Tokyo", "2026-09-30T15:00:00Z", "2026-10-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00", false},
		{"over new year", "2026-12", "Asia/Tokyo", "2027-06-01T00:00:00Z", "2026-12-01T00:00:00+09:00", "2027-01-01T00:00:00+09:00", true},
		{"with a change of clocks", "2026-03", "Europe/Berlin", "2027-01-01T00:00:00Z", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", true},
		{"midnight is skipped", "2017-10", "America/Asuncion", "2027-01-01T00:00:00Z", "2017-10-01T01:00:00-03:00", "2017-11-01T00:00:00-03:00", true},
		{"midnight comes twice, zone east of UTC", "2004-10", "Asia/Gaza", "2027-01-01T00:00:00Z", "2004-10-01T00:00:00+03:00", "2004-11-01T00:00:00+02:00", true},
		{"midnight comes twice, zone west of UTC", "2026-11", "America/Havana", "2027-01-01T00:00:00Z", "2026-11-01T00:00:00-04:00", "2026-12-01T00:00:00-05:00", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := report.Month(tt.label, zone(t, tt.zone), instant(t, tt.now))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.From.Format(time.RFC3339); got != tt.from {
				t.Errorf("from = %s, want %s", got, tt.from)
			}
			if got := p.To.Format(time.RFC3339); got != tt.to {
				t.Errorf("to = %s, want %s", got, tt.to)
			}
			if p.Label != tt.label || p.Zone != tt.zone || p.Finished != tt.finished {
				t.Errorf("got %q in %q, finished %v; want %q in %q, finished %v", p.Label, p.Zone, p.Finished, tt.label, tt.zone, tt.finished)
			}
		})
	}
}

func TestMonthRefuses(t *testing.T) {
	tests := []struct{ label, remedy string }{
		{"2026-13", "YYYY-MM"},
		{"2026-00", "YYYY-MM"},
		{"2026-1", "YYYY-MM"},
		{"26-10", "YYYY-MM"},
		{"2026-10-01", "YYYY-MM"},
		{"2026-10 ", "YYYY-MM"},
		{"", "YYYY-MM"},
		{"0206-10", "1970 or later"},
		{"2026-12", "2026-11"}, // not begun in Tokyo
		{"2126-11", "2026-11"},
	}
	for _, tt := range tests {
		t.Run(tt.label, func(t *testing.T) {
			_, err := report.Month(tt.label, zone(t, "Asia/Tokyo"), instant(t, "2026-11-30T14:59:59Z"))
			var refused *report.PeriodError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a PeriodError", err)
			}
			if text := err.Error(); !strings.Contains(text, `"`+tt.label+`"`) || !strings.Contains(text, tt.remedy) {
				t.Errorf("%q does not name the value %q and the remedy %q", text, tt.label, tt.remedy)
			}
		})
	}
}

// Months must tile time: whatever the zone does, every instant lies in
// exactly the month that a wall clock in the zone shows, and the next month
// begins where one ends. Around a fold at the month's edge wall clocks show
// the old month again; those zones are left to TestMonth.
func TestMonthsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"}).Draw(t, "zone")
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(rapid.Int64Range(100_000_000_000, 4_102_444_800_000).Draw(t, "at")).In(z)
		p, err := report.Month(at.Format("2006-01"), z, at)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Contains(at) || p.Finished {
			t.Fatalf("%s lies outside %s..%s, or that is finished", at, p.From, p.To)
		}
		last := report.LastFinished(z, at)
		if !last.To.Equal(p.From) || !last.Finished {
			t.Fatalf("the month before %s ends at %s", p.Label, last.To)
		}
		if before := last.Previous(); !before.To.Equal(last.From) || !before.Finished {
			t.Fatalf("the month before %s ends at %s", last.Label, before.To)
		}
		if p.Contains(p.To) || !p.Contains(p.From) {
			t.Fatal("a period holds its first instant and not its end")
		}
	})
}

// The next period of the one before is the period itself.
func TestNextUndoesPrevious(t *testing.T) {
	now := instant(t, "2027-06-01T00:00:00+09:00")
	for label, want := range map[string]string{
		"2026-10": "2026-11", "2026-12": "2027-01", "2026-Q4": "2027-Q1", "2026": "2027",
		"2026-04..2026-09": "2026-10..2027-03", "2026-10-01..2026-10-15": "2026-10-16..2026-10-30",
	} {
		p, err := report.ParsePeriod(label, zone(t, "Asia/Tokyo"), now)
		if err != nil {
			t.Fatal(err)
		}
		next := p.Next(now)
		if back := next.Previous(); next.Label != want || back.Label != label || !next.From.Equal(p.To) {
			t.Errorf("after %s comes %s from %s, and before that %s", label, next.Label, next.From, back.Label)
		}
	}
}
