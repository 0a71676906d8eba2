package when_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"kigen/sla/when"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestISO(t *testing.T) {
	for _, c := range []struct{ zone, in, want string }{
		{"Asia/Tokyo", "2026-05-02 22:10", "2026-05-02T22:10:00+09:00"},
		{"Asia/Tokyo", " 2026-05-02T22:10 ", "2026-05-02T22:10:00+09:00"},
		{"Asia/Tokyo", "2026-05-02 22:10:59", "2026-05-02T22:10:59+09:00"},
		{"Asia/Tokyo", "2026-05-02 22:10:59.25", "2026-05-02T22:10:59.25+09:00"},
		{"Asia/Tokyo", "2026-05-02T22:10+09:00", "2026-05-02T22:10:00+09:00"},
		{"Asia/Tokyo", "2026-05-02T13:10:00Z", "2026-05-02T13:10:00Z"},
		{"Asia/Tokyo", "2026-05-02t13:10:00.000000001z", "2026-05-02T13:10:00.000000001Z"},
		{"Asia/Tokyo", "2026-05-02 08:10-05:30", "2026-05-02T08:10:00-05:30"},
		{"Asia/Tokyo", "2024-02-29 00:00", "2024-02-29T00:00:00+09:00"},
		{"Asia/Tokyo", "1900-01-01 00:00Z", "1900-01-01T00:00:00Z"},
		// Clocks went back from 02:00 to 01:00: 01:30 came twice, the first counts.
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "2026-11-01T01:30:00-05:00", "2026-11-01T01:30:00-05:00"},
		{"America/New_York", "2026-11-01 02:00", "2026-11-01T02:00:00-05:00"},
		// A fold of half an hour.
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-05T01:45:00+11:00"},
		// A fold over midnight: Saturday's 23:30 came twice.
		{"America/Sao_Paulo", "2019-02-16 23:30", "2019-02-16T23:30:00-02:00"},
		{"UTC", "2026-05-02 22:10", "2026-05-02T22:10:00Z"},
	} {
		t.Run(c.zone+" "+c.in, func(t *testing.T) {
			got, err := when.ISO(c.in, zone(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			if s := got.Format(time.RFC3339Nano); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}

func TestISORefuses(t *testing.T) {
	for _, c := range []struct{ zone, in, says string }{
		{"Asia/Tokyo", "", "write it as 2026-05-02 22:10"},
		{"Asia/Tokyo", "yesterday", "write it as"},
		{"Asia/Tokyo", "2026-05-02", "write it as"},
		{"Asia/Tokyo", "2026/05/02 22:10", "write it as"},
		{"Asia/Tokyo", "2026-5-2 22:10", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10:", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10:00.", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10 JST", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10+0900", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10+09:00:00", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10*09:00", "write it as"},
		{"Asia/Tokyo", "2026-05-02 22:10+24:00", "-23:59 to +23:59"},
		{"Asia/Tokyo", "2026-05-02 22:10+09:60", "-23:59 to +23:59"},
		{"Asia/Tokyo", "2026-02-30 10:00", "there is no day 30 in 2026-02: its days go from 01 to 28"},
		{"Asia/Tokyo", "2026-04-31T10:00:00+09:00", "its days go from 01 to 30"},
		{"Asia/Tokyo", "2025-02-29 10:00", "its days go from 01 to 28"},
		{"Asia/Tokyo", "2026-05-00 10:00", "there is no day 00"},
		{"Asia/Tokyo", "2026-13-01 10:00", "there is no month 13"},
		{"Asia/Tokyo", "2026-00-01 10:00", "there is no month 00"},
		{"Asia/Tokyo", "2026-05-02 24:00", "00:00 of the next day"},
		{"Asia/Tokyo", "2026-05-02 25:00", "there is no time 25:00:00"},
		{"Asia/Tokyo", "2026-05-02 22:60", "there is no time 22:60:00"},
		{"Asia/Tokyo", "2026-05-02 22:10:60", "there is no time 22:10:60"},
		{"Asia/Tokyo", "0026-05-02 22:10", "from 1900 to 2199"},
		{"Asia/Tokyo", "2200-01-01 00:00", "from 1900 to 2199"},
		{"America/New_York", "2026-03-08 02:30", "clocks in America/New_York skip this time: add an offset"},
		{"Pacific/Apia", "2011-12-30 12:00", "skip this time"},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, err := when.ISO(c.in, zone(t, c.zone))
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", err, c.says)
			}
		})
	}
}

// Whatever Format writes with an offset comes back as the same instant, and
// what it writes without one comes back as the first instant that reads so.
func TestISORoundTrip(t *testing.T) {
	zones := []string{"Asia/Tokyo", "UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns"}
	rapid.Check(t, func(r *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(r, "zone"))
		at := time.Unix(rapid.Int64Range(0, 4102444800).Draw(r, "unix"), 0).In(z)
		got, err := when.ISO(at.Format(time.RFC3339), z)
		if err != nil || !got.Equal(at) {
			t.Fatalf("%s: got %v, %v", at.Format(time.RFC3339), got, err)
		}
		const layout = "2006-01-02 15:04:05"
		wall := at.Format(layout)
		got, err = when.ISO(wall, z)
		if err != nil || got.Format(layout) != wall || got.After(at) {
			t.Fatalf("%s in %s: got %v, %v", wall, z, got, err)
		}
		for shift := time.Minute; shift <= 3*time.Hour; shift += time.Minute {
			if earlier := got.Add(-shift); earlier.Format(layout) == wall {
				t.Fatalf("%s in %s: got %v, but %v reads the same", wall, z, got, earlier)
			}
		}
	})
}

