package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/register"
)

var (
	inADay   = sla.Rule{Op: sla.OpElapsed, Length: 24 * time.Hour}
	asNeeded = sla.Rule{Op: sla.OpNone}
)

func day(year int, month time.Month, day int) calendar.Date {
	return calendar.NewDate(year, month, day)
}

// covered shortens a coverage to a line for each service.
func covered(v *sla.Vendor, on calendar.Date) string {
	var lines []string
	for _, c := range register.Coverage(v, on) {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(c.Service, ": ", c.Kinds, " ", c.Notice)))
	}
	return strings.Join(lines, "\n")
}

func TestCoverageByHand(t *testing.T) {
	of := func(services ...string) sla.Gate { return sla.Gate{Service: services} }
	v := &sla.Vendor{ID: "acme", Services: []string{"Mail", "Cloud", "Chat", "Old"}, Promises: []*sla.Promise{
		{ID: "maintenance", About: sla.KindMaintenance, Due: inADay, Gate: of("Cloud", "Mail")},
		{ID: "mail", Due: inADay, Gate: sla.Gate{Service: []string{"Mail"}, Impact: []sla.Impact{sla.ImpactSerious}}},
		{ID: "mail-as-needed", Due: asNeeded, Gate: of("Mail")},
		{ID: "cloud", Due: asNeeded, Gate: of("Cloud"), From: day(2026, 4, 1)},
		{ID: "chat", Stages: []sla.Stage{{ID: "first", Due: asNeeded}, {ID: "report", After: "first", Due: inADay}}, Gate: of("Chat"), To: day(2026, 3, 31)},
		{ID: "chat", Stages: []sla.Stage{{ID: "first", Due: asNeeded}}, Gate: of("Chat"), From: day(2026, 4, 1)},
	}}
	for on, want := range map[calendar.Date]string{
		day(2026, 3, 31): "Mail: [incident maintenance] timed\nCloud: [maintenance] nothing\nChat: [incident] timed\nOld: [] nothing",
		day(2026, 4, 1):  "Mail: [incident maintenance] timed\nCloud: [incident maintenance] as_needed\nChat: [incident] as_needed\nOld: [] nothing",
	} {
		if got := covered(v, on); got != want {
			t.Errorf("on %s:\n%s\nwant\n%s", on, got, want)
		}
	}
}

func TestCoverageOfAVendorWithoutServices(t *testing.T) {
	if got := covered(&sla.Vendor{ID: "acme"}, day(2026, 5, 1)); got != ": [] nothing" {
		t.Errorf("no promise: %s", got)
	}
	bySeverity := func(rest sla.Rule) sla.Rule {
		return sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{{Value: "low", Rule: asNeeded}, {Rule: rest}}}
	}
	for want, due := range map[string]sla.Rule{": [incident] timed": bySeverity(inADay), ": [incident] as_needed": bySeverity(asNeeded)} {
		v := &sla.Vendor{ID: "acme", Promises: []*sla.Promise{{ID: "notice", Due: due}}}
		if got := covered(v, day(2026, 5, 1)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	hours := sla.Rule{Op: sla.OpHours, Args: []sla.Rule{inADay, asNeeded}}
	if got := covered(&sla.Vendor{Promises: []*sla.Promise{{Due: hours}}}, day(2026, 5, 1)); got != ": [incident] timed" {
		t.Errorf("by hours: %s", got)
	}
}

// TestCoverageEqualsTheClocks: a service is covered by a promise exactly if an incident at
// it, about which nothing else is known, has a deadline.
func TestCoverageEqualsTheClocks(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{ID: "always", Zone: tokyo, FirstYear: 2025, LastYear: 2027, Holidays: calendar.Holidays{}}
	for d := range spec.Weekly {
		spec.Weekly[d] = []calendar.Span{{Open: 0, Close: 24 * 60}}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	services := []string{"Mail", "mail", "Chat"}
	rapid.Check(t, func(t *rapid.T) {
		v := &sla.Vendor{ID: "acme", Services: services[:rapid.IntRange(0, 3).Draw(t, "services")]}
		for i := range rapid.IntRange(0, 4).Draw(t, "promises") {
			p := &sla.Promise{ID: fmt.Sprint(i), Vendor: "acme", Start: sla.Detected, Calendar: cal, Due: inADay}
			p.About = rapid.SampledFrom([]sla.IncidentKind{"", sla.KindIncident, sla.KindVulnerability}).Draw(t, "about")
			if rapid.Bool().Draw(t, "as needed") {
				p.Due = asNeeded
			}
			if len(v.Services) > 0 {
				p.Gate.Service = rapid.SliceOfNDistinct(rapid.SampledFrom(v.Services), 0, len(v.Services), rapid.ID).Draw(t, "gate")
			}
			if rapid.Bool().Draw(t, "ends") {
				p.To = day(2026, 5, rapid.IntRange(1, 4).Draw(t, "to"))
			}
			v.Promises = append(v.Promises, p)
		}
		for _, c := range register.Coverage(v, day(2026, 5, 2)) {
			var facts sla.Facts
			facts.Service = c.Service
			facts.Times[sla.Detected] = sla.Stamp{At: time.Date(2026, 5, 2, 12, 0, 0, 0, tokyo), Basis: sla.Stated}
			kinds, notice := map[sla.IncidentKind]bool{}, register.PromisedNothing
			for _, p := range v.Promises {
				d, err := p.Deadline(&facts)
				if err != nil {
					t.Fatal(err)
				}
				if d.State == sla.NotApplicable {
					continue
				}
				kinds[p.KindOf()] = true
				if p.KindOf() == sla.KindIncident && (d.State == sla.Running || notice == register.PromisedNothing) {
					notice = map[bool]register.Promised{true: register.PromisedTimed, false: register.PromisedAsNeeded}[d.State == sla.Running]
				}
			}
			if len(kinds) != len(c.Kinds) || slices.ContainsFunc(c.Kinds, func(k sla.IncidentKind) bool { return !kinds[k] }) || c.Notice != notice {
				t.Fatalf("%q is covered for %v, %s; its clocks say %v, %s", c.Service, c.Kinds, c.Notice, kinds, notice)
			}
		}
	})
}
