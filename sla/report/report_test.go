package report_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/report/reporttest"
)

func vendors() sla.Catalogue {
	return sla.Catalogue{
		{ID: "b", Name: calendar.Text{Ja: "乙社", En: "B"}},
		{ID: "a", Name: calendar.Text{Ja: "甲社", En: "A"}},
		{ID: "c", Name: calendar.Text{Ja: "丙社", En: "C"}},
	}
}

func october(t testing.TB) report.Period {
	t.Helper()
	p, err := report.Month("2026-10", zone(t, "Asia/Tokyo"), instant(t, "2026-11-01T09:00:00+09:00"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// one is an incident of vendor a with one clock.
func one(c sla.Clock) *sla.Incident {
	return &sla.Incident{ID: 1, Vendor: "a", Title: "x", Clocks: []sla.Clock{c}}
}

func of(t testing.TB, incidents ...*sla.Incident) report.Report {
	t.Helper()
	return build(t, october(t), incidents)
}

func at(t testing.TB, day int, clock string) time.Time {
	t.Helper()
	wall, err := time.ParseInLocation("15:04:05", clock, zone(t, "Asia/Tokyo"))
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 10, day, wall.Hour(), wall.Minute(), wall.Second(), 0, wall.Location())
}

func TestEmptyMonthListsEveryVendor(t *testing.T) {
	r := of(t)
	if len(r.Vendors) != 3 || r.Vendors[0].ID != "b" || r.Vendors[2].ID != "c" {
		t.Fatalf("vendors = %+v, want the catalogue in its order", r.Vendors)
	}
	if r.Cases == nil || r.Totals.Incidents != 0 || r.Totals.Compliance.Rate != nil || r.Totals.TimeToNotice.Median != nil {
		t.Errorf("an empty month has figures: %+v", r)
	}
}

func TestAVendorOutsideTheCatalogueKeepsItsIncidents(t *testing.T) {
	gone := one(sla.Clock{State: sla.Met, Due: at(t, 2, "10:00:00")})
	gone.Vendor = "gone"
	r := of(t, gone)
	if len(r.Vendors) != 4 || r.Vendors[3].ID != "gone" || r.Vendors[3].Met != 1 || r.Totals.Met != 1 {
		t.Errorf("got %+v", r.Vendors)
	}
}

func TestAttribution(t *testing.T) {
	var none time.Time
	september := at(t, 0, "12:00:00")
	tests := []struct {
		name               string
		start, due, logged time.Time
		in                 bool
	}{
		{"due decides, not start", september, at(t, 1, "00:00:01"), september, true},
		{"due on the last second", september, at(t, 31, "23:59:59"), september, true},
		{"24:00 of the last day is the end of this month", at(t, 30, "12:00:00"), at(t, 32, "00:00:00"), at(t, 30, "12:00:00"), true},
		{"a millisecond later is not", at(t, 30, "12:00:00"), at(t, 32, "00:00:00").Add(time.Millisecond), at(t, 30, "12:00:00"), false},
		{"24:00 of the day before the first is the month before's", at(t, 1, "12:00:00"), at(t, 1, "00:00:00"), none, false},
		{"a millisecond later is not, either", september, at(t, 1, "00:00:00").Add(time.Millisecond), none, true},
		{"without a due the start", at(t, 1, "00:00:00"), none, september, true},
		{"start before", september, none, at(t, 3, "00:00:00"), false},
		{"without both the log", none, none, at(t, 3, "00:00:00"), true},
		{"logged before", none, none, september, false},
		{"an hour of the month in another zone only", none, none, at(t, 31, "23:30:00").Add(time.Hour), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inc := one(sla.Clock{State: sla.Running, Start: sla.Start{At: tt.start.UTC()}, Due: tt.due})
			inc.Times[sla.Logged] = sla.Stamp{At: tt.logged}
			if tt.start.IsZero() {
				inc.Clocks[0].Start.At = none
			}
			r := of(t, inc)
			if got := r.Totals.Clocks == 1 && r.Totals.Incidents == 1; got != tt.in {
				t.Errorf("counted = %v (%+v), want %v", got, r.Totals.Counts, tt.in)
			}
		})
	}
}

func TestAnIncidentWithoutClocksBelongsToItsLog(t *testing.T) {
	inc := &sla.Incident{ID: 1, Vendor: "a"}
	inc.Times[sla.Logged] = sla.Stamp{At: at(t, 3, "00:00:00")}
	if r := of(t, inc); r.Totals.Incidents != 1 || r.Totals.Clocks != 0 {
		t.Errorf("got %d incidents and %d clocks, want 1 and 0", r.Totals.Incidents, r.Totals.Clocks)
	}
}

func TestAssumedStartsAreNotHeldAgainstAVendor(t *testing.T) {
	due, after := at(t, 5, "10:00:00"), at(t, 5, "12:30:00")
	clock := func(state sla.State, basis sla.Basis) *sla.Incident {
		c := sla.Clock{State: state, Start: sla.Start{At: at(t, 4, "10:00:00"), Basis: basis}, Due: due}
		if state != sla.Overdue {
			c.NotifiedAt = after
		}
		return one(c)
	}
	r := of(t, clock(sla.Late, sla.Assumed), clock(sla.Overdue, sla.Assumed),
		clock(sla.Late, sla.Stated), clock(sla.Overdue, sla.Observed), clock(sla.Met, sla.Assumed))
	f := r.Totals
	if f.Late != 1 || f.NotProvable != 1 || f.Overdue != 2 || f.OverdueAssumed != 1 || f.Met != 1 {
		t.Errorf("counts = %+v", f.Counts)
	}
	if f.Compliance.Kept != 1 || f.Compliance.Due != 3 {
		t.Errorf("compliance = %d of %d, want 1 of 3", f.Compliance.Kept, f.Compliance.Due)
	}
	if f.Lateness.Count != 1 || *f.Lateness.Median != 9000 {
		t.Errorf("lateness = %+v, want the proven one alone", f.Lateness)
	}
	var order []report.Verdict
	for _, c := range r.Cases {
		order = append(order, c.Verdict)
	}
	want := []report.Verdict{report.Overdue, report.Overdue, report.Late, report.NotProvable}
	for i := range want {
		if i >= len(order) || order[i] != want[i] {
			t.Fatalf("cases = %v, want %v", order, want)
		}
	}
}

func TestACaseSaysWhatIsNeededToChase(t *testing.T) {
	explanation := sla.Explanation{Strength: sla.Firm, Source: sla.Source{Document: "SECURITY WHITE PAPER", Quote: "6時間以内"}, Rule: "6h"}
	inc := one(sla.Clock{
		ID: 7, Promise: "incident-notice", State: sla.Late, Explanation: explanation,
		Start: sla.Start{At: at(t, 5, "01:00:00").UTC(), From: sla.Occurred, Basis: sla.Stated},
		Due:   at(t, 5, "07:00:00").UTC(), NotifiedAt: at(t, 5, "07:00:01").UTC(),
	})
	inc.Service, inc.Reference = "S", "SOC-1"
	r := of(t, inc)
	if len(r.Cases) != 1 {
		t.Fatalf("%d cases, want 1", len(r.Cases))
	}
	c := r.Cases[0]
	if c.Incident != 1 || c.Vendor != "a" || c.VendorName.Ja != "甲社" || c.Service != "S" || c.Title != "x" ||
		c.Reference != "SOC-1" || c.Strength != sla.Firm || c.Clause.Quote != "6時間以内" || c.Explanation.Rule != "6h" {
		t.Errorf("case = %+v", c)
	}
	if got := c.Due.Format(time.RFC3339) + " " + c.NotifiedAt.Format(time.RFC3339); got != "2026-10-05T07:00:00+09:00 2026-10-05T07:00:01+09:00" {
		t.Errorf("instants are not in the zone of the report: %s", got)
	}
	if c.Lateness == nil || *c.Lateness != 1 {
		t.Errorf("lateness = %v, want 1 s", c.Lateness)
	}
}

// Stages of one incident may fall due together; a sort that is not stable
// must still give the same bytes each time.
func TestCasesOfOneIncidentKeepTheOrderOfTheirClocks(t *testing.T) {
	inc := one(sla.Clock{})
	inc.Clocks = nil
	for id := sla.ClockID(40); id > 0; id-- {
		inc.Clocks = append(inc.Clocks, sla.Clock{ID: id, Stage: strconv.Itoa(int(id)), State: sla.Overdue, Due: at(t, 5, "10:00:00")})
	}
	for i, c := range of(t, inc).Cases {
		if c.Stage != strconv.Itoa(i+1) {
			t.Fatalf("case %d is of clock %s", i+1, c.Stage)
		}
	}
}

func TestTimeToNotice(t *testing.T) {
	start := at(t, 5, "10:00:00")
	answered := func(state sla.State, after time.Duration) *sla.Incident {
		return one(sla.Clock{State: state, Start: sla.Start{At: start}, Due: start.Add(time.Hour), NotifiedAt: start.Add(after)})
	}
	tests := []struct {
		name                        string
		incidents                   []*sla.Incident
		count                       int
		median, ninetieth, furthest int64
	}{
		{"one", []*sla.Incident{answered(sla.Met, 90*time.Second)}, 1, 90, 90, 90},
		{"even: the mean of the middle two", []*sla.Incident{answered(sla.Met, 10*time.Second), answered(sla.Late, 21*time.Second)}, 2, 15, 21, 21},
		{"odd: the middle one", []*sla.Incident{answered(sla.Met, 9*time.Second), answered(sla.Met, time.Second), answered(sla.Met, 3*time.Second)}, 3, 3, 9, 9},
		{"nine in ten", []*sla.Incident{
			answered(sla.Met, 1e9), answered(sla.Met, 2e9), answered(sla.Met, 3e9), answered(sla.Met, 4e9), answered(sla.Met, 5e9),
			answered(sla.Met, 6e9), answered(sla.Met, 7e9), answered(sla.Met, 8e9), answered(sla.Met, 9e9), answered(sla.Met, 10e9)}, 10, 5, 9, 10},
		{"a notice before the start", []*sla.Incident{answered(sla.Met, -time.Hour)}, 1, 0, 0, 0},
		{"cancelled, waived and shut gates are not measured", []*sla.Incident{
			answered(sla.Met, 5*time.Second), answered(sla.Cancelled, time.Hour), answered(sla.Waived, time.Hour), answered(sla.NotApplicable, time.Hour)}, 1, 5, 5, 5},
		{"without a commitment too", []*sla.Incident{answered(sla.NoCommitment, 30*time.Second)}, 1, 30, 30, 30},
		{"silence is not measured", []*sla.Incident{answered(sla.Met, 5*time.Second), one(sla.Clock{State: sla.NoCommitment, Start: sla.Start{At: start}})}, 1, 5, 5, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := of(t, tt.incidents...).Totals.TimeToNotice
			if got.Count != tt.count || *got.Median != tt.median || *got.P90 != tt.ninetieth || *got.Longest != tt.furthest {
				t.Errorf("got %d: %d, %d, %d; want %d: %d, %d, %d", got.Count, *got.Median, *got.P90, *got.Longest, tt.count, tt.median, tt.ninetieth, tt.furthest)
			}
		})
	}
}

