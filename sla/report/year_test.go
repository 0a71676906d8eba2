package report_test

import (
	"fmt"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/report"
)

// A SOC's 2026 that is made from its answers: in month m,
//
//   - vendor a keeps 10+m firm promises of 24 hours; its notices take 1, 2, 3 …
//     times m minutes;
//   - vendor b is late m%3 times on targets of one hour, by 10 and 20 minutes;
//   - vendor b falls silent in March, June and September; what is due at the
//     end of June's last day is answered on 5 August, the others never are;
//   - vendor c promises no time and speaks twice after an hour; one incident
//     there is outside its gate, and in odd months one was none;
//   - one incident has no clock at all.
func year(t *testing.T) []*sla.Incident {
	t.Helper()
	var all []*sla.Incident
	add := func(vendor string, month int, c sla.Clock) {
		c.ID = sla.ClockID(len(all) + 1)
		inc := &sla.Incident{ID: sla.IncidentID(len(all) + 1), Vendor: vendor, Facts: sla.Facts{Service: "s"}, Title: "t", CancelReason: "none"}
		inc.Times[sla.Logged] = sla.Stamp{At: on(t, month, 10)}
		if c.State != "" {
			inc.Clocks = []sla.Clock{c}
		}
		all = append(all, inc)
	}
	promise := func(month int, state sla.State, strength sla.Strength, length, took time.Duration) sla.Clock {
		start := on(t, month, 10)
		c := sla.Clock{State: state, Start: sla.Start{At: start, Basis: sla.Stated}, Due: start.Add(length)}
		if took != 0 {
			c.NotifiedAt = start.Add(took)
		}
		c.Explanation.Strength = strength
		return c
	}
	for m := 1; m <= 12; m++ {
		for i := 1; i <= 10+m; i++ {
			add("a", m, promise(m, sla.Met, sla.Firm, 24*time.Hour, time.Duration(i*m)*time.Minute))
		}
		for i := 1; i <= m%3; i++ {
			add("b", m, promise(m, sla.Late, sla.Target, time.Hour, time.Hour+time.Duration(i)*10*time.Minute))
		}
		switch m {
		case 3, 9:
			add("b", m, promise(m, sla.Overdue, sla.Target, time.Hour, 0))
		case 6:
			june := promise(m, sla.Late, sla.Target, time.Hour, 0)
			june.Due, june.NotifiedAt = time.Date(2026, 7, 1, 0, 0, 0, 0, june.Start.At.Location()), on(t, 8, 5)
			add("b", m, june)
		}
		for range 2 {
			free := promise(m, sla.NoCommitment, sla.BestEffort, 0, time.Hour)
			free.Due = time.Time{}
			add("c", m, free)
		}
		add("c", m, promise(m, sla.NotApplicable, sla.Firm, time.Hour, 0))
		if m%2 == 1 {
			add("c", m, promise(m, sla.Cancelled, sla.Firm, time.Hour, 0))
		}
		add("c", m, sla.Clock{})
	}
	return all
}

// on is nine o'clock on a day of 2026.
func on(t *testing.T, month, day int) time.Time {
	t.Helper()
	return time.Date(2026, time.Month(month), day, 9, 0, 0, 0, zone(t, "Asia/Tokyo"))
}

func yearReport(t *testing.T, label string) report.Report {
	t.Helper()
	p, err := report.ParsePeriod(label, zone(t, "Asia/Tokyo"), instant(t, "2027-01-01T00:00:00+09:00"))
	if err != nil {
		t.Fatal(err)
	}
	return build(t, p, year(t))
}

