package tracker_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/tracker"
)

// waiting returns when the outbox sends next to a destination, in Tokyo; empty:
// never.
func (w *world) waiting(to string) string {
	w.t.Helper()
	next, pending, err := w.db.NextSend(w.t.Context(), to)
	if err != nil {
		w.t.Fatal(err)
	}
	if !pending {
		return ""
	}
	return next.In(w.now.Location()).Format("01-02 15:04")
}

// sent takes what is due at a destination out of the outbox and returns the
// reasons of the posts, in the order in which they go.
func (w *world) sent(to string) (reasons []outbox.Reason) {
	w.t.Helper()
	for {
		d, err := w.db.NextDelivery(w.t.Context(), to, w.now)
		if err != nil {
			w.t.Fatal(err)
		}
		if d == nil {
			return reasons
		}
		if err := w.db.Sent(w.t.Context(), d.ID, outbox.Receipt{TS: d.Key}, w.now); err != nil {
			w.t.Fatal(err)
		}
		if d.Kind == outbox.Post {
			reasons = append(reasons, d.Alert.Reason)
		}
	}
}

// informed tells the SOC of what is logged, and the lead too, who reads mail in
// office hours only.
func informed(t *testing.T) policy.Policies {
	quiet := policy.Quiet{"lead": desk(t)}
	return policy.Policies{
		{To: []string{"soc", "lead"}, Logged: true, Warn: []policy.Lead{{Share: 0.5}}, Quiet: quiet},
		{To: []string{"lead", "soc"}, Logged: true, After: 2 * time.Hour, Quiet: quiet},
	}
}

// TestLoggedIsToldOnce: one message for the incident, whatever its clocks, and
// none again when it changes or time passes.
func TestLoggedIsToldOnce(t *testing.T) {
	for _, vendor := range []string{"six", "staged", "none"} {
		t.Run(vendor, func(t *testing.T) {
			w := newWorld(t)
			w.Policies = informed(t)
			inc := w.log(vendor, "2026-06-10 10:00")
			w.wantTold("soc logged of KGN-1", "lead logged of KGN-1")
			title := "another title"
			if _, err := w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{Title: &title}); err != nil {
				t.Fatal(err)
			}
			w.set("2026-06-10 12:59")
			w.wantTold()
		})
	}
}

// TestLoggedLate: whoever reads that the deadline has passed need not read that
// the incident was logged.
func TestLoggedLate(t *testing.T) {
	w := newWorld(t)
	w.Policies = informed(t)
	w.log("six", "2026-06-10 03:00")
	w.wantTold("soc overdue of KGN-1", "lead overdue of KGN-1")
	w.set("2026-06-10 10:30")
	w.wantTold()
}

// TestLoggedAtNight: held back until the office opens, unless the deadline
// passes before.
func TestLoggedAtNight(t *testing.T) {
	w := newWorld(t)
	w.Policies = informed(t)
	w.now = w.at("2026-06-10 23:00")
	inc := w.log("six", "2026-06-10 23:00")
	w.wantTold("soc logged of KGN-1", "lead logged of KGN-1")
	if soc, lead := w.waiting("soc"), w.waiting("lead"); soc != "06-10 23:00" || lead != "06-11 09:00" {
		t.Errorf("soc is told at %s, lead at %s", soc, lead)
	}
	w.sent("soc")
	w.set("2026-06-11 02:00") // half way: held back, and then too late
	w.wantTold("soc warning of KGN-1")
	w.set("2026-06-11 05:01")
	w.wantTold("soc overdue of KGN-1", "lead overdue of KGN-1")
	if got := w.sent("lead"); len(got) != 1 || got[0] != outbox.ReasonOverdue {
		t.Errorf("lead got %v, and not just what counts", got)
	}
	w.wantState(inc.ID, sla.Overdue)
}

// TestHeldBackTogether: in the morning the lead reads that there is an
// incident and, after that, that its deadline is near.
func TestHeldBackTogether(t *testing.T) {
	w := newWorld(t)
	w.Policies = informed(t)
	w.now = w.at("2026-06-10 20:00")
	w.log("desk", "2026-06-10 20:00") // due on the 11th at 17:00
	w.sent("soc")
	w.set("2026-06-11 08:59")
	if got := w.sent("lead"); got != nil {
		t.Errorf("lead was woken by %v", got)
	}
	w.set("2026-06-11 09:00")
	if got := w.sent("lead"); len(got) != 2 || got[0] != outbox.ReasonLogged || got[1] != outbox.ReasonWarning {
		t.Errorf("lead got %v", got)
	}
	if got := w.sent("soc"); len(got) != 1 {
		t.Errorf("soc got %v", got)
	}
}

// TestCancelledBeforeTheOfficeOpens: nobody is told of what was none.
func TestCancelledBeforeTheOfficeOpens(t *testing.T) {
	w := newWorld(t)
	w.Policies = informed(t)
	w.now = w.at("2026-06-10 23:00")
	inc := w.log("none", "2026-06-10 23:00")
	if _, err := w.Cancel(t.Context(), by("ueda"), inc.ID, "a drill"); err != nil {
		t.Fatal(err)
	}
	if soc, lead := w.waiting("soc"), w.waiting("lead"); soc != "" || lead != "" {
		t.Errorf("soc is told at %s, lead at %s", soc, lead)
	}
}

