package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/policy"
)

const gated = `
calendars:
  office: {hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
destinations:
  soc: {console: {}}
  lead: {quiet: {outside: office}, console: {}}
alerts:
  - {to: soc, logged: true, when: {vendor: sotas, service: [Sotas工程管理], severity: [critical, unknown], impact: [serious], strength: firm}, repeat: 15m}
  - {to: [lead], except: {vendor: [sotas, cybertrust]}, after: 2h}
  - {to: [lead], logged: false, when: {service: [anything]}}
vendors:
  - {id: free, name: Free, promises: [{id: p, source: {document: d}, strength: firm, start: detected, due: 24h}]}
`

// TestGates reads every key of a policy, one value alone with brackets and
// without. Where a vendor lists no services, any name of one will do.
func TestGates(t *testing.T) {
	c := parse(t, gated)
	want := policy.Policies{
		{To: []string{"soc"}, Logged: true, Repeat: 15 * time.Minute, Quiet: c.Quiet, When: policy.Match{
			Vendor: []string{"sotas"}, Service: []string{"Sotas工程管理"},
			Severity: []sla.Severity{sla.SeverityCritical, ""},
			Impact:   []sla.Impact{sla.ImpactSerious}, Strength: []sla.Strength{sla.Firm},
		}},
		{To: []string{"lead"}, After: 2 * time.Hour, Quiet: c.Quiet, Except: policy.Match{Vendor: []string{"sotas", "cybertrust"}}},
		{To: []string{"lead"}, Quiet: c.Quiet, When: policy.Match{Service: []string{"anything"}}},
	}
	if !reflect.DeepEqual(c.Alerts, want) {
		t.Errorf("alerts are %+v\nwant %+v", c.Alerts, want)
	}
}

// Maintenance stays away from the pager, and our own duties go to who submits them.
func TestGatesByKindAndDuty(t *testing.T) {
	c := parse(t, `
duties: [jp-appi, eu-gdpr]
destinations: {pager: {console: {}}, legal: {console: {}}, tokyo: {console: {}}}
alerts:
  - {to: pager, except: {about: [maintenance, change], owed_by: us}}
  - {to: pager, when: {about: incident, owed_by: vendor}}
  - {to: legal, when: {owed_by: [us]}, warn: [50%]}
  - {to: tokyo, when: {duty: jp-appi}}
`)
	want := policy.Policies{
		{To: []string{"pager"}, Quiet: c.Quiet, Except: policy.Match{About: []sla.IncidentKind{sla.KindMaintenance, sla.KindChange}, OwedBy: []policy.Debtor{policy.OwedByUs}}},
		{To: []string{"pager"}, Quiet: c.Quiet, When: policy.Match{About: []sla.IncidentKind{sla.KindIncident}, OwedBy: []policy.Debtor{policy.OwedByVendor}}},
		{To: []string{"legal"}, Quiet: c.Quiet, Warn: []policy.Lead{{Share: .5}}, When: policy.Match{OwedBy: []policy.Debtor{policy.OwedByUs}}},
		{To: []string{"tokyo"}, Quiet: c.Quiet, When: policy.Match{Duty: []string{"jp-appi"}}},
	}
	if !reflect.DeepEqual(c.Alerts, want) {
		t.Errorf("alerts are %+v\nwant %+v", c.Alerts, want)
	}
	var shown strings.Builder
	if err := c.Print(&shown); err != nil {
		t.Fatal(err)
	}
	again, err := config.Parse("", []byte(shown.String()), nil)
	if err != nil || again.Alerts.Fingerprint() != c.Alerts.Fingerprint() {
		t.Errorf("what is printed reads otherwise: %v\n%s", err, &shown)
	}
}

// TestQuietHours: the lead is left alone outside the calendar's hours, the SOC
// never; the calendar's zone is the configured one.
func TestQuietHours(t *testing.T) {
	c := parse(t, gated)
	if len(c.Quiet) != 1 || c.Quiet["lead"] == nil || c.Destinations["lead"].Kind.Name() != "console" {
		t.Fatalf("quiet is %v", c.Quiet)
	}
	friday := time.Date(2026, time.May, 1, 18, 0, 0, 0, c.Timezone) // before the May holidays
	if got, want := c.Quiet.Release("lead", friday), time.Date(2026, time.May, 7, 9, 0, 0, 0, c.Timezone); !got.Equal(want) {
		t.Errorf("what can wait on Friday evening is told at %s, want %s", got, want)
	}
	var shown strings.Builder
	if err := c.Print(&shown); err != nil {
		t.Fatal(err)
	}
	if printed := shown.String(); !strings.Contains(printed, "outside: office") || !strings.Contains(printed, "logged: true") {
		t.Errorf("printed\n%s", printed)
	}
	if again, err := config.Parse("", []byte(shown.String()), nil); err != nil || again.Alerts.Fingerprint() != c.Alerts.Fingerprint() {
		t.Errorf("what is printed reads otherwise: %v", err)
	}
}
