package sla_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/prose"
)

var update = flag.Bool("update", false, "write the golden files anew")

// worked are deadlines worked out by hand from the vendors' own texts and the
// official list of holidays.
var worked = []struct {
	name, vendor, start string
	due                 string // empty: no committed time; 24:00 is written as 00:00 of the next day
	others              map[string]string
}{
	// Friday 17:59 is inside [09:00, 18:00): six hours run past the close.
	{"sotas-inside", "sotas", "2026-05-01 17:59", "2026-05-01 23:59", nil},
	// 18:00 sharp is outside. 05-02 Sat, 05-03 Sun 憲法記念日, 05-04 みどりの日,
	// 05-05 こどもの日, 05-06 振替休日; 6 hours (Sat 00:00) are earlier.
	{"sotas-golden-week", "sotas", "2026-05-01 18:00", "2026-05-07 09:00", nil},
	// Tuesday before opening: 09:00 the same day is the next opening, six hours
	// give 11:00. By the other reading Wednesday's opening counts.
	{"sotas-before-opening", "sotas", "2026-11-24 05:00", "2026-11-24 11:00",
		map[string]string{"next_business_date": "2026-11-25 09:00"}},
	// Wednesday 02:00: six hours end at 08:00, an hour before the opening.
	{"sotas-small-hours", "sotas", "2026-11-25 02:00", "2026-11-25 09:00",
		map[string]string{"next_business_date": "2026-11-26 09:00"}},
	// 09-19 Sat, 09-20 Sun, 09-21 敬老の日, 09-22 国民の休日, 09-23 秋分の日.
	{"sotas-silver-week", "sotas", "2026-09-18 18:00", "2026-09-24 09:00", nil},
	// By Sotas' text the year's end is open; 01-01 元日, 01-02 Sat, 01-03 Sun.
	{"sotas-new-year", "sotas", "2026-12-31 20:00", "2027-01-04 09:00", nil},
	// The edition of 2024-09-01 stands in for what came before it.
	{"sotas-before-edition", "sotas", "2024-08-30 12:00", "2024-08-30 18:00", nil},
	// 04-28 is not counted; 04-29 昭和の日; 04-30, 05-01; five closed days; 05-07.
	{"tatsujin-golden-week", "tatsujin", "2026-04-28 16:00", "2026-05-07 17:00", map[string]string{
		"excluded_end_of_day": "2026-05-08 00:00",
		"excluded_same_time":  "2026-05-07 16:00",
		"included_close":      "2026-05-01 17:00",
	}},
	// Saturday: Mon 15, Tue 16, Wed 17; a closed start day counts in no reading.
	{"tatsujin-weekend", "tatsujin", "2026-06-13 10:00", "2026-06-17 17:00", map[string]string{
		"excluded_end_of_day": "2026-06-18 00:00",
		"excluded_same_time":  "2026-06-17 10:00",
	}},
	{"superstream-new-year", "superstream", "2026-12-30 10:00", "2027-01-01 00:00",
		map[string]string{"same_time": "2026-12-31 10:00"}},
	{"sustaina-weekend", "sustaina", "2026-05-02 22:10", "2026-05-03 22:10", nil},
	{"cybertrust", "cybertrust", "2026-05-02 22:10", "", nil},
	// Past the official list: 2032-09-20 敬老の日, -21 国民の休日, -22 秋分の日
	// follow from the Act and are said to be projected.
	{"sotas-projected", "sotas", "2032-09-17 19:00", "2032-09-23 09:00", nil},
}

func TestWorkedExamples(t *testing.T) {
	promises := vendors(t)
	for _, w := range worked {
		t.Run(w.name, func(t *testing.T) {
			p := promises[w.vendor]
			facts := starting(p, at(t, w.start))
			d, e, err := p.Explain(facts)
			if err != nil {
				t.Fatal(err)
			}
			checkDue(t, d, w.due)
			others := map[string]string{}
			for _, a := range e.Alternatives {
				others[a.Reading] = a.Due.Format("2006-01-02 15:04")
			}
			for reading, due := range w.others {
				if others[reading] != due {
					t.Errorf("reading %s: due %q, want %q", reading, others[reading], due)
				}
			}
			if len(others) != len(w.others) {
				t.Errorf("other readings: %v, want %v", others, w.others)
			}
			golden(t, filepath.Join("explain", w.name), explained(&e))
		})
	}
}

func checkDue(t *testing.T, d sla.Deadline, want string) {
	t.Helper()
	if want == "" {
		if d.State != sla.NoCommitment || !d.Due.IsZero() {
			t.Errorf("state %s due %v, want no commitment", d.State, d.Due)
		}
		return
	}
	if !d.Due.Equal(at(t, want)) || d.State != sla.Running {
		t.Errorf("state %s due %s, want %s", d.State, d.Due.Format(time.RFC3339), want)
	}
	if d.Due.Location().String() != "Asia/Tokyo" {
		t.Errorf("due is in %s, want the calendar's zone", d.Due.Location())
	}
}

// explained is what an analyst pastes into a mail, in both languages.
func explained(e *sla.Explanation) string {
	return "[ja]\n" + strings.Join(prose.Explanation("ja", e), "\n") + "\n\n[en]\n" + strings.Join(prose.Explanation("en", e), "\n") + "\n"
}

// golden compares got with testdata/NAME.golden; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if the change is meant, run go test ./sla -run %s -update\ngot:\n%s\nwant:\n%s", path, t.Name(), got, want)
	}
}
