package policy_test

import (
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/policy"
)

// Duties of ours go to the legal team, maintenance does not go to the pager, and
// the message about a new incident goes to whoever hears of any of its clocks.
func TestPoliciesByKindAndDuty(t *testing.T) {
	ps := policy.Policies{
		{To: []string{"pager"}, When: policy.Match{About: []sla.IncidentKind{sla.KindIncident}, OwedBy: []policy.Debtor{policy.OwedByVendor}}},
		{To: []string{"legal"}, Logged: true, When: policy.Match{OwedBy: []policy.Debtor{policy.OwedByUs}}},
		{To: []string{"tokyo"}, Logged: true, When: policy.Match{Duty: []string{"jp-appi"}}},
		{To: []string{"soc"}, Except: policy.Match{About: []sla.IncidentKind{sla.KindMaintenance}}},
	}
	theirs := sla.Clock{Promise: "incident-notice"}
	gdpr, appi := sla.Clock{Promise: sla.RegimePromise("eu-gdpr")}, sla.Clock{Promise: sla.RegimePromise("jp-appi")}
	for _, e := range []struct {
		kind  sla.IncidentKind
		clock sla.Clock
		want  []string
	}{
		{"", theirs, []string{"pager", "soc"}}, // an incident of a version without kinds
		{sla.KindIncident, theirs, []string{"pager", "soc"}},
		{sla.KindIncident, gdpr, []string{"legal", "soc"}},
		{sla.KindIncident, appi, []string{"legal", "tokyo", "soc"}},
		{sla.KindMaintenance, theirs, nil},
		{sla.KindMaintenance, appi, []string{"legal", "tokyo"}},
	} {
		var told []string
		for _, p := range ps.For(&sla.Incident{Kind: e.kind}, &e.clock) {
			told = append(told, p.To...)
		}
		if !slices.Equal(told, e.want) {
			t.Errorf("%s of a %q goes to %v, want %v", e.clock.Promise, e.kind, told, e.want)
		}
	}
	logged := func(inc *sla.Incident) (told []string) {
		for _, p := range ps.Logged(inc, time.Time{}) {
			told = append(told, p.To...)
		}
		return told
	}
	inc := &sla.Incident{Clocks: []sla.Clock{theirs}, Duties: []sla.Clock{gdpr}}
	if got := logged(inc); !slices.Equal(got, []string{"legal"}) {
		t.Errorf("the new incident goes to %v", got)
	}
	if got := logged(&sla.Incident{Duties: []sla.Clock{gdpr}}); got != nil {
		t.Errorf("a new incident without a promise goes to %v", got)
	}
}

// A policy without the conditions of this version has the fingerprint that an older
// version stored, so that an upgrade does not plan every clock anew.
func TestFingerprintOfOlderPoliciesStays(t *testing.T) {
	ps := policy.Policies{{To: []string{"soc"}, When: policy.Match{Severity: []sla.Severity{sla.SeverityCritical}}, Repeat: time.Hour}}
	const stored = "bab03c44de8534f3254b84b8677451eb77d74facad7335784fd84b5bab968085"
	if got := ps.Fingerprint(); got != stored {
		t.Errorf("fingerprint %s, want %s", got, stored)
	}
	ps[0].When.About = []sla.IncidentKind{sla.KindIncident}
	about := ps.Fingerprint()
	ps[0].When.Duty = []string{"jp-appi"}
	if about == stored || ps.Fingerprint() == about {
		t.Error("a condition does not change the fingerprint")
	}
}
