package tracker_test

import (
	"strings"
	"testing"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
)

// kinds is a vendor with a promise about each kind but change.
func kinds(t testing.TB) *sla.Vendor {
	t.Helper()
	promise := func(id string, about sla.IncidentKind, start sla.Moment, due sla.Rule) *sla.Promise {
		return &sla.Promise{ID: id, Vendor: "acme", About: about, Strength: sla.Firm, Start: start, Due: due, Calendar: desk(t)}
	}
	yearly := sla.Rule{Op: sla.OpEvery, Args: []sla.Rule{{Op: sla.OpMonths, Count: 12}}}
	vendor := &sla.Vendor{ID: "acme", Promises: []*sla.Promise{
		promise("notice", "", sla.Occurred, sla.Rule{Op: sla.OpElapsed, Length: 6 * 3600e9}),
		promise("forerunner", sla.KindEvent, sla.Detected, sla.Rule{Op: sla.OpNone}),
		promise("weakness", sla.KindVulnerability, sla.Detected, sla.Rule{Op: sla.OpDays, Count: 3}),
		promise("week", sla.KindMaintenance, sla.Scheduled, sla.Rule{Op: sla.OpDays, Count: -7, Ends: sla.SameTime}),
		promise("deletion", sla.KindContractEnd, sla.Ended, sla.Rule{Op: sla.OpDays, Count: 30}),
		promise("assessment", sla.KindPeriodic, sla.Aware, yearly),
		promise("certificate", sla.KindPeriodic, sla.Aware, yearly),
	}}
	vendor.Promises[5].Anchor = calendar.NewDate(2026, 4, 1)
	return vendor
}

func newKinds(t testing.TB) *world {
	w := newWorld(t)
	w.Catalogue = sla.Catalogue{kinds(t)}
	return w
}

func (w *world) logKind(kind sla.IncidentKind, m sla.Moment, at string, notices ...string) sla.IncidentID {
	w.t.Helper()
	e := tracker.Entry{Kind: kind, Vendor: "acme", Title: "t"}
	if at != "" {
		e.Times[m] = sla.Stamp{At: w.at(at)}
	}
	for _, received := range notices {
		e.Notices = append(e.Notices, tracker.NoticeEntry{ReceivedAt: w.at(received)})
	}
	inc, err := w.Log(w.t.Context(), by("ueda"), e)
	if err != nil {
		w.t.Fatal(err)
	}
	return inc.ID
}

// The clock stands at 2026-06-10 10:00.
func TestAPromiseAppliesToItsKind(t *testing.T) {
	w := newKinds(t)
	w.wantClocks(w.logKind("", sla.Occurred, "2026-06-10 09:00"), " running 10T09:00 10T15:00")
	w.wantClocks(w.logKind(sla.KindEvent, sla.Detected, "2026-06-10 09:00"), " no_commitment 10T09:00")
	w.wantClocks(w.logKind(sla.KindVulnerability, sla.Detected, "2026-06-10 09:00"), " running 10T09:00 14T00:00")
	w.wantClocks(w.logKind(sla.KindChange, sla.Scheduled, "2026-06-10 09:00"))
	if inc := w.read(1); inc.Kind != sla.KindIncident {
		t.Errorf("an incident without a kind is of the kind %q", inc.Kind)
	}
}

// Announced 3 days ahead where 7 are promised, and 7 days ahead to the second.
func TestLeads(t *testing.T) {
	w := newKinds(t)
	short := w.logKind(sla.KindMaintenance, sla.Scheduled, "2026-06-13 10:00", "2026-06-10 10:00")
	w.wantClocks(short, " late 13T10:00 06T10:00+")
	w.wantClocks(w.logKind(sla.KindMaintenance, sla.Scheduled, "2026-06-16 22:00", "2026-06-09 22:00"), " met 16T22:00 09T22:00")
	if lead, ok := w.read(short).Clocks[0].Lead(); !ok || lead.Given != 72*3600e9 || lead.Promised != 168*3600e9 {
		t.Errorf("lead %+v %v, want 72 h of 168 h", lead, ok)
	}
	ahead := w.logKind(sla.KindMaintenance, sla.Scheduled, "2026-06-20 10:00")
	w.wantClocks(ahead, " running 20T10:00 13T10:00")
	w.Policies = policy.Policies{{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}, {Before: 24 * 3600e9}}}}
	w.set("2026-06-11 10:00")
	w.wantClocks(ahead, " running 20T10:00 13T10:00")
	if err := w.Adopt(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.set("2026-06-12 10:00") // a day before the announcement is due
	w.wantClocks(ahead, " at_risk 20T10:00 13T10:00")
	w.set("2026-06-13 10:00:01")
	w.wantClocks(ahead, " overdue 20T10:00 13T10:00+")
}

// 30 days from the day after 2026-05-31 end with 2026-06-30.
func TestContractEnd(t *testing.T) {
	w := newKinds(t)
	id := w.logKind(sla.KindContractEnd, sla.Ended, "2026-05-31 18:00")
	w.wantClocks(id, " running 31T18:00 01T00:00")
	if due := w.read(id).Clocks[0].Due; !due.Equal(w.at("2026-07-01 00:00")) {
		t.Errorf("due %s", due)
	}
	_, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{ReceivedAt: w.at("2026-05-30 12:00")})
	if err == nil || !strings.Contains(err.Error(), "lies before ended_at") {
		t.Errorf("a certificate of before the end: %v", err)
	}
	w.hear(id, "2026-06-29 12:00", "")
	w.wantClocks(id, " met 31T18:00 01T00:00")
}

