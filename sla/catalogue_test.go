package sla_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// version is a version of the promise "notice", told apart by its edition.
func version(edition, from, to string, cal *calendar.Calendar) *sla.Promise {
	day := func(s string) calendar.Date {
		if s == "" {
			return 0
		}
		d, err := calendar.ParseDate(s)
		if err != nil {
			panic(err)
		}
		return d
	}
	return &sla.Promise{
		ID: "notice", Vendor: "v", Source: sla.Source{Edition: edition}, From: day(from), To: day(to),
		Start: sla.Occurred, Due: elapsed(time.Hour), Calendar: cal,
	}
}

// TestVersions: the version in force at the start applies, in whatever order
// the catalogue has them.
func TestVersions(t *testing.T) {
	cal := tokyoDesk(t)
	const day1, day2, day3 = "2022-01-01 12:00", "2023-01-01 12:00", "2025-01-01 12:00"
	tests := []struct {
		name     string
		versions []*sla.Promise
		start    string
		want     string
		state    sla.State
	}{
		{"one, always in force", []*sla.Promise{version("a", "", "", cal)}, day1, "a", sla.Running},
		{"before the first", []*sla.Promise{version("a", "2023-06-01", "", cal), version("b", "2024-01-01", "", cal)}, day1, "a", sla.Running},
		{"the newest that has begun", []*sla.Promise{version("a", "2020-01-01", "", cal), version("b", "2024-01-01", "", cal)}, day3, "b", sla.Running},
		{"not the one to come", []*sla.Promise{version("a", "2020-01-01", "", cal), version("b", "2024-01-01", "", cal)}, day2, "a", sla.Running},
		{"on the first day", []*sla.Promise{version("a", "2020-01-01", "2022-12-31", cal), version("b", "2023-01-01", "", cal)}, "2023-01-01 00:00", "b", sla.Running},
		{"on the last day", []*sla.Promise{version("a", "2020-01-01", "2022-12-31", cal), version("b", "2023-01-01", "", cal)}, "2022-12-31 23:59", "a", sla.Running},
		{"overlapping", []*sla.Promise{version("a", "", "2024-12-31", cal), version("b", "2023-01-01", "", cal)}, day2, "b", sla.Running},
		{"between two", []*sla.Promise{version("a", "2020-01-01", "2022-06-30", cal), version("b", "2024-01-01", "", cal)}, day2, "a", sla.NotApplicable},
		{"ended", []*sla.Promise{version("a", "2020-01-01", "2022-06-30", cal), version("b", "2022-07-01", "2022-12-31", cal)}, day3, "b", sla.NotApplicable},
		{"the day is the calendar's", []*sla.Promise{version("a", "", "2022-12-31", cal), version("b", "2023-01-01", "", cal)}, "2023-01-01 08:59", "b", sla.Running},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			facts := &sla.Facts{}
			facts.Times[sla.Occurred] = sla.Stamp{At: at(t, test.start).UTC(), Basis: sla.Stated}
			other := &sla.Promise{ID: "other", Start: sla.Occurred, Calendar: cal}
			for range 4 {
				vendor := sla.Vendor{ID: "v", Promises: append([]*sla.Promise{other}, test.versions...)}
				rand.Shuffle(len(vendor.Promises), func(i, j int) {
					vendor.Promises[i], vendor.Promises[j] = vendor.Promises[j], vendor.Promises[i]
				})
				chosen := vendor.Applying(sla.KindIncident, &facts.Times)
				if len(chosen) != 2 {
					t.Fatalf("%d promises apply, want one version of each of the two", len(chosen))
				}
				for _, p := range chosen {
					if p.ID == "other" {
						continue
					}
					d, _, err := p.Explain(facts)
					if err != nil {
						t.Fatal(err)
					}
					if p.Source.Edition != test.want || d.State != test.state {
						t.Errorf("edition %s, %s; want %s, %s", p.Source.Edition, d.State, test.want, test.state)
					}
				}
			}
		})
	}
}