// TestGatedPolicies: what the incident is decides who is told, and also when
// it is graded later.
func TestGatedPolicies(t *testing.T) {
	w := newWorld(t)
	critical := policy.Match{Severity: []sla.Severity{sla.SeverityCritical}}
	w.Policies = policy.Policies{
		{To: []string{"oncall"}, When: critical, Warn: []policy.Lead{{Share: 0.5}}, Repeat: 15 * time.Minute},
		{To: []string{"soc"}, Except: critical, Repeat: 4 * time.Hour},
		{To: []string{"lead"}, When: policy.Match{Vendor: []string{"both"}, Strength: []sla.Strength{sla.Firm}}},
	}
	inc := w.log("six", "2026-06-10 10:00")
	w.set("2026-06-10 14:00")
	w.wantState(inc.ID, sla.Running) // no policy that speaks of it warns
	severity := sla.SeverityCritical
	if _, err := w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{Severity: &severity}); err != nil {
		t.Fatal(err)
	}
	w.wantState(inc.ID, sla.AtRisk)
	w.wantTold("oncall warning of KGN-1")
	w.set("2026-06-10 16:00:01")
	w.wantTold("oncall overdue of KGN-1")
	w.set("2026-06-10 16:15:01")
	w.wantTold("oncall repeat of KGN-1")

	w.log("both", "2026-06-10 10:00")
	w.wantTold("soc overdue of KGN-2", "lead overdue of KGN-2")
}

// adopt goes on under other policies, as a daemon does that is started with a
// changed configuration.
func (w *world) adopt(now string, policies ...policy.Policy) {
	w.t.Helper()
	w.now = w.at(now)
	w.Policies = policies
	if err := w.Adopt(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.set(now)
}

// TestAddedDestinationIsToldOfWhatPassed: once, of the newest, and those who
// knew are told nothing again; nor is anybody by a start that changes nothing.
func TestAddedDestinationIsToldOfWhatPassed(t *testing.T) {
	soc := policy.Policy{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}}, Repeat: 4 * time.Hour}
	both := soc
	both.To = []string{"soc", "lead"}
	once := policy.Policy{To: []string{"lead"}}
	for _, test := range []struct {
		name    string
		now     string // six promises six hours from 10:00
		added   policy.Policies
		told    []string
		between []string // told when everybody is next told something
	}{
		{"to a warning", "2026-06-10 14:00", policy.Policies{both}, []string{"lead warning of KGN-1"}, []string{"soc overdue of KGN-1", "lead overdue of KGN-1"}},
		{"to an overdue alert", "2026-06-10 17:00", policy.Policies{both}, []string{"lead overdue of KGN-1"}, []string{"soc repeat of KGN-1", "lead repeat of KGN-1"}},
		{"to a repeat", "2026-06-11 01:00", policy.Policies{both}, []string{"lead overdue of KGN-1"}, []string{"soc repeat of KGN-1", "lead repeat of KGN-1"}},
		{"by a line of its own", "2026-06-10 17:00", policy.Policies{soc, once}, []string{"lead overdue of KGN-1"}, []string{"soc repeat of KGN-1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Policies = policy.Policies{soc}
			w.log("six", "2026-06-10 10:00")
			for _, at := range []string{"2026-06-10 13:30", "2026-06-10 16:01", "2026-06-10 20:01", "2026-06-11 00:01"} {
				if w.at(at).Before(w.at(test.now)) {
					w.set(at)
				}
			}
			w.sent("soc")
			w.tape.raised = nil
			w.adopt(test.now, test.added...)
			w.wantTold(test.told...)
			w.adopt(test.now, test.added...)
			w.wantTold()
			w.adopt(test.now, soc) // away again, and back: it knows
			w.adopt(test.now, test.added...)
			w.wantTold()
			if soc, lead := w.sent("soc"), w.sent("lead"); len(soc) != 0 || len(lead) != 1 {
				t.Errorf("soc got %v, lead %v", soc, lead)
			}
			next, err := w.Step(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.set(next.In(w.now.Location()).Add(time.Second).Format("2006-01-02 15:04:05"))
			w.wantTold(test.between...)
		})
	}
}

// TestGradedAfterTheDeadline: whoever is told only of what is critical hears of
// a passed deadline when the incident becomes critical.
func TestGradedAfterTheDeadline(t *testing.T) {
	w := newWorld(t)
	w.Policies = policy.Policies{
		{To: []string{"soc"}},
		{To: []string{"oncall"}, When: policy.Match{Severity: []sla.Severity{sla.SeverityCritical}}},
	}
	inc := w.log("six", "2026-06-10 10:00")
	w.set("2026-06-10 16:01")
	w.wantTold("soc overdue of KGN-1")
	severity := sla.SeverityCritical
	w.now = w.at("2026-06-10 18:00")
	for _, want := range [][]string{{"oncall overdue of KGN-1"}, nil} {
		if _, err := w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{Severity: &severity}); err != nil {
			t.Fatal(err)
		}
		w.wantTold(want...)
	}
	w.set("2026-06-11 18:00")
	w.wantTold()
}

// TestOrderOfLinesLeavesNobodyOut: after downtime one line is at its repeat, and
// the other, which repeats more slowly, at what that repeats.
func TestOrderOfLinesLeavesNobodyOut(t *testing.T) {
	w := newWorld(t)
	w.Policies = policy.Policies{{To: []string{"oncall"}, Repeat: time.Hour}, {To: []string{"soc"}, Repeat: 4 * time.Hour}}
	w.log("six", "2026-06-10 10:00")
	w.set("2026-06-10 17:30")
	w.wantTold("oncall overdue of KGN-1", "soc overdue of KGN-1")
	w.set("2026-06-10 17:31")
	w.wantTold()
}
