package report_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/report/reporttest"
)

// The oracle recomputes a month from the whole list, one question at a time,
// by the words of the package doc: no code is shared, nothing is fast.

type flat struct {
	inc *sla.Incident
	c   sla.Clock
}

// month is what a wall clock in the zone shows at the clock's own instant.
func (f flat) month(z *time.Location) string {
	return f.day(z)[:7]
}

// day is the date that people name: a deadline at midnight ends the day before.
func (f flat) day(z *time.Location) string {
	switch due := f.c.Due.In(z); {
	case !f.c.Due.IsZero() && due.Format("15:04:05.000") == "00:00:00.000":
		return due.Add(-time.Second).Format("2006-01-02")
	case !f.c.Due.IsZero():
		return due.Format("2006-01-02")
	case !f.c.Start.At.IsZero():
		return f.c.Start.At.In(z).Format("2006-01-02")
	default:
		return f.inc.Times[sla.Logged].At.In(z).Format("2006-01-02")
	}
}

func (f flat) is(verdict string) bool {
	s, assumed := string(f.c.State), f.c.Start.Basis == "assumed"
	switch verdict {
	case "late":
		return s == "late" && !assumed
	case "not_provable":
		return s == "late" && assumed
	case "running":
		return s == "running" || s == "at_risk"
	case "overdue_known":
		return s == "overdue" && !assumed
	case "overdue_assumed":
		return s == "overdue" && assumed
	}
	return s == verdict
}

type list []flat