func TestEndedPromiseSaysSo(t *testing.T) {
	p := version("a", "2020-01-01", "2022-06-30", tokyoDesk(t))
	_, e, err := p.Explain(starting(p, at(t, "2022-07-01 00:00")))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explain/ended", explained(&e))
}

func TestCatalogue(t *testing.T) {
	c := sla.Catalogue{{ID: "sotas"}, {ID: "tatsujin"}}
	if v, ok := c.Vendor("tatsujin"); !ok || v.ID != "tatsujin" {
		t.Errorf("found %v, %v", v, ok)
	}
	if _, ok := c.Vendor("Sotas"); ok {
		t.Error("found a vendor by another spelling")
	}
	if ids := c.IDs(); len(ids) != 2 || ids[0] != "sotas" || ids[1] != "tatsujin" {
		t.Errorf("ids %v", ids)
	}
}

// TestTerms: equal versions have equal hashes, and each thing that a deadline
// or a verdict follows from changes the hash.
func TestTerms(t *testing.T) {
	base := func() *sla.Promise { return tatsujin(t) }
	if one, other := base(), base(); one.Terms().Hash != other.Terms().Hash {
		t.Fatal("the same promise has two hashes")
	}
	changes := map[string]func(p *sla.Promise){
		"vendor":   func(p *sla.Promise) { p.Vendor = "x" },
		"id":       func(p *sla.Promise) { p.ID = "x" },
		"source":   func(p *sla.Promise) { p.Source.Quote += "。" },
		"strength": func(p *sla.Promise) { p.Strength = sla.Firm },
		"gate":     func(p *sla.Promise) { p.Gate.Impact = nil },
		"service":  func(p *sla.Promise) { p.Gate.Service = []string{"x"} },
		"start":    func(p *sla.Promise) { p.Start = sla.Confirmed },
		"due":      func(p *sla.Promise) { p.Due.Count = 4 },
		"ends":     func(p *sla.Promise) { p.Due.Ends = sla.Noon },
		"reading":  func(p *sla.Promise) { p.Reading = "x" },
		"stages":   func(p *sla.Promise) { p.Stages = []sla.Stage{{ID: "first"}} },
		"channels": func(p *sla.Promise) { p.Channels = sla.Channels{} },
		"expect":   func(p *sla.Promise) { p.Expect = &sla.Rule{Op: sla.OpNextOpening} },
		"from":     func(p *sla.Promise) { p.From++ },
		"to":       func(p *sla.Promise) { p.To++ },
		"calendar": func(p *sla.Promise) { p.Calendar = tokyoDesk(t) },
	}
	seen := map[string]string{base().Terms().Hash: "nothing"}
	for name, change := range changes {
		p := base()
		change(p)
		hash := p.Terms().Hash
		if other, taken := seen[hash]; taken {
			t.Errorf("a change of %s has the hash of a change of %s", name, other)
		}
		seen[hash] = name
	}
}

// TestTermsOfGates pins the part of the terms that a gate is: a gate by the facts of the
// first versions has the text that their hashes were made from.
func TestTermsOfGates(t *testing.T) {
	for want, gate := range map[string]sla.Gate{
		`"gate":{},"start"`: {},
		`"gate":{"impact":["serious"],"scope":["all_customers"],"severity":["low"]},"start"`: {Impact: []sla.Impact{"serious"}, Scope: []sla.Scope{"all_customers"}, Severity: []sla.Severity{"low"}},
		`"gate":{"service":["Mail","メール"],"impact":["serious"]},"start"`:                     {Service: []string{"Mail", "メール"}, Impact: []sla.Impact{"serious"}},
	} {
		p := tatsujin(t)
		p.Gate = gate
		if body := string(p.Terms().Body); !strings.Contains(body, want) {
			t.Errorf("the terms %s lack %s", body, want)
		}
	}
}
