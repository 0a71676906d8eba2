package report_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/report"
)

// yearOfKinds is a year with every kind, drawn with a seed: each clock's deadline, state
// and notice are the test's own.
func yearOfKinds(t *testing.T, seed uint64) []*sla.Incident {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 38))
	states := []sla.State{sla.Met, sla.Late, sla.Overdue, sla.NoCommitment, sla.NotApplicable, sla.Cancelled, sla.Running, sla.Pending, sla.Waived}
	vendors := []string{"a", "b", "c"}
	var all []*sla.Incident
	for i := range 600 {
		kind := sla.Kinds()[r.IntN(len(sla.Kinds()))]
		logged := on(t, 1, 1).Add(time.Duration(r.IntN(365*24)) * time.Hour)
		inc := &sla.Incident{ID: sla.IncidentID(i + 1), Kind: kind, Vendor: vendors[r.IntN(3)], Title: "t", CancelReason: "none"}
		inc.Times[sla.Logged] = sla.Stamp{At: logged, Basis: sla.Observed}
		for n := range r.IntN(3) {
			c := sla.Clock{ID: sla.ClockID(10*i + n + 1), Promise: fmt.Sprint("p", n), State: states[r.IntN(len(states))]}
			c.Start = sla.Start{At: logged, From: sla.Aware, Basis: sla.Stated}
			if r.IntN(4) == 0 {
				c.Start.Basis = sla.Assumed
			}
			c.Explanation.Strength = []sla.Strength{sla.Firm, sla.Target}[r.IntN(2)]
			if c.State != sla.NoCommitment && c.State != sla.Pending {
				c.Due = logged.Add(time.Duration(r.IntN(2000)-1000) * time.Hour) // a lead lies before its start
			}
			switch c.State {
			case sla.Met:
				c.NotifiedAt = c.Due.Add(-time.Hour)
			case sla.Late:
				c.NotifiedAt = c.Due.Add(time.Hour)
			}
			inc.Clocks = append(inc.Clocks, c)
		}
		all = append(all, inc)
	}
	return all
}

// known is what one kind counts to in a month, in the words of the documentation.
type known struct{ incidents, clocks, met, late, overdue, notProvable, kept, due int }

// countByHand counts the clocks of a month by kind and vendor, apart from the package.
func countByHand(incidents []*sla.Incident, from, to time.Time) map[string]known {
	counted := map[string]known{}
	for _, inc := range incidents {
		there := len(inc.Clocks) == 0 && !inc.Times[sla.Logged].At.Before(from) && inc.Times[sla.Logged].At.Before(to)
		key := string(inc.Kind) + "/" + inc.Vendor
		k := counted[key]
		for _, c := range inc.Clocks {
			at := c.Start.At
			if !c.Due.IsZero() {
				at = c.Due.Add(-time.Millisecond)
			}
			if at.Before(from) || !at.Before(to) {
				continue
			}
			there = true
			k.clocks++
			assumed := c.Start.Basis == sla.Assumed
			switch {
			case c.State == sla.Met:
				k.met, k.kept, k.due = k.met+1, k.kept+1, k.due+1
			case c.State == sla.Late && assumed:
				k.notProvable++
			case c.State == sla.Late:
				k.late, k.due = k.late+1, k.due+1
			case c.State == sla.Overdue:
				k.overdue++
				if !assumed {
					k.due++
				}
			}
		}
		if there {
			k.incidents++
			counted[key] = k
		}
	}
	return counted
}

func knownOf(f *report.Figures) known {
	return known{f.Incidents, f.Clocks, f.Met, f.Late, f.Overdue, f.NotProvable, f.Compliance.Kept, f.Compliance.Due}
}

// TestAYearOfEveryKind: each kind counts apart from the others and as by hand, and the
// headline is that of the incidents alone.
func TestAYearOfEveryKind(t *testing.T) {
	const seed = 2026
	t.Logf("seed %d", seed)
	all := yearOfKinds(t, seed)
	var only []*sla.Incident
	for _, inc := range all {
		if inc.Kind == sla.KindIncident {
			only = append(only, inc)
		}
	}
	for m := 1; m <= 12; m++ {
		p, err := report.ParsePeriod(fmt.Sprintf("2026-%02d", m), zone(t, "Asia/Tokyo"), instant(t, "2027-06-01T00:00:00+09:00"))
		if err != nil {
			t.Fatal(err)
		}
		r, apart := build(t, p, all), build(t, p, only)
		want, got := countByHand(all, p.From, p.To), map[string]known{}
		for i := range r.Vendors {
			if v := &r.Vendors[i]; v.Incidents > 0 {
				got["incident/"+v.ID] = knownOf(&v.Figures)
			}
		}
		for i := range r.Kinds {
			for n := range r.Kinds[i].Vendors {
				v := &r.Kinds[i].Vendors[n]
				got[string(r.Kinds[i].Kind)+"/"+v.ID] = knownOf(&v.Figures)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%v\nwant\n%v", p.Label, got, want)
		}
		if !reflect.DeepEqual(r.Totals, apart.Totals) || !reflect.DeepEqual(r.Vendors, apart.Vendors) || !reflect.DeepEqual(r.Trend, apart.Trend) || !reflect.DeepEqual(r.Change, apart.Change) {
			t.Errorf("%s: the headline depends on other kinds", p.Label)
		}
		if len(apart.Kinds) != 0 {
			t.Errorf("%s: %d other kinds among incidents", p.Label, len(apart.Kinds))
		}
	}
}
