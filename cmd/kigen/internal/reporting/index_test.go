package reporting_test

import (
	"fmt"
	"slices"
	"testing"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// The list of a year agrees with the reports of its periods, which are counted
// in another way.
func TestTheYearsListAgreesWithTheReports(t *testing.T) {
	b := newBooks(t)
	b.october()
	b.log("cybertrust", sla.Aware, instant(t, "2026-11-30T10:00:00+09:00"))   // nothing promised
	b.log("sotas", sla.Occurred, instant(t, "2026-12-31T17:00:00+09:00"))     // due in the new year
	b.log("sustaina", sla.Confirmed, instant(t, "2026-12-01T00:00:00+09:00")) // a target
	b.wait(instant(t, "2027-02-03T09:00:00+09:00"))
	if _, _, err := b.Freeze(t.Context(), "2026-10"); err != nil {
		t.Fatal(err)
	}
	for _, year := range []int{2026, 2027} {
		list, err := b.Year(t.Context(), year)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(list.Years, []int{2027, 2026}) || list.Year != year {
			t.Errorf("%d: years %v", list.Year, list.Years)
		}
		var labels []string
		for _, e := range list.Periods {
			labels = append(labels, e.Label)
			b.checkEntry(&e)
		}
		if want := wantLabels(year); !slices.Equal(labels, want) {
			t.Errorf("listed %q, want %q", labels, want)
		}
	}
	if _, err := b.Year(t.Context(), 2028); err == nil {
		t.Error("a year that has not begun is listed")
	}
}

func (b *books) checkEntry(e *reporting.ReportEntry) {
	b.t.Helper()
	p, err := report.ParsePeriod(e.Label, b.Zone, b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := b.Of(b.t.Context(), p)
	if err != nil {
		b.t.Fatal(err)
	}
	if share := r.Totals.Compliance.Share; share.Due != e.Due || share.Kept != e.Kept || (e.Clocks == 0) != (r.Totals.Incidents == 0) {
		b.t.Errorf("%s: %+v, the report says %d of %d and %d incidents", e.Label, e, share.Kept, share.Due, r.Totals.Incidents)
	}
	if want := e.Label == "2026-10"; want != (e.Edition == 1) || e.Finished != r.Period.Finished || e.Kind != string(r.Period.Kind) {
		b.t.Errorf("%+v", e)
	}
}

// wantLabels are the periods that have begun on 3 February 2027.
func wantLabels(year int) (labels []string) {
	if year == 2027 {
		return []string{"2027", "2027-Q1", "2027-02", "2027-01"}
	}
	labels = []string{"2026"}
	for quarter := 4; quarter >= 1; quarter-- {
		labels = append(labels, fmt.Sprintf("2026-Q%d", quarter))
		for month := 3 * quarter; month > 3*quarter-3; month-- {
			labels = append(labels, fmt.Sprintf("2026-%02d", month))
		}
	}
	return labels
}

func TestAPeriodsShelf(t *testing.T) {
	b := newBooks(t)
	_, silent := b.october()
	for range 2 {
		b.freeze("2026-10")
		b.notice(silent.ID, instant(t, "2026-11-05T10:00:00+09:00"))
		b.freeze("2026-10")
	}
	page, err := b.Page(t.Context(), "2026-10", "", "en")
	if err != nil {
		t.Fatal(err)
	}
	if page.Name != "Monthly report October 2026" || page.Next != "2026-11" || len(page.Editions) < 2 {
		t.Errorf("page %+v", page)
	}
	editions, err := b.Verify(t.Context(), "2026-10")
	if err != nil || len(editions) != len(page.Editions) {
		t.Fatalf("%d editions, the page has %d (%v)", len(editions), len(page.Editions), err)
	}
	for i, e := range page.Editions {
		if kept := editions[len(editions)-1-i]; e.Number != kept.Number || e.SHA256 != kept.SHA256 || !e.MadeAt.Equal(kept.MadeAt) {
			t.Errorf("edition %+v, kept as %d of %s", e, kept.Number, kept.SHA256)
		}
	}
	for _, label := range []string{"2026-12", "x"} {
		if _, err := b.Page(t.Context(), label, "", "ja"); err == nil {
			t.Errorf("there is a page of %s", label)
		} else if _, invalid := tracker.AsInvalid(err); !invalid {
			t.Errorf("%s: %v", label, err)
		}
	}
	first, second := reporting.Request{Period: "2026-10", Format: "json", Lang: "en", Edition: 1}, reporting.Request{Period: "2026-10", Format: "json", Lang: "en", Edition: 2}
	if b.rendered(first) == b.rendered(second) {
		t.Error("two editions are one")
	}
	if _, _, err := b.Bytes(t.Context(), reporting.Request{Period: "2026-10", Format: "json", Lang: "en", Edition: 9}); err == nil {
		t.Error("there is a ninth edition")
	}
}
