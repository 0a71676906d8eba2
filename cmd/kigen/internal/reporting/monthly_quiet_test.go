package reporting_test

import (
	"slices"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla/policy"
)

// TestMonthlyWaitsForTheOffice: the first of November 2026 is a Sunday. The
// lead's mail waits until Monday, also when all have to wait, and is raised
// once whatever happens in between.
func TestMonthlyWaitsForTheOffice(t *testing.T) {
	spec := calendar.Spec{ID: "office", Zone: zone(t, "Asia/Tokyo"), FirstYear: 2026, LastYear: 2027}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = []calendar.Span{{Open: 9*60 + 30, Close: 18 * 60}}
	}
	weekdays, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	const held = "report/2026-10/held/1793579400000 at 2026-11-02T09:30:00+09:00: report of 2026-10"
	for name, test := range map[string]struct {
		quiet     policy.Quiet
		soc, lead []string
	}{
		"one": {policy.Quiet{"lead": weekdays}, []string{octobers}, []string{held}},
		"all": {policy.Quiet{"lead": weekdays, "soc": weekdays}, []string{held}, []string{held}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.Quiet = test.quiet
			o.at(t, "2026-11-01T09:00:00+09:00")
			o.at(t, "2026-11-03T12:00:00+09:00")
			if soc, lead := o.sent(t, "soc"), o.sent(t, "lead"); !slices.Equal(soc, test.soc) || !slices.Equal(lead, test.lead) {
				t.Errorf("soc got %v, lead got %v", soc, lead)
			}
			if len(o.built) != 1 {
				t.Errorf("built %v", o.built)
			}
		})
	}
}
