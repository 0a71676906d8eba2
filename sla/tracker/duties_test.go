package tracker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/regime"
	"kigen/sla/tracker"
)

// regimes are two of ours: law owes a first report in 24 hours and a final one 48 hours
// after that was submitted, and 96 in the grave case; late begins in 2027.
func regimes(t testing.TB) regime.Regimes {
	t.Helper()
	cal := catalogue(t)[0].Promises[0].Calendar
	hours := func(n int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(n) * time.Hour} }
	law := func(final int) *sla.Promise {
		guide := hours(12)
		return &sla.Promise{
			ID: sla.RegimePromise("law"), Vendor: sla.Us, Strength: sla.Firm, Start: sla.Aware, Calendar: cal,
			Stages: []sla.Stage{
				{ID: "first", Due: hours(24), Guide: &guide, Strength: sla.Target},
				{ID: "final", After: "first", Due: hours(final)},
			},
		}
	}
	from, err := calendar.ParseDate("2027-01-01")
	if err != nil {
		t.Fatal(err)
	}
	late := &sla.Promise{
		ID: sla.RegimePromise("late"), Vendor: sla.Us, Strength: sla.Firm, Start: sla.Aware, Calendar: cal, From: from,
		Stages: []sla.Stage{{ID: "notification", Due: hours(72)}},
	}
	return regime.Regimes{
		{ID: "law", To: calendar.Text{Ja: "庁", En: "the office"}, Versions: []regime.Version{{
			Promise: law(48), Cases: []regime.Case{{ID: "grave", Promise: law(96)}},
		}}},
		{ID: "late", Versions: []regime.Version{{Promise: late}}},
	}
}

func newDuties(t testing.TB) *world {
	w := newWorld(t)
	w.Duties = regimes(t)
	return w
}

func (w *world) decide(id sla.IncidentID, applies bool, with func(*tracker.DecisionEntry)) {
	w.t.Helper()
	e := tracker.DecisionEntry{Duty: "law", Applies: applies, Reason: "personal data of customers"}
	if with != nil {
		with(&e)
	}
	if _, err := w.Decide(w.t.Context(), by("mori"), id, e); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) submit(id sla.IncidentID, stage, at string) {
	w.t.Helper()
	e := tracker.SubmissionEntry{Duty: "law", Stage: stage, SubmittedAt: w.at(at), Reference: "R-1"}
	if _, err := w.Submit(w.t.Context(), by("mori"), id, e); err != nil {
		w.t.Fatal(err)
	}
}

// wantDuty checks a clock of ours, and that the record agrees with its history.
func (w *world) wantDuty(id sla.IncidentID, stage string, state sla.State, due string) {
	w.t.Helper()
	for _, c := range w.read(id).Duties {
		if c.Regime() != "law" || c.Stage != stage {
			continue
		}
		got := ""
		if !c.Due.IsZero() {
			got = c.Due.In(w.now.Location()).Format("2006-01-02 15:04")
		}
		if c.State != state || got != due {
			w.t.Errorf("%s is %s, due %q; want %s, %q", stage, c.State, got, state, due)
		}
		w.wantProven()
		return
	}
	w.t.Errorf("no clock of %s", stage)
}

// An undecided duty runs, warns and alerts as if it applied; the vendor's clocks know
// nothing of it.
func TestUndecidedDutyRuns(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 09:00").ID // logged, and so known, at 10:00
	w.wantDuty(id, "first", sla.Running, "2026-06-11 10:00")
	w.wantDuty(id, "final", sla.Pending, "")
	if inc := w.read(id); len(inc.Clocks) != 1 || len(inc.Duties) != 2 || inc.Decided("law") != nil {
		t.Errorf("%d clocks, %d duties", len(inc.Clocks), len(inc.Duties))
	}
	w.hear(id, "2026-06-10 10:00", "")
	w.wantState(id, sla.Met)
	w.wantDuty(id, "first", sla.Running, "2026-06-11 10:00")
	w.set("2026-06-10 22:01") // half way, and 12 hours: the guide
	w.wantDuty(id, "first", sla.AtRisk, "2026-06-11 10:00")
	w.wantTold("soc warning of KGN-1")
	w.set("2026-06-11 10:01")
	w.wantDuty(id, "first", sla.Overdue, "2026-06-11 10:00")
	w.wantTold("soc overdue of KGN-1")
	w.wantState(id, sla.Met)
}

