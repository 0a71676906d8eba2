package config_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"kigen/sla"
)

func TestOverrideChangesOnlyWhatItNames(t *testing.T) {
	before := notice(t, builtin(t), "sotas")
	c := parse(t, `vendors: [{id: sotas, contact: ir@sotas.example, promises: [{id: incident-notice, reading: next-business-date}]}]`)
	after := notice(t, c, "sotas")
	if after.Reading != "next-business-date" || after.Due.String() != after.Readings[1].Due.String() {
		t.Errorf("the reading in force is %q with %s", after.Reading, &after.Due)
	}
	if after.Source != before.Source || after.Start != before.Start || after.Strength != before.Strength || len(after.Readings) != 2 {
		t.Errorf("more than the reading changed: %+v", after)
	}
	vendor, _ := c.Catalogue.Vendor("sotas")
	if vendor.Contact != "ir@sotas.example" || vendor.Name.Ja != "Sotas株式会社" {
		t.Errorf("the vendor is %+v", vendor)
	}
}

func TestOverrideAddsClosures(t *testing.T) {
	c := parse(t, `vendors: [{id: tatsujin, calendar: {closures: [{from: 2026-04-30, to: 2026-05-01, name: 創立記念日}]}}]`)
	p := notice(t, c, "tatsujin")
	// 04-28 Tue; 04-29 昭和の日, the closures, the holidays; 05-07, 05-08, 05-11
	if got := deadline(t, p, "2026-04-28 16:00"); got != "2026-05-11 17:00:00" {
		t.Errorf("due %s", got)
	}
	if p.Calendar.Unpublished().Ja != "本組織の休業日" {
		t.Error("the calendar lost its unpublished closures")
	}
	if builtinHash := builtin(t).Calendars["tatsujin"].Hash(); builtinHash == p.Calendar.Hash() {
		t.Error("the calendar changed and its hash did not")
	}
}

// TestOverrideDueReplacesReadings: half of one rule and half of another would
// be a promise that nobody made.
func TestOverrideDueReplacesReadings(t *testing.T) {
	for yaml, want := range map[string]string{
		`due: 24h`: "24h",
		`due: {inside_hours: 4h, outside_hours: next_opening}`: "inside_hours: 4h; outside_hours: next_opening",
		`{readings: {strict: {due: 12h}}, reading: strict}`:    "12h",
	} {
		c := parse(t, "vendors: [{id: sotas, promises: [{id: incident-notice, "+inner(yaml)+"}]}]")
		p := notice(t, c, "sotas")
		if p.Due.String() != want {
			t.Errorf("%s: due is %s, want %s", yaml, &p.Due, want)
		}
	}
	c := parse(t, `vendors: [{id: sotas, promises: [{id: incident-notice, stages: [{id: first, due: 6h}]}]}]`)
	if p := notice(t, c, "sotas"); len(p.Stages) != 1 || len(p.Readings) != 0 || p.Reading != "" {
		t.Errorf("stages did not replace the readings: %+v", p)
	}
}

// inner takes the braces off a mapping.
func inner(yaml string) string {
	if yaml[0] == '{' {
		return yaml[1 : len(yaml)-1]
	}
	return yaml
}

// TestVersions: a promise with another effective date stands beside the
// built-in one, and the start decides which of them binds.
func TestVersions(t *testing.T) {
	c := parse(t, `
vendors:
  - id: sotas
    promises:
      - {id: incident-notice, effective: {from: 2027-04-01}, strength: firm, start: detected, due: 3h}
      - {id: incident-notice, effective: {from: 2024-09-01, to: 2027-03-31}, reading: next-business-date}
      - {id: maintenance, start: occurred, due: {before: {days: 7}}}
`)
	vendor, _ := c.Catalogue.Vendor("sotas")
	about := vendor.About(sla.KindIncident)
	if len(about) != 3 {
		t.Fatalf("%d promises about incidents, want two versions and a new one", len(about))
	}
	old, recent := about[0], about[1]
	if old.To != date(t, "2027-03-31") || old.Reading != "next-business-date" || old.Source.Quote == "" {
		t.Errorf("the built-in version is %+v", old)
	}
	if recent.Source.Quote != "" || len(recent.Readings) != 0 || recent.Due.String() != "3h" {
		t.Errorf("the new version took over words of the old one: %+v", recent)
	}
	for start, want := range map[string]*sla.Promise{"2027-03-31 23:59": old, "2027-04-01 00:00": recent} {
		var times sla.Times
		stamp := sla.Stamp{At: at(t, old.Calendar, start), Basis: sla.Stated}
		times[sla.Occurred], times[sla.Detected] = stamp, stamp
		if got := vendor.Applying(sla.KindIncident, &times); !slices.Contains(got, want) {
			t.Errorf("from %s another version binds", start)
		}
	}
}