// The assessment counts from its anchor, the certificate from the first evidence.
func TestPeriodicRounds(t *testing.T) {
	w := newKinds(t)
	id := w.logKind(sla.KindPeriodic, 0, "")
	w.wantClocks(id, "assessment running 01T00:00 02T00:00", "certificate pending")
	if c := w.read(id).Clocks[0]; !c.Due.Equal(w.at("2027-04-02 00:00")) || c.StartsFrom() != sla.MomentAnchor {
		t.Errorf("the first round is due %s, from %s", c.Due, c.StartsFrom())
	}
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{}); err == nil || !strings.Contains(err.Error(), "use one of assessment, certificate") {
		t.Errorf("evidence of no promise: %v", err)
	}
	w.hear(id, "2026-03-20 09:00", "assessment") // before the anchor: of the year before
	w.hear(id, "2026-06-15 09:00", "certificate")
	w.wantClocks(id, "assessment running 01T00:00 02T00:00", "certificate running 15T09:00 16T00:00")
	w.hear(id, "2027-04-10 09:00", "assessment")
	w.wantClocks(id, "assessment late 01T00:00 02T00:00+", "certificate at_risk 15T09:00 16T00:00", "assessment#2 running 10T09:00 11T00:00")
	w.hear(id, "2027-06-01 09:00", "certificate")
	clocks := w.read(id).Clocks
	if c := clocks[3]; c.Stage != "certificate#2" || !c.Due.Equal(w.at("2028-06-02 00:00")) || clocks[1].State != sla.Met || c.StartsFrom() != sla.MomentNotice {
		t.Errorf("%+v after %s", c, clocks[1].State)
	}
}

// TestRoundsAreKept: kigen opens what has an anchor, once, adds promises that come later,
// and leaves alone what a person has ended.
func TestRoundsAreKept(t *testing.T) {
	w := newKinds(t)
	keep := func() {
		t.Helper()
		err := w.KeepRounds(t.Context(), w.db, func(v *sla.Vendor) string { return "duties of " + v.ID })
		if err != nil {
			t.Fatal(err)
		}
	}
	certificate := w.Catalogue[0].Promises[6]
	w.Catalogue[0].Promises = w.Catalogue[0].Promises[:6]
	keep()
	keep()
	w.wantClocks(1, "assessment running 01T00:00 02T00:00")
	if inc := w.read(1); inc.Title != "duties of acme" || inc.Kind != sla.KindPeriodic {
		t.Errorf("%q of the kind %s", inc.Title, inc.Kind)
	}
	w.Catalogue[0].Promises = append(w.Catalogue[0].Promises, certificate)
	keep()
	w.wantClocks(1, "assessment running 01T00:00 02T00:00", "certificate pending")
	if _, err := w.Cancel(t.Context(), by("ueda"), 1, "the contract ended"); err != nil {
		t.Fatal(err)
	}
	keep()
	page, err := w.db.List(t.Context(), tracker.Query{Kind: sla.KindPeriodic})
	if err != nil || len(page.Incidents) != 1 {
		t.Errorf("%d incidents, %v", len(page.Incidents), err)
	}
}

// TestMomentsOfAKind: an error names the field, the value and what would be right.
func TestMomentsOfAKind(t *testing.T) {
	w := newKinds(t)
	for name, test := range map[string]struct {
		kind sla.IncidentKind
		m    sla.Moment
		at   string
		want string
	}{
		"a maintenance without its start":  {sla.KindMaintenance, sla.Aware, "2026-06-10 09:00", `scheduled_at "": is required for the kind maintenance: give when a maintenance or change is planned to begin`},
		"a maintenance that was detected":  {sla.KindMaintenance, sla.Detected, "2026-06-10 09:00", `detected_at "2026-06-10T09:00:00+09:00": an incident of kind maintenance has no such moment: use scheduled_at, aware_at, requested_at, or log it as another kind`},
		"an incident that was planned":     {sla.KindIncident, sla.Scheduled, "2026-06-20 09:00", `scheduled_at "2026-06-20T09:00:00+09:00": an incident of kind incident has no such moment`},
		"a contract end without its end":   {sla.KindContractEnd, sla.Aware, "2026-06-10 09:00", `ended_at "": is required`},
		"an unknown kind":                  {"outage", sla.Aware, "2026-06-10 09:00", `kind "outage": is not known: use incident, event, vulnerability, maintenance, change, contract_end or periodic`},
		"a periodic one that was detected": {sla.KindPeriodic, sla.Detected, "2026-06-10 09:00", `use aware_at, requested_at, or log it as another kind`},
	} {
		e := tracker.Entry{Kind: test.kind, Vendor: "acme", Title: "t"}
		e.Times[test.m] = sla.Stamp{At: w.at(test.at)}
		_, err := w.Log(t.Context(), by("ueda"), e)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v\nwant %s", name, err, test.want)
		}
	}
	id := w.logKind(sla.KindMaintenance, sla.Scheduled, "2026-06-20 09:00")
	_, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Times: map[sla.Moment]sla.Stamp{sla.Scheduled: {}}})
	if err == nil || !strings.Contains(err.Error(), "scheduled_at") {
		t.Errorf("its start was taken away: %v", err)
	}
}