// FuzzISO reads any text in zones with all kinds of clock changes: it is
// refused in both languages, or is the instant that the text names.
func FuzzISO(f *testing.F) {
	zones := []string{"America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "UTC"}
	for i, s := range []string{
		"2026-05-02 22:10", "2026-05-02T22:10:00.5+09:00", "2026-02-30 10:00", "2026-05-02 22:10:0", "2026-11-01 01:30", "2026-03-08 02:30",
		"2011-12-30 12:00", "1900-01-01 00:00+23:59", "2199-12-31 23:59:59.9999999999-23:59", "\u30002026-05-02 22:10\u3000", "２０２６-05-02 22:10",
	} {
		f.Add(s, uint8(i))
	}
	loaded := make([]*time.Location, len(zones))
	for i, name := range zones {
		loaded[i] = zone(f, name)
	}
	f.Fuzz(func(t *testing.T, s string, n uint8) {
		z := loaded[int(n)%len(loaded)]
		got, err := when.ISO(s, z)
		if (err == nil) == got.IsZero() {
			t.Fatalf("%q: got %v and %v", s, got, err)
		}
		if err != nil {
			_ = refusedInBoth(t, s, err)
			return
		}
		// The standard library is the oracle wherever it reads the form.
		if want, stdErr := time.Parse(time.RFC3339, s); stdErr == nil && !want.Equal(got) {
			t.Fatalf("%q: got %v, want %v", s, got, want)
		}
		// The clock on the wall shows what was typed, and what is written again is
		// the same instant.
		wall := strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(s)), "T", " ")[:len("2026-05-02 22:10")]
		if shown := got.Format("2006-01-02 15:04"); shown != wall {
			t.Fatalf("%q in %s: got %v", s, z, got)
		}
		if _, offset := got.Zone(); offset%60 != 0 {
			return // before zones had whole minutes; RFC 3339 can't write it
		}
		if again, err := when.ISO(got.Format(time.RFC3339Nano), z); err != nil || !again.Equal(got) {
			t.Fatalf("%q: %v is read again as %v, %v", s, got, again, err)
		}
	})
}

func BenchmarkISO(b *testing.B) {
	z := zone(b, "Asia/Tokyo")
	for b.Loop() {
		if _, err := when.ISO("2026-05-02T22:10:00+09:00", z); err != nil {
			b.Fatal(err)
		}
	}
}