// A decision changes nothing about the clock but that it stands; one that the law does
// not apply ends it, and a later one takes that back.
func TestDecideDuty(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.decide(id, true, func(e *tracker.DecisionEntry) { e.AwareAt = w.at("2026-06-10 08:00") })
	w.wantDuty(id, "first", sla.Running, "2026-06-11 08:00")
	w.decide(id, false, func(e *tracker.DecisionEntry) { e.Reason = "no personal data" })
	w.wantDuty(id, "first", sla.NotApplicable, "")
	w.wantDuty(id, "final", sla.NotApplicable, "")
	w.set("2026-06-12 10:00")
	w.wantDuty(id, "first", sla.NotApplicable, "")
	w.decide(id, true, nil) // without a time: as the incident says
	w.wantDuty(id, "first", sla.Overdue, "2026-06-11 10:00")
	inc := w.read(id)
	if len(inc.Decisions) != 3 || inc.Decided("law").By != "mori" || !inc.Decided("law").At.Equal(w.now) || !inc.Decisions[0].AwareAt.Equal(w.at("2026-06-10 08:00")) {
		t.Errorf("decisions %+v", inc.Decisions)
	}
	if w.decide(id, true, nil); len(w.read(id).Decisions) != 3 { // the same again
		t.Error("a decision that decides nothing new was recorded")
	}
}

// A later report counts from the submission; the case that was decided sets its length.
func TestSubmitDuty(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 20:00")
	w.submit(id, "first", "2026-06-10 19:00")
	w.wantDuty(id, "first", sla.Met, "2026-06-11 10:00")
	w.wantDuty(id, "final", sla.Running, "2026-06-12 19:00")
	w.decide(id, true, func(e *tracker.DecisionEntry) { e.Case = "grave" })
	w.wantDuty(id, "final", sla.Running, "2026-06-14 19:00")
	w.set("2026-06-15 20:00")
	w.submit(id, "final", "2026-06-15 12:00")
	w.wantDuty(id, "final", sla.Late, "2026-06-14 19:00")
	if _, err := w.WithdrawSubmission(t.Context(), by("mori"), id, 1, "another incident's"); err != nil {
		t.Fatal(err)
	}
	w.wantDuty(id, "first", sla.Overdue, "2026-06-11 10:00") // the final report is no first report
	inc := w.read(id)
	if s := inc.Submissions[0]; s.Counts() || s.Withdrawal.By != "mori" || s.Reference != "R-1" || s.Number != 1 {
		t.Errorf("submission %+v", s)
	}
	if len(inc.Notices) != 0 || !inc.Clocks[0].NotifiedAt.IsZero() {
		t.Error("a submission of ours counts as a notice of the vendor")
	}
}

// The first notice of the vendor is when we became aware, also when it is recorded later.
func TestAwareByNotice(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 05:00").ID
	w.hear(id, "2026-06-10 07:30", "")
	w.wantDuty(id, "first", sla.Running, "2026-06-11 07:30")
}

func TestDutyKeepsAndUndoes(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.cancel(id)
	w.wantDuty(id, "first", sla.Cancelled, "2026-06-11 10:00")
	w.reopen(id)
	w.wantDuty(id, "first", sla.Running, "2026-06-11 10:00")
	w.Duties = nil // switched off: the clock stays until it is answered
	w.set("2026-06-11 09:00")
	w.wantDuty(id, "first", sla.AtRisk, "2026-06-11 10:00")
	w.submit(id, "first", "2026-06-11 08:00")
	w.wantDuty(id, "first", sla.Met, "2026-06-11 10:00")
}