func TestMonthsOfAKnownYear(t *testing.T) {
	carried := map[int]string{4: "3", 5: "3", 6: "3", 7: "3 6", 8: "3 6!", 9: "3", 10: "3 9", 11: "3 9", 12: "3 9"}
	for m := 1; m <= 12; m++ {
		r := yearReport(t, fmt.Sprintf("2026-%02d", m))
		n, late, silent := 10+m, m%3, 0
		switch m {
		case 3, 9:
			silent = 1
		case 6:
			late++
		}
		odd := m % 2
		want := report.Counts{Clocks: n + late + silent + 3 + odd, Met: n, Late: late, Overdue: silent, NoCommitment: 2, NotApplicable: 1, Cancelled: odd}
		if r.Totals.Counts != want || r.Totals.Incidents != want.Clocks+1 {
			t.Errorf("month %d: %+v, %d incidents; want %+v", m, r.Totals.Counts, r.Totals.Incidents, want)
		}
		c := r.Totals.Compliance
		if c.Kept != n || c.Due != n+late+silent || c.Firm.Kept != n || c.Firm.Due != n || c.Target.Kept != 0 || c.Target.Due != late+silent || c.Other.Due != 0 {
			t.Errorf("month %d: compliance %+v", m, c)
		}
		// Of m, 2m … nm minutes the median is m(n+1)/2, and nine in ten take at most m⌈0.9n⌉.
		a := r.Vendors[1]
		checkLengths(t, fmt.Sprintf("month %d, vendor a", m), a.TimeToNotice, n, 30*m*(n+1), 60*m*((9*n+9)/10), 60*m*n)
		if m%3 == 2 {
			checkLengths(t, fmt.Sprintf("month %d, lateness", m), r.Totals.Lateness, 2, 900, 1200, 1200)
		}
		checkCarried(t, r, carried[m])
		if m > 1 && (r.Previous.Totals.Met != n-1 || r.Change.Met != 1 || *a.Change.TimeToNotice != int64(30*m*(n+1)-30*(m-1)*n)) {
			t.Errorf("month %d: change %+v", m, r.Change)
		}
		if len(r.Uncommitted) != 1 || r.Uncommitted[0].Clocks != 2 || r.Uncommitted[0].Answered != 2 || *r.Uncommitted[0].TimeToNotice.Longest != 3600 {
			t.Errorf("month %d: uncommitted %+v", m, r.Uncommitted)
		}
		if len(r.Cases) != late+silent || len(r.Excluded) != 1+odd {
			t.Errorf("month %d: %d cases, %d excluded", m, len(r.Cases), len(r.Excluded))
		}
	}
}

func checkLengths(t *testing.T, what string, l report.Lengths, count, median, p90, longest int) {
	t.Helper()
	if got, want := lengthsOf(l), fmt.Sprintf("%d: %d %d %d", count, median, p90, longest); got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// checkCarried compares with the months that are carried over; one answered in
// the period has a mark.
func checkCarried(t *testing.T, r report.Report, want string) {
	t.Helper()
	got := ""
	for _, c := range r.CarriedOver {
		var month int
		if _, err := fmt.Sscanf(c.Month, "2026-%d", &month); err != nil {
			t.Fatal(err)
		}
		if got != "" {
			got += " "
		}
		got += fmt.Sprint(month)
		if c.Answered {
			got += "!"
		}
	}
	if got != want {
		t.Errorf("%s carries over %q, want %q", r.Period.Label, got, want)
	}
}

func TestTheKnownYearAsAWhole(t *testing.T) {
	r := yearReport(t, "2026")
	// Σ(10+m) = 198; Σ m%3 = 12 and one from June; two silent for ever; 24, 12 and 6 elsewhere.
	want := report.Counts{Clocks: 255, Met: 198, Late: 13, Overdue: 2, NoCommitment: 24, NotApplicable: 12, Cancelled: 6}
	if r.Totals.Counts != want || r.Totals.Incidents != 267 || r.Totals.Compliance.Due != 213 {
		t.Errorf("totals %+v, %d incidents, %d due", r.Totals.Counts, r.Totals.Incidents, r.Totals.Compliance.Due)
	}
	if rate := *r.Totals.Compliance.Rate; fmt.Sprintf("%.4f", rate) != "0.9296" {
		t.Errorf("rate %v, want 198/213", rate)
	}
	// Of b's thirteen: 600 s eight times, 1200 s four times, and June's 35 days and 9 hours.
	checkLengths(t, "lateness", r.Totals.Lateness, 13, 600, 1200, 35*86400+9*3600)
	if len(r.CarriedOver) != 0 || len(r.Cases) != 15 || r.Previous.Totals.Incidents != 0 || r.Change.Rate != nil {
		t.Errorf("%d carried over, %d cases, before %+v", len(r.CarriedOver), len(r.Cases), r.Previous.Totals)
	}
	for i, p := range r.Trend {
		m := i + 1
		month := yearReport(t, fmt.Sprintf("2026-%02d", m))
		if p.Month != month.Period.Label || p.Total.Kept != 10+m || p.Total.Due != month.Totals.Compliance.Due || *p.Total.Median != *month.Totals.TimeToNotice.Median {
			t.Errorf("trend of month %d: %+v", m, p)
		}
	}
	quarter := yearReport(t, "2026-Q3")
	if quarter.Totals.Met != 54 || quarter.Totals.Late != 3 || quarter.Totals.Overdue != 1 || quarter.Change.Met != 9 {
		t.Errorf("third quarter: %+v, change %+v", quarter.Totals.Counts, quarter.Change)
	}
	checkCarried(t, quarter, "3 6!")
}
