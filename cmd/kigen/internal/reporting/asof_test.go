package reporting_test

import (
	"encoding/json"
	"testing"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
	"kigen/sla/report"
)

// cached gives the books a cache, as the daemon has one.
func (b *books) cached() {
	b.Renderings = reporting.NewRenderings()
	b.t.Cleanup(func() {
		if err := b.Renderings.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

func (b *books) model(label string) (r report.Report) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.rendered(reporting.Request{Period: label, Format: "json", Lang: "ja"})), &r); err != nil {
		b.t.Fatal(err)
	}
	return r
}

// An open clock becomes overdue by the passing of time alone: a report made before its
// deadline does not serve a request after it, even where no daemon has recorded the
// step.
func TestADeadlinePassesWithoutAWrite(t *testing.T) {
	b := newBooks(t)
	b.cached()
	b.log("sotas", sla.Occurred, instant(t, "2026-10-05T10:00:00+09:00")) // due 16:00
	b.now = instant(t, "2026-10-05T15:59:30+09:00")
	before := b.model("2026-10")
	if got := before.Period.AsOf.Format("15:04"); before.Totals.Running != 1 || before.Totals.Overdue != 0 || got != "15:59" {
		t.Fatalf("before: %+v as of %s", before.Totals.Counts, got)
	}
	b.now = instant(t, "2026-10-05T16:00:00+09:00") // still in time
	if at := b.model("2026-10"); at.Totals.Running != 1 {
		t.Errorf("at the deadline: %+v", at.Totals.Counts)
	}
	b.now = instant(t, "2026-10-05T16:01:00+09:00")
	after := b.model("2026-10")
	if got := after.Period.AsOf.Format("15:04"); after.Totals.Running != 0 || after.Totals.Overdue != 1 || got != "16:01" {
		t.Errorf("after: %+v as of %s", after.Totals.Counts, got)
	}
	if len(after.Cases) != 1 || after.Cases[0].Verdict != report.Overdue || after.Totals.Compliance.Due != 1 {
		t.Errorf("cases %+v of %+v", after.Cases, after.Totals.Compliance)
	}
	if last := after.Trend[len(after.Trend)-1]; last.Month != "2026-10" || last.Total.Due != 1 {
		t.Errorf("trend %+v", last)
	}
	year, err := b.Year(t.Context(), 2026)
	if err != nil || year.Periods[0].Due != 1 {
		t.Errorf("list of the year: %+v, %v", year, err)
	}
}

// What no daemon has recorded as overdue is carried into the next month all the same,
// and a kept edition says so.
func TestASilentMonthIsCarriedOverWithoutAWrite(t *testing.T) {
	b := newBooks(t)
	b.cached()
	b.log("sotas", sla.Occurred, instant(t, "2026-10-05T10:00:00+09:00"))
	b.now = instant(t, "2026-11-02T09:00:00+09:00")
	if n, isNew := b.freeze("2026-10"); n != 1 || !isNew {
		t.Fatalf("edition %d, %v", n, isNew)
	}
	r := b.model("2026-11")
	if len(r.CarriedOver) != 1 || r.CarriedOver[0].Verdict != report.Overdue {
		t.Errorf("carried over: %+v", r.CarriedOver)
	}
	b.wait(instant(t, "2026-11-02T09:05:00+09:00"))
	if october := b.model("2026-10"); october.Totals.Overdue != 1 || october.SinceEdition.Changed() {
		t.Errorf("the record of the step changed the report: %+v", october.SinceEdition)
	}
}

// A finished month is rendered once, however late it is asked for.
func TestAFinishedMonthStaysCached(t *testing.T) {
	b := newBooks(t)
	b.october()
	b.now = instant(t, "2026-11-05T09:00:00+09:00")
	october, err := report.ParsePeriod("2026-10", b.Zone, b.now)
	if err != nil {
		t.Fatal(err)
	}
	days, err := report.ParsePeriod("2026-11-01..2026-11-03", b.Zone, b.now)
	if err != nil {
		t.Fatal(err)
	}
	later := b.now.AddDate(0, 0, 9)
	if reporting.Minute(october, b.now) != reporting.Minute(october, later) {
		t.Error("the month is rendered anew each minute")
	}
	if reporting.Minute(days, b.now) == reporting.Minute(days, later) {
		t.Error("the trend of the running month is kept")
	}
}