func TestNullTakesAway(t *testing.T) {
	c := parse(t, `vendors: [{id: sustaina, promises: [{id: incident-notice, gate: null, channels: ~, source: {quote: null}}]}]`)
	p := notice(t, c, "sustaina")
	if p.Gate.Impact != nil || p.Channels.Any != nil || p.Source.Quote != "" || p.Source.Document == "" {
		t.Errorf("got %+v", p)
	}
}

// TestGateByService reads the services of a gate, alone with brackets and without, and
// printed and read again. An override replaces the whole gate.
func TestGateByService(t *testing.T) {
	file := `
vendors:
  - {id: sotas, promises: [{id: incident-notice, gate: {service: Sotas化学調査}}]}
  - {id: sustaina, promises: [{id: incident-notice, gate: {service: [ Sustaina Cloud ], impact: [none]}}]}
`
	for _, text := range []string{file, printedBy(t, parse(t, file))} {
		c := parse(t, text)
		for vendor, want := range map[string]sla.Gate{
			"sotas":    {Service: []string{"Sotas化学調査"}},
			"sustaina": {Service: []string{"Sustaina Cloud"}, Impact: []sla.Impact{sla.ImpactNone}},
		} {
			if got := notice(t, c, vendor).Gate; !reflect.DeepEqual(got, want) {
				t.Errorf("%s has the gate %+v, want %+v", vendor, got, want)
			}
		}
	}
}

func TestVendorCanUseASharedCalendar(t *testing.T) {
	c := parse(t, `
calendars: {desk: {hours: {mon-fri: "10:00-16:00"}, holidays: jp}}
vendors: [{id: tatsujin, calendar: desk}]
`)
	p := notice(t, c, "tatsujin")
	if p.Calendar != c.Calendars["desk"] {
		t.Error("the vendor kept its own calendar")
	}
	if got := deadline(t, p, "2026-04-28 16:00"); got != "2026-05-07 16:00:00" {
		t.Errorf("due %s, want the desk's close", got)
	}
}

// TestSameCalendarSameTerms: versions are kept by content, so loading twice
// must not make a new one.
func TestSameCalendarSameTerms(t *testing.T) {
	a, b := builtin(t), builtin(t)
	for i := range a.Catalogue {
		p, q := a.Catalogue[i].Promises[0], b.Catalogue[i].Promises[0]
		if p.Terms().Hash != q.Terms().Hash {
			t.Errorf("%s has other terms when it is loaded again", p.Vendor)
		}
	}
}

// TestVendorWithoutCalendar counts real hours in the configured zone.
func TestVendorWithoutCalendar(t *testing.T) {
	c := parse(t, "timezone: America/New_York\nvendors: [{id: acme, promises: [{id: incident-notice, start: detected, due: {days: 1}}]}]")
	p := notice(t, c, "acme")
	if zone := p.Calendar.Zone().String(); zone != "America/New_York" {
		t.Errorf("counts in %s", zone)
	}
	if got := deadline(t, p, "2026-03-07 12:00"); got != "2026-03-09 00:00:00" {
		t.Errorf("due %s", got)
	}
	if !p.Calendar.IsOpen(time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)) {
		t.Error("the stand-in calendar is not always open")
	}
}
