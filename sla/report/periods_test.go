package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla/report"
)

func TestParsePeriod(t *testing.T) {
	tests := []struct {
		label, from, to string
		kind            report.Kind
		previous        string
		finished        bool
	}{
		{"2026-10", "2026-10-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00", report.KindMonth, "2026-09", true},
		{"2026-01", "2026-01-01T00:00:00+09:00", "2026-02-01T00:00:00+09:00", report.KindMonth, "2025-12", true},
		{"2026-Q1", "2026-01-01T00:00:00+09:00", "2026-04-01T00:00:00+09:00", report.KindQuarter, "2025-Q4", true},
		{"2026-Q3", "2026-07-01T00:00:00+09:00", "2026-10-01T00:00:00+09:00", report.KindQuarter, "2026-Q2", true},
		{"2026-Q4", "2026-10-01T00:00:00+09:00", "2027-01-01T00:00:00+09:00", report.KindQuarter, "2026-Q3", false},
		{"2026", "2026-01-01T00:00:00+09:00", "2027-01-01T00:00:00+09:00", report.KindYear, "2025", false},
		{"2025", "2025-01-01T00:00:00+09:00", "2026-01-01T00:00:00+09:00", report.KindYear, "2024", true},
		{"2026-04..2026-09", "2026-04-01T00:00:00+09:00", "2026-10-01T00:00:00+09:00", report.KindMonths, "2025-10..2026-03", true},
		{"2025-11..2026-02", "2025-11-01T00:00:00+09:00", "2026-03-01T00:00:00+09:00", report.KindMonths, "2025-07..2025-10", true},
		{"2026-10..2026-10", "2026-10-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00", report.KindMonths, "2026-09..2026-09", true},
		{"2026-10-01..2026-10-15", "2026-10-01T00:00:00+09:00", "2026-10-16T00:00:00+09:00", report.KindDays, "2026-09-16..2026-09-30", true},
		{"2024-02-28..2024-03-01", "2024-02-28T00:00:00+09:00", "2024-03-02T00:00:00+09:00", report.KindDays, "2024-02-25..2024-02-27", true},
		{"2026-11-10..2026-11-30", "2026-11-10T00:00:00+09:00", "2026-12-01T00:00:00+09:00", report.KindDays, "2026-10-20..2026-11-09", false},
	}
	for _, tt := range tests {
		t.Run(tt.label, func(t *testing.T) {
			p, err := report.ParsePeriod(tt.label, zone(t, "Asia/Tokyo"), instant(t, "2026-11-22T19:00:00+09:00"))
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(p.Label, " ", p.Kind, " ", p.From.Format(time.RFC3339), " ", p.To.Format(time.RFC3339), " ", p.Finished)
			if want := fmt.Sprint(tt.label, " ", tt.kind, " ", tt.from, " ", tt.to, " ", tt.finished); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if before := p.Previous(); before.Label != tt.previous || before.Kind != tt.kind || !before.To.Equal(p.From) || !before.Finished {
				t.Errorf("before it lies %+v, want %s", before, tt.previous)
			}
		})
	}
}

func TestParsePeriodRefuses(t *testing.T) {
	tests := []struct{ label, remedy, ja string }{
		{"", "2026-Q3", "四半期"},
		{"2026-13", "2026-Q3", "四半期"},
		{"2026-Q0", "2026-Q3", "四半期"},
		{"2026-Q5", "2026-Q3", "四半期"},
		{"2026-Q", "2026-Q3", "四半期"},
		{"2026-q3", "2026-Q3", "四半期"},
		{"26", "2026-Q3", "四半期"},
		{"2026-10-01", "2026-10-01..2026-10-15", "2026-10-15"},
		{"2026-04..", "both ends", "両端"},
		{"2026-04..2026-04-30", "both ends", "両端"},
		{"2026..2027", "both ends", "両端"},
		{"2026-02-30..2026-03-01", "both ends", "両端"},
		{"2026-01..2026-02..2026-03", "both ends", "両端"},
		{"2026-09..2026-04", "earlier end first", "早いほう"},
		{"2026-10-15..2026-10-01", "earlier end first", "早いほう"},
		{"1990-01..2026-01", "at most 10 years", "最長 10 年"},
		{"1960", "1970 or later", "1970 年以降"},
		{"2027", "2026-11", "2026-11"},
		{"2026-12", "2026-11", "2026-11"},
		{"2027-Q1", "2026-11", "2026-11"},
		{"2026-11-23..2026-11-24", "not begun in Asia/Tokyo", "まだ始まっていません"},
	}
	for _, tt := range tests {
		t.Run(tt.label, func(t *testing.T) {
			_, err := report.ParsePeriod(tt.label, zone(t, "Asia/Tokyo"), instant(t, "2026-11-22T14:59:59Z"))
			var refused *report.PeriodError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a PeriodError", err)
			}
			if text := err.Error(); !strings.Contains(text, `"`+tt.label+`"`) || !strings.Contains(text, tt.remedy) || !strings.Contains(refused.In("ja"), tt.ja) {
				t.Errorf("%q, %q: want the value, %q and %q", text, refused.In("ja"), tt.remedy, tt.ja)
			}
		})
	}
}

func drawPeriod(t *rapid.T, z *time.Location) report.Period {
	day := time.Date(rapid.IntRange(1980, 2090).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
	length := rapid.IntRange(0, 30).Draw(t, "length")
	label := rapid.SampledFrom([]string{
		day.Format("2006"), day.Format("2006-01"), fmt.Sprintf("%d-Q%d", day.Year(), rapid.IntRange(1, 4).Draw(t, "quarter")),
		day.Format("2006-01") + ".." + day.AddDate(0, length, 0).Format("2006-01"),
		day.Format("2006-01-02") + ".." + day.AddDate(0, 0, length).Format("2006-01-02"),
	}).Draw(t, "label")
	p, err := report.ParsePeriod(label, z, time.Date(2200, 1, 1, 0, 0, 0, 0, z))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A label comes back as it was written, the period before is as long in its
// own terms and ends where this one begins, and the trend's months tile time
// up to the period's end.
func TestPeriodsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom([]string{"Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		p := drawPeriod(t, z)
		before := p.Previous()
		if !before.To.Equal(p.From) || before.Kind != p.Kind || !before.Finished {
			t.Fatalf("before %+v lies %+v", p, before)
		}
		again, err := report.ParsePeriod(before.Label, z, time.Date(2200, 1, 1, 0, 0, 0, 0, z))
		if err != nil || !again.From.Equal(before.From) || !again.To.Equal(before.To) {
			t.Fatalf("%s reads as %+v (%v), not as %+v", before.Label, again, err, before)
		}
		months := p.TrendMonths()
		for i := 1; i < len(months); i++ {
			if !months[i].From.Equal(months[i-1].To) {
				t.Fatalf("the trend leaps from %s to %s", months[i-1].To, months[i].From)
			}
		}
		last := months[len(months)-1]
		if len(months) < 12 || !last.Contains(p.To.Add(-1)) || len(months) > 12 && !months[0].Contains(p.From) {
			t.Fatalf("the trend of %s is %s to %s", p.Label, months[0].Label, last.Label)
		}
	})
}
