package schedule_test

import (
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/schedule"
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

func TestScheduleFirst(t *testing.T) {
	tests := []struct{ name, spec, from, want string }{
		{"in its own zone", "CRON_TZ=Asia/Tokyo 0 9 1 * *", "2026-11-01T00:00:00+09:00", "2026-11-01T09:00:00+09:00"},
		{"the old prefix", "TZ=Asia/Tokyo 0 9 1 * *", "2026-11-01T00:00:00+09:00", "2026-11-01T09:00:00+09:00"},
		{"without a zone, in the configured one", "0 9 1 * *", "2026-11-01T00:00:00+09:00", "2026-11-01T09:00:00+01:00"},
		{"at the very instant", "CRON_TZ=Asia/Tokyo 0 9 1 * *", "2026-11-01T09:00:00+09:00", "2026-11-01T09:00:00+09:00"},
		{"a moment later", "CRON_TZ=Asia/Tokyo 0 9 1 * *", "2026-11-01T09:00:00.001+09:00", "2026-12-01T09:00:00+09:00"},
		{"a fraction before", "CRON_TZ=Asia/Tokyo 0 9 1 * *", "2026-11-01T08:59:59.5+09:00", "2026-11-01T09:00:00+09:00"},
		{"another zone than the month's", "CRON_TZ=America/New_York 30 20 1 * *", "2026-11-01T00:00:00+09:00", "2026-11-01T20:30:00-05:00"},
		{"by name", "CRON_TZ=Asia/Tokyo @monthly", "2026-11-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00"},
		{"spaces do not matter", "  CRON_TZ=Asia/Tokyo\t0  9 1 * * ", "2026-11-01T00:00:00+09:00", "2026-11-01T09:00:00+09:00"},
		{"first Monday by day of week", "CRON_TZ=Asia/Tokyo 0 9 * * MON", "2026-11-01T00:00:00+09:00", "2026-11-02T09:00:00+09:00"},
		{"29 February waits", "CRON_TZ=UTC 0 0 29 2 *", "2025-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"a midnight that clocks skip", "CRON_TZ=America/Asuncion 0 0 1 * *", "2017-10-01T01:00:00-03:00", "2017-10-01T01:00:00-03:00"},
		{"an hour that clocks skip", "CRON_TZ=Europe/Berlin 30 2 29 3 *", "2026-03-01T00:00:00Z", "2026-03-29T03:30:00+02:00"},
		{"an hour that comes twice counts once", "CRON_TZ=America/Havana 30 0 1 11 *", "2026-11-01T00:30:01-04:00", "2027-11-01T00:30:00-04:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := schedule.ParseCron("report.schedule", tt.spec, zone(t, "Europe/Paris"))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.First(instant(t, tt.from)); !got.Equal(instant(t, tt.want)) {
				t.Errorf("first from %s = %s, want %s", tt.from, got.Format(time.RFC3339Nano), tt.want)
			}
		})
	}
}

func TestScheduleRefuses(t *testing.T) {
	for _, spec := range []string{
		"", "  ", "TZ=UTC", "CRON_TZ=UTC", "CRON_TZ=UTC ", "CRON_TZ= 0 9 1 * *", "CRON_TZ=Mars/Olympus 0 9 1 * *",
		"0 9 1 *", "0 0 9 1 * *", "60 9 1 * *", "0 9 30 2 *", "0 9 31 4,6,9,11 *", "@every 1h", "@reboot", "@sometimes", "tomorrow",
	} {
		t.Run(spec, func(t *testing.T) {
			_, err := schedule.ParseCron("report.schedule", spec, time.UTC)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range []string{"report.schedule", `"` + spec + `"`, "0 9 1 * *"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %s", err, part)
				}
			}
		})
	}
}

func TestScheduleLast(t *testing.T) {
	tests := []struct{ spec, until, want string }{
		{"CRON_TZ=Asia/Tokyo 0 3 * * *", "2026-11-22T03:00:00+09:00", "2026-11-22T03:00:00+09:00"},
		{"CRON_TZ=Asia/Tokyo 0 3 * * *", "2026-11-22T02:59:59+09:00", "2026-11-21T03:00:00+09:00"},
		{"CRON_TZ=Asia/Tokyo 0 9 1 * *", "2026-11-22T02:59:59+09:00", "2026-11-01T09:00:00+09:00"},
		{"CRON_TZ=UTC 0 0 29 2 *", "2027-11-22T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"CRON_TZ=Europe/Berlin 30 2 * * *", "2026-03-29T12:00:00+02:00", "2026-03-29T03:30:00+02:00"},
	}
	for _, tt := range tests {
		s, err := schedule.ParseCron("backup.schedule", tt.spec, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Last(instant(t, tt.until)); !got.Equal(instant(t, tt.want)) {
			t.Errorf("%s: last until %s = %s, want %s", tt.spec, tt.until, got.Format(time.RFC3339), tt.want)
		}
	}
}