func (l list) keep(wanted func(flat) bool) list {
	var kept list
	for _, f := range l {
		if wanted(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

func (l list) count(verdict string) int {
	return len(l.keep(func(f flat) bool { return f.is(verdict) }))
}

func (l list) incidents() int {
	seen := map[sla.IncidentID]bool{}
	for _, f := range l {
		seen[f.inc.ID] = true
	}
	return len(seen)
}

// clocks leaves out what stands for an incident without any.
func (l list) clocks() list { return l.keep(func(f flat) bool { return f.c.ID != 0 }) }

func (l list) share() (kept, due int) {
	return l.count("met"), l.count("met") + l.count("late") + l.count("overdue_known")
}

func (l list) strength(s ...sla.Strength) list {
	return l.keep(func(f flat) bool { return slices.Contains(s, f.c.Explanation.Strength) })
}

func (l list) noticeTimes() []int64 {
	var all []int64
	for _, f := range l {
		measured := f.is("met") || f.is("late") || f.is("not_provable") || f.is("no_commitment")
		if !measured || f.c.NotifiedAt.IsZero() || f.c.Start.At.IsZero() {
			continue
		}
		all = append(all, max(f.c.NotifiedAt.Unix()-f.c.Start.At.Unix(), 0))
	}
	return all
}

func (l list) lateness() []int64 {
	var all []int64
	for _, f := range l.keep(func(f flat) bool { return f.is("late") }) {
		all = append(all, f.c.NotifiedAt.Unix()-f.c.Due.Unix())
	}
	return all
}

// lengths finds each figure by its definition, by counting.
func lengths(all []int64) string {
	if len(all) == 0 {
		return "0: - - -"
	}
	atMost := func(x int64) (n int) {
		for _, v := range all {
			if v <= x {
				n++
			}
		}
		return n
	}
	smallest := func(enough func(n int) bool) int64 {
		best := slices.Max(all)
		for _, v := range all {
			if enough(atMost(v)) && v < best {
				best = v
			}
		}
		return best
	}
	n := len(all)
	low := smallest(func(k int) bool { return 2*k >= n })
	high := smallest(func(k int) bool { return 2*k > n })
	return fmt.Sprintf("%d: %d %d %d", n, (low+high)/2, smallest(func(k int) bool { return 10*k >= 9*n }), slices.Max(all))
}

func lengthsOf(l report.Lengths) string {
	if l.Count == 0 {
		if l.Median != nil || l.P90 != nil || l.Longest != nil {
			return "figures of nothing"
		}
		return "0: - - -"
	}
	return fmt.Sprintf("%d: %d %d %d", l.Count, *l.Median, *l.P90, *l.Longest)
}

func shareOf(s report.Share) string {
	if s.Rate == nil {
		return fmt.Sprintf("%d/%d -", s.Kept, s.Due)
	}
	return fmt.Sprintf("%d/%d %.9f", s.Kept, s.Due, *s.Rate)
}

func shareText(kept, due int) string {
	if due == 0 {
		return fmt.Sprintf("%d/%d -", kept, due)
	}
	return fmt.Sprintf("%d/%d %.9f", kept, due, float64(kept)/float64(due))
}

// describe writes a vendor's figures by the oracle.
func (l list) describe() string {
	return fmt.Sprintf("incidents %d clocks %d met %d late %d overdue %d (%d) np %d nc %d na %d ca %d wa %d pe %d ru %d | %s | %s | %s | %s | %s | %s | %v",
		l.incidents(), len(l.clocks()), l.count("met"), l.count("late"), l.count("overdue"), l.count("overdue_assumed"), l.count("not_provable"),
		l.count("no_commitment"), l.count("not_applicable"), l.count("cancelled"), l.count("waived"), l.count("pending"), l.count("running"),
		shareText(l.share()), shareText(l.strength(sla.Firm).share()), shareText(l.strength(sla.Target).share()),
		shareText(l.strength(sla.BestEffort, sla.AsNeeded, "").share()), lengths(l.noticeTimes()), lengths(l.lateness()), l.promised())
}

// describeFigures writes the same of the report.
func describeFigures(f report.Figures) string {
	var promised []int
	for _, b := range f.Promised {
		promised = append(promised, b.Clocks)
	}
	return fmt.Sprintf("incidents %d clocks %d met %d late %d overdue %d (%d) np %d nc %d na %d ca %d wa %d pe %d ru %d | %s | %s | %s | %s | %s | %s | %v",
		f.Incidents, f.Clocks, f.Met, f.Late, f.Overdue, f.OverdueAssumed, f.NotProvable,
		f.NoCommitment, f.NotApplicable, f.Cancelled, f.Waived, f.Pending, f.Running,
		shareOf(f.Compliance.Share), shareOf(f.Compliance.Firm), shareOf(f.Compliance.Target), shareOf(f.Compliance.Other),
		lengthsOf(f.TimeToNotice), lengthsOf(f.Lateness), promised)
}

// drawIncidents makes a SOC's autumn: deadlines cluster at the edges of
// October, where attribution goes wrong if it can.
func drawIncidents(t *rapid.T, z *time.Location) []*sla.Incident {
	edges := []time.Time{
		time.Date(2026, 9, 15, 0, 0, 0, 0, z), time.Date(2026, 10, 1, 0, 0, 0, 0, z), time.Date(2026, 10, 15, 9, 0, 0, 0, z),
		time.Date(2026, 11, 1, 0, 0, 0, 0, z), time.Date(2026, 11, 20, 0, 0, 0, 0, z),
	}
	near := func(name string) time.Time {
		edge := rapid.SampledFrom(edges).Draw(t, name+" near")
		return edge.Add(time.Duration(rapid.Int64Range(-200_000_000, 200_000_000).Draw(t, name+" ms")/rapid.SampledFrom([]int64{1, 1000, 1_000_000_000}).Draw(t, name+" scale")) * time.Millisecond)
	}
	maybe := func(name string) time.Time {
		if rapid.Bool().Draw(t, "no "+name) {
			return time.Time{}
		}
		return near(name)
	}
	incidents := make([]*sla.Incident, rapid.IntRange(0, 25).Draw(t, "incidents"))
	for i := range incidents {
		inc := &sla.Incident{ID: sla.IncidentID(i + 1), Vendor: rapid.SampledFrom([]string{"a", "b", "c", "gone", "away"}).Draw(t, "vendor")}
		inc.Service = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "service")
		inc.CancelReason = "none"
		inc.Times[sla.Logged] = sla.Stamp{At: near("logged")}
		for n := range rapid.IntRange(0, 3).Draw(t, "clocks") {
			inc.Clocks = append(inc.Clocks, drawClock(t, sla.ClockID(10*i+n+1), near, maybe))
		}
		incidents[i] = inc
	}
	return incidents
}

func drawClock(t *rapid.T, id sla.ClockID, near, maybe func(string) time.Time) sla.Clock {
	c := sla.Clock{ID: id, State: rapid.SampledFrom(sla.States[:]).Draw(t, "state")}
	c.Explanation.Strength = rapid.SampledFrom(append(sla.Strengths[:], "")).Draw(t, "strength")
	c.Start = sla.Start{At: maybe("start"), Basis: rapid.SampledFrom([]sla.Basis{sla.Stated, sla.Observed, sla.Assumed}).Draw(t, "basis")}
	switch c.State {
	case sla.Met, sla.Late:
		c.Due, c.NotifiedAt = near("due"), near("notice")
	case sla.Overdue, sla.Running, sla.AtRisk:
		c.Due = near("due")
	case sla.NoCommitment:
		c.NotifiedAt = maybe("notice")
	case sla.Pending:
		c.Start.At = time.Time{}
	default:
		c.Due, c.NotifiedAt = maybe("due"), maybe("notice")
	}
	return c
}

func build(t interface{ Fatal(...any) }, p report.Period, incidents []*sla.Incident) report.Report {
	return makeOf(t, &reporttest.Source{Incidents: incidents}, report.Spec{Catalogue: vendors(), Period: p})
}

func makeOf(t interface{ Fatal(...any) }, source report.Source, spec report.Spec) report.Report {
	made, err := report.Make(context.Background(), source, spec)
	if err != nil {
		t.Fatal(err)
	}
	return made.Report
}

// spans are periods and those before them, each by its first and last day.
var spans = []struct{ label, first, last, firstBefore, lastBefore string }{
	{"2026-10", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"},
	{"2026-11", "2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"},
	{"2026-Q4", "2026-10-01", "2026-12-31", "2026-07-01", "2026-09-30"},
	{"2026", "2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"},
	{"2026-10..2026-11", "2026-10-01", "2026-11-30", "2026-08-01", "2026-09-30"},
	{"2026-10-01..2026-10-15", "2026-10-01", "2026-10-15", "2026-09-16", "2026-09-30"},
	{"2026-10-16..2026-11-01", "2026-10-16", "2026-11-01", "2026-09-29", "2026-10-15"},
}

func TestReportAgreesWithTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom([]string{"Asia/Tokyo", "America/New_York", "Europe/Berlin"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		incidents := drawIncidents(t, z)
		span := rapid.SampledFrom(spans).Draw(t, "period")
		p, err := report.ParsePeriod(span.label, z, time.Date(2027, 1, 1, 0, 0, 0, 0, z))
		if err != nil {
			t.Fatal(err)
		}
		r := build(t, p, incidents)
		o := newOracle(incidents, z)
		if got, want := describeReport(r), o.describe(span.first, span.last, span.firstBefore, span.lastBefore); got != want {
			t.Fatalf("%s:\n--- got\n%s--- want\n%s", span.label, got, want)
		}
		shuffled := slices.Clone(incidents)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 0)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		if again := build(t, p, shuffled); encoded(t, again) != encoded(t, r) {
			t.Fatal("the order of adding shows in the report")
		}
		streamsAlike(t, p, shuffled, &r)
	})
}

// streamsAlike checks that a report whose cases are read one by one, from the
// source or from an edition, is the report that holds them.
func streamsAlike(t *rapid.T, p report.Period, incidents []*sla.Incident, want *report.Report) {
	alike := func(what string, got report.Report) {
		if encoded(t, got) != encoded(t, *want) {
			t.Fatalf("%s: it is another report", what)
		}
		if got.CaseCount() != want.CaseCount() || len(got.Cases) != 0 {
			t.Fatalf("%s: %d cases, %d of them in memory, want %d and none", what, got.CaseCount(), len(got.Cases), want.CaseCount())
		}
		for _, c := range want.Cases {
			for _, promise := range []string{c.Promise, "another"} {
				if got.HasSeveralPromises(c.Vendor, promise) != want.HasSeveralPromises(c.Vendor, promise) {
					t.Fatalf("%s: promises of %s", what, c.Vendor)
				}
			}
		}
		stop := errors.New("stop")
		read := 0
		err := got.EachCase(func(*report.Case) error { read++; return stop })
		if got.CaseCount() > 0 && (read != 1 || !errors.Is(err, stop)) {
			t.Fatalf("%s: %d cases were read after an error, which is %v", what, read-1, err)
		}
	}
	source := &reporttest.Source{Incidents: incidents}
	err := report.Stream(context.Background(), source, report.Spec{Catalogue: vendors(), Period: p}, func(made *report.Result) error {
		alike("streamed", made.Report)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := report.Open([]byte(encoded(t, *want)), p.From.Location())
	if err != nil {
		t.Fatal(err)
	}
	alike("opened", opened)
}

func encoded(t interface{ Fatal(...any) }, r report.Report) string {
	data, err := report.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The counts add up: verdicts to clocks, vendors to totals, strengths to the
// whole, and over all months every clock is counted exactly once.
func TestSumsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := time.UTC
		incidents := drawIncidents(t, z)
		clocks := 0
		for _, inc := range incidents {
			clocks += len(inc.Clocks)
		}
		counted := 0
		for _, label := range []string{"2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"} {
			p, err := report.Month(label, z, time.Date(2027, 1, 1, 0, 0, 0, 0, z))
			if err != nil {
				t.Fatal(err)
			}
			r := build(t, p, incidents)
			counted += r.Totals.Clocks
			var sum, incidentSum int
			for _, v := range r.Vendors {
				sum += verdicts(t, v.Counts)
				incidentSum += v.Incidents
			}
			if sum != r.Totals.Clocks || incidentSum != r.Totals.Incidents || verdicts(t, r.Totals.Counts) != sum {
				t.Fatalf("%s: the vendors add up to %d clocks and %d incidents, the totals say %+v", label, sum, incidentSum, r.Totals)
			}
			c := r.Totals.Compliance
			if c.Firm.Due+c.Target.Due+c.Other.Due != c.Due || c.Firm.Kept+c.Target.Kept+c.Other.Kept != c.Kept || c.Kept > c.Due {
				t.Fatalf("%s: strengths do not add up: %+v", label, c)
			}
			if !slices.IsSortedFunc(r.Cases, func(a, b report.Case) int {
				if a.Verdict == b.Verdict {
					return cmp.Compare(a.Due.UnixMilli(), b.Due.UnixMilli())
				}
				return 0
			}) {
				t.Fatal("cases are not in the order of their deadlines")
			}
		}
		if counted != clocks {
			t.Fatalf("%d clocks were counted over the months, %d exist", counted, clocks)
		}
	})
}

func verdicts(t *rapid.T, n report.Counts) int {
	sum := n.Met + n.Late + n.Overdue + n.NotProvable + n.NoCommitment + n.NotApplicable + n.Cancelled + n.Waived + n.Pending + n.Running
	if sum != n.Clocks || n.OverdueAssumed > n.Overdue {
		t.Fatalf("verdicts add up to %d: %+v", sum, n)
	}
	return sum
}