// A report over millions of incidents keeps only what the figures need.
func TestMakeKeepsNothingOfOtherMonths(t *testing.T) {
	elsewhere := one(sla.Clock{State: sla.Met, Due: at(t, 40, "10:00:00"), NotifiedAt: at(t, 40, "09:00:00")})
	s := &flood{incident: elsewhere}
	r := makeOf(t, s, report.Spec{Catalogue: vendors(), Period: october(t)})
	if grown := s.after - s.before; grown > 1<<17 {
		t.Errorf("a hundred thousand incidents of November left %d bytes", grown)
	}
	if r.Totals.Incidents != 0 {
		t.Errorf("counted %d", r.Totals.Incidents)
	}
}

// flood hands one incident over a hundred thousand times in every form, also
// where it was not asked for, and measures the heap around it.
type flood struct {
	reporttest.Source
	incident      *sla.Incident
	before, after int64
}

func (s *flood) Rows(_ context.Context, _, _ time.Time, yield func(*report.Row) error) error {
	s.before = heap()
	return s.often(func() error {
		row := report.RowOf(s.incident, &s.incident.Clocks[0])
		return yield(&row)
	})
}

func (s *flood) Silent(_ context.Context, _ time.Time, yield func(*sla.Incident) error) error {
	return s.often(func() error { return yield(s.incident) })
}

func (s *flood) Histories(_ context.Context, _ []sla.IncidentID, yield func(*report.History) error) error {
	err := s.often(func() error { return yield(&report.History{Incident: s.incident}) })
	s.after = heap()
	return err
}

func (s *flood) often(f func() error) error {
	for range 100_000 {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
