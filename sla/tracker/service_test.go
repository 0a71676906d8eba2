package tracker_test

import (
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// withPapers adds a vendor with a promise for each of its services, and one for all.
func withPapers(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	promise := func(id string, hours int, services ...string) *sla.Promise {
		return &sla.Promise{
			ID: id, Vendor: "papers", Strength: sla.Firm, Start: sla.Occurred, Calendar: desk(t),
			Due: sla.Rule{Op: sla.OpElapsed, Length: time.Duration(hours) * time.Hour}, Gate: sla.Gate{Service: services},
		}
	}
	w.Catalogue = append(w.Catalogue, &sla.Vendor{
		ID: "papers", Services: []string{"mail", "chat", "disk"},
		Promises: []*sla.Promise{promise("mail-notice", 4, "mail", "disk"), promise("chat-notice", 6, "chat"), promise("any-notice", 24)},
	})
	return w
}

// amendService names another service; the log, a preview and a replay agree with it.
func (w *world) amendService(id sla.IncidentID, service string, want ...sla.State) {
	w.t.Helper()
	if _, err := w.Amend(w.t.Context(), by("ueda"), id, tracker.Amendment{Service: &service}); err != nil {
		w.t.Fatal(err)
	}
	w.wantState(id, want...)
	if c := w.replay(); len(c.Differences) > 0 {
		w.t.Errorf("service %q: a replay differs: %q", service, differences(c))
	}
}

// TestServiceOpensAndShutsGates: an entry has the clocks of its service alone running, a
// preview shows the same ones, and a changed service reckons each clock anew.
func TestServiceOpensAndShutsGates(t *testing.T) {
	const run, shut = sla.Running, sla.NotApplicable
	w := withPapers(t)
	for _, test := range []struct {
		service string
		want    []sla.State
	}{
		{"", []sla.State{run, run, run}},
		{"mail", []sla.State{run, shut, run}},
		{" disk ", []sla.State{run, shut, run}},
		{"chat", []sla.State{shut, run, run}},
	} {
		service, want := test.service, test.want
		e := w.entry("papers", "2026-06-10 09:30")
		e.Service = service
		inc, err := w.Preview(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		var shown []sla.State
		for _, c := range inc.Clocks {
			shown = append(shown, c.State)
		}
		if !slices.Equal(shown, want) {
			t.Errorf("service %q: the preview shows %v, want %v", service, shown, want)
		}
		if inc, err = w.Log(t.Context(), by("ueda"), e); err != nil {
			t.Fatal(err)
		}
		w.wantState(inc.ID, want...)
	}
	id := w.log("papers", "2026-06-10 09:30").ID
	w.amendService(id, "chat", shut, run, run)
	w.amendService(id, "mail", run, shut, run)
	w.amendService(id, " mail", run, shut, run) // the same one: nothing to record
	w.amendService(id, "", run, run, run)
	deadline, state := "deadline by kigen", "state by kigen"
	w.wantKinds(id, "logged by ueda", deadline, deadline, deadline,
		"amended by ueda", deadline, state,
		"amended by ueda", deadline, state, deadline, state,
		"amended by ueda", deadline, state)
	if due := w.read(id).Clocks[1].Due; !due.Equal(w.at("2026-06-10 15:30")) {
		t.Errorf("the clock that runs again is due %s", due)
	}
}

// TestServiceAfterTheDeadline: a breach of a promise that turns out to be another
// service's stays in the record, and the clock is none of the vendor's lateness.
func TestServiceAfterTheDeadline(t *testing.T) {
	w := withPapers(t)
	id := w.log("papers", "2026-06-10 09:30").ID
	w.set("2026-06-10 14:00")
	w.wantState(id, sla.Overdue, sla.AtRisk, sla.Running)
	w.amendService(id, "chat", sla.NotApplicable, sla.AtRisk, sla.Running)
	if c := w.read(id).Clocks[0]; !c.BreachedAt.Equal(w.at("2026-06-10 13:30")) || !c.Due.IsZero() || !c.NextStepAt.IsZero() {
		t.Errorf("breached %s, due %s, next step %s", c.BreachedAt, c.Due, c.NextStepAt)
	}
	w.now = w.at("2026-06-10 15:00")
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.NotApplicable, sla.Met, sla.Met)
	w.amendService(id, "disk", sla.Late, sla.NotApplicable, sla.Met)
}

// TestServiceOfAVendorThatLeft: clocks that can't be reckoned anew keep the service that
// they were reckoned with.
func TestServiceOfAVendorThatLeft(t *testing.T) {
	w := withPapers(t)
	id := w.log("papers", "2026-06-10 09:30").ID
	w.Catalogue = w.Catalogue[:len(w.Catalogue)-1]
	chat := "chat"
	_, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Service: &chat})
	if invalid, ok := tracker.AsInvalid(err); !ok || invalid[0].Field != "vendor" || w.read(id).Service != "" {
		t.Errorf("got %v, and the service is %q", err, w.read(id).Service)
	}
}

// TestReplayOfAGateByService: a service that a promise no longer covers is a difference,
// and a service that is not known is none.
func TestReplayOfAGateByService(t *testing.T) {
	w := withPapers(t)
	for _, service := range []string{"", "mail", "disk"} {
		e := w.entry("papers", "2026-06-10 09:30")
		e.Service = service
		if _, err := w.Log(t.Context(), by("ueda"), e); err != nil {
			t.Fatal(err)
		}
	}
	w.Catalogue[len(w.Catalogue)-1].Promises[0].Gate.Service = []string{"disk"}
	want := []string{"KGN-2 papers mail-notice: running 06-10 13:30 -> not_applicable"}
	if got := differences(w.replay()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