// A request under the same key is made once.
func TestDutyKeys(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 09:00").ID
	for range 2 {
		r := tracker.Request{Actor: "mori", Key: "k1"}
		if _, err := w.Submit(t.Context(), r, id, tracker.SubmissionEntry{Duty: "law", Stage: "first"}); err != nil {
			t.Fatal(err)
		}
		r.Key = "k2"
		if _, err := w.Decide(t.Context(), r, id, tracker.DecisionEntry{Duty: "law", Applies: true, Reason: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if inc := w.read(id); len(inc.Submissions) != 1 || len(inc.Decisions) != 1 {
		t.Errorf("%d submissions, %d decisions", len(inc.Submissions), len(inc.Decisions))
	}
}

func TestDutyRefusals(t *testing.T) {
	w := newDuties(t)
	id := w.log("six", "2026-06-10 09:00").ID
	ctx := t.Context()
	decide := func(e tracker.DecisionEntry) error { _, err := w.Decide(ctx, by("mori"), id, e); return err }
	submit := func(e tracker.SubmissionEntry) error { _, err := w.Submit(ctx, by("mori"), id, e); return err }
	withdraw := func(n int) error { _, err := w.WithdrawSubmission(ctx, by("mori"), id, n, "x"); return err }
	for _, e := range []struct {
		err  error
		want string
	}{
		{decide(tracker.DecisionEntry{Duty: "gdpr", Applies: true, Reason: "x"}), `duty "gdpr": is not switched on: use one of law, late`},
		{decide(tracker.DecisionEntry{Duty: "law", Applies: true}), `reason "": is required`},
		{decide(tracker.DecisionEntry{Duty: "law", Applies: true, Reason: "x", Case: "mild"}), `case "mild": is not known: use grave`},
		{decide(tracker.DecisionEntry{Duty: "law", Applies: true, Reason: "x", AwareAt: w.at("2026-06-11 10:00")}), `aware_at "2026-06-11T10:00:00+09:00": lies in the future`},
		{submit(tracker.SubmissionEntry{Duty: "law"}), `stage "": is not a report of law: use one of first, final`},
		{submit(tracker.SubmissionEntry{Duty: "law", Stage: "first", SubmittedAt: w.at("2026-06-11 10:00")}), `submitted_at "2026-06-11T10:00:00+09:00": lies in the future`},
		{withdraw(1), `n "1": is not a submission of KGN-1: it has none`},
	} {
		if e.err == nil || !strings.Contains(e.err.Error(), e.want) {
			t.Errorf("got %v, want %s", e.err, e.want)
		}
		if problems, ok := tracker.AsInvalid(e.err); ok && slices.ContainsFunc(problems, func(p tracker.Problem) bool { return p.In("ja") == p.In("en") }) {
			t.Errorf("not in Japanese: %v", e.err)
		}
	}
	w.decide(id, false, nil)
	if err := submit(tracker.SubmissionEntry{Duty: "law", Stage: "first"}); err == nil || !strings.Contains(err.Error(), "decided not to apply") {
		t.Errorf("got %v", err)
	}
}

// A report that counts from our submission takes the first one on record, of whichever
// duty, as its start or in a part of its rule; a time that a person stated goes before.
func TestDutyCountsFromSubmission(t *testing.T) {
	w := newWorld(t)
	cal := catalogue(t)[0].Promises[0].Calendar
	hours := func(n int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(n) * time.Hour} }
	copyOf := &sla.Promise{
		ID: sla.RegimePromise("copy"), Vendor: sla.Us, Strength: sla.Firm, Start: sla.Submitted, Calendar: cal,
		Stages: []sla.Stage{{ID: "copy", Due: hours(10)}},
	}
	bounded := &sla.Promise{
		ID: sla.RegimePromise("bounded"), Vendor: sla.Us, Strength: sla.Firm, Start: sla.Aware, Calendar: cal,
		Stages: []sla.Stage{{ID: "report", Due: sla.Rule{Op: sla.OpEarlierOf, Args: []sla.Rule{
			hours(100), {Op: sla.OpFrom, From: sla.Submitted, Args: []sla.Rule{hours(20)}},
		}}}},
	}
	w.Duties = append(regimes(t), &regime.Regime{ID: "copy", Versions: []regime.Version{{Promise: copyOf}}},
		&regime.Regime{ID: "bounded", Versions: []regime.Version{{Promise: bounded}}})
	id := w.log("six", "2026-06-10 09:00").ID
	due := func(promise string) string {
		t.Helper()
		w.wantProven()
		for _, c := range w.read(id).Duties {
			if c.Regime() == promise {
				if c.Due.IsZero() {
					return string(c.State)
				}
				return c.Due.In(w.now.Location()).Format("2006-01-02 15:04")
			}
		}
		return "no clock"
	}
	want := func(copied, capped string) {
		t.Helper()
		if got := due("copy"); got != copied {
			t.Errorf("the copy is due %q, want %q", got, copied)
		}
		if got := due("bounded"); got != capped {
			t.Errorf("the bounded report is due %q, want %q", got, capped)
		}
	}
	want("pending", "2026-06-14 14:00")
	w.set("2026-06-11 20:00")
	w.submit(id, "first", "2026-06-11 09:00")
	want("2026-06-11 19:00", "2026-06-12 05:00")
	w.submit(id, "final", "2026-06-11 12:00") // a later one changes nothing
	want("2026-06-11 19:00", "2026-06-12 05:00")
	if _, err := w.WithdrawSubmission(t.Context(), by("mori"), id, 1, "another incident's"); err != nil {
		t.Fatal(err)
	}
	want("2026-06-11 22:00", "2026-06-12 08:00")
	stated := tracker.Amendment{Times: map[sla.Moment]sla.Stamp{sla.Submitted: {At: w.at("2026-06-11 06:00"), Basis: sla.Observed}}}
	if _, err := w.Amend(t.Context(), by("mori"), id, stated); err != nil {
		t.Fatal(err)
	}
	want("2026-06-11 16:00", "2026-06-12 02:00")
}
