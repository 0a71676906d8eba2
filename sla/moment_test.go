package sla_test

import (
	"strings"
	"testing"
	"time"

	"kigen/sla"
)

var allMoments = []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed, sla.Declared, sla.Aware, sla.Logged}

// TestStartFallsBack is the table of fallbacks, row by row, for every set of
// moments that can be known.
func TestStartFallsBack(t *testing.T) {
	order := map[sla.Moment][]sla.Moment{
		sla.Occurred:  {sla.Occurred, sla.Aware, sla.Logged},
		sla.Detected:  {sla.Detected, sla.Confirmed, sla.Aware, sla.Logged},
		sla.Confirmed: {sla.Confirmed, sla.Detected, sla.Aware, sla.Logged},
		sla.Declared:  {sla.Declared, sla.Confirmed, sla.Aware, sla.Logged},
		sla.Aware:     {sla.Aware, sla.Logged},
		sla.Logged:    {sla.Logged},
	}
	for _, m := range sla.Moments()[len(allMoments):] { // without a stand-in, rules wait for them
		order[m] = []sla.Moment{m}
	}
	base := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	for known := range 1 << len(allMoments) {
		var times sla.Times
		for i, m := range allMoments {
			if known&(1<<i) != 0 {
				times[m] = sla.Stamp{At: base.Add(time.Duration(i) * time.Hour), Basis: sla.Stated}
			}
		}
		for wanted, list := range order {
			want := sla.Start{}
			for _, m := range list {
				if times[m].Known() {
					want = sla.Start{At: times[m].At, From: m, Basis: sla.Assumed}
					if m == wanted {
						want.Basis = sla.Stated
					}
					break
				}
			}
			got, ok := times.Start(wanted)
			if got != want || ok == want.At.IsZero() {
				t.Errorf("%s of %06b: %+v %v, want %+v", wanted, known, got, ok, want)
			}
		}
	}
}

// TestOwnBasisIsKept: a time that a person called assumed is no firmer for
// being the promise's own moment.
func TestOwnBasisIsKept(t *testing.T) {
	for _, basis := range []sla.Basis{sla.Stated, sla.Observed, sla.Assumed} {
		var times sla.Times
		times[sla.Detected] = sla.Stamp{At: time.Unix(1, 0), Basis: basis}
		if start, ok := times.Start(sla.Detected); !ok || start.Basis != basis {
			t.Errorf("basis %s, want %s", start.Basis, basis)
		}
	}
}

func TestMomentNames(t *testing.T) {
	for _, m := range sla.Moments() {
		text, err := m.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back sla.Moment
		if err := back.UnmarshalText(text); err != nil || back != m {
			t.Errorf("%s reads back as %s, %v", text, back, err)
		}
	}
	var m sla.Moment
	if err := m.UnmarshalText([]byte("began")); err == nil {
		t.Error("read a moment that does not exist")
	}
	if s := sla.Moment(200).String(); s == "" {
		t.Error("an impossible moment has no text")
	}
}

// TestFormerNameIsReadFromRecordsOnly: sealed records keep the word noticed; people
// write aware.
func TestFormerNameIsReadFromRecordsOnly(t *testing.T) {
	var m sla.Moment
	if err := m.UnmarshalText([]byte("noticed")); err != nil || m != sla.Aware {
		t.Errorf("a record's noticed is read as %s, %v", m, err)
	}
	if _, err := sla.ParseMoment("noticed"); err == nil || !strings.Contains(err.Error(), "aware") {
		t.Errorf("noticed is accepted as input, %v", err)
	}
	for former, present := range map[string]string{"noticed": "aware", "noticed_at": "aware_at", "title": "title", "detected_at": "detected_at"} {
		if got := sla.PresentName(former); got != present {
			t.Errorf("%s is now %s, want %s", former, got, present)
		}
	}
}
