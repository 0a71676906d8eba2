package tracker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// waiting promises 4 h from the declaration and never more than 24 h from the
// detection; graded 15 minutes where it is critical.
func waiting(t testing.TB) *sla.Vendor {
	t.Helper()
	hours := func(h int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(h) * time.Hour} }
	from := func(m sla.Moment, r sla.Rule) sla.Rule { return sla.Rule{Op: sla.OpFrom, From: m, Args: []sla.Rule{r}} }
	cal := catalogue(t)[0].Promises[0].Calendar
	return &sla.Vendor{ID: "waiting", Name: calendar.Text{Ja: "待ち"}, Promises: []*sla.Promise{
		{
			ID: "two", Vendor: "waiting", Strength: sla.Firm, Start: sla.Declared, Calendar: cal, Channels: sla.Channels{Any: []string{"email"}},
			Due: sla.Rule{Op: sla.OpEarlierOf, Args: []sla.Rule{from(sla.Declared, hours(4)), from(sla.Detected, hours(24))}},
		},
		{
			ID: "graded", Vendor: "waiting", Strength: sla.Firm, Start: sla.Detected, Calendar: cal, Channels: sla.Channels{Any: []string{"email"}},
			Due: sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{
				{Value: "critical", Rule: sla.Rule{Op: sla.OpElapsed, Length: 15 * time.Minute}}, {Rule: hours(24)},
			}},
		},
	}}
}

// TestWaitingLegWarnsAndConvictsNobody: from logging to the notice, over the
// store, under policies, and through a restart.
func TestWaitingLegWarnsAndConvictsNobody(t *testing.T) {
	w := newWorld(t)
	w.Catalogue = sla.Catalogue{waiting(t)}
	w.now = w.at("2026-11-10 10:05")
	e := w.entry("waiting", "")
	e.Times[sla.Detected] = sla.Stamp{At: w.at("2026-11-10 10:00")}
	inc, err := w.Log(t.Context(), by("ueda"), e)
	if err != nil {
		t.Fatal(err)
	}
	w.set("2026-11-10 14:05")
	two, graded := &w.read(inc.ID).Clocks[0], &w.read(inc.ID).Clocks[1]
	if two.State != sla.AtRisk || !two.Due.Equal(w.at("2026-11-11 10:00")) || two.Start.From != sla.Detected || two.Basis() != sla.Stated {
		t.Errorf("two: %s due %s from %s, %s", two.State, two.Due, two.Start.From, two.Basis())
	}
	if graded.State != sla.Overdue || !graded.NotProvable() || graded.Start.Basis != sla.Stated || graded.Basis() != sla.Assumed {
		t.Errorf("graded: %s, not provable %v, start %s, %s", graded.State, graded.NotProvable(), graded.Start.Basis, graded.Basis())
	}
	for _, n := range []struct{ at, channel string }{{"2026-11-10 15:00", "status_page"}, {"2026-11-10 20:00", "phone"}} {
		w.set(n.at)
		if inc, err = w.Notice(t.Context(), by("ueda"), inc.ID, tracker.NoticeEntry{Channel: n.channel}); err != nil {
			t.Fatal(err)
		}
	}
	two, graded = &w.read(inc.ID).Clocks[0], &w.read(inc.ID).Clocks[1]
	if two.State != sla.Met || !two.NotifiedAt.Equal(w.at("2026-11-10 20:00")) || two.Explanation.Answer.Channel != "phone" {
		t.Errorf("two: %s by %q at %s", two.State, two.Explanation.Answer.Channel, two.NotifiedAt)
	}
	if graded.State != sla.Late || !graded.NotProvable() {
		t.Errorf("graded: %s, not provable %v", graded.State, graded.NotProvable())
	}
	if body := last[history.State](w, inc.ID, sla.EventState); body.OtherChannel != "phone" {
		t.Errorf("history holds %+v", body)
	}
	low := sla.SeverityLow
	if inc, err = w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{Severity: &low}); err != nil {
		t.Fatal(err)
	}
	if graded = &inc.Clocks[1]; graded.State != sla.Met {
		t.Errorf("graded low: %s", graded.State)
	}
	if c := w.replay(); len(c.Differences) > 0 {
		t.Errorf("replayed: %q", differences(c))
	}
}

// TestSilenceIsProvenByTheLoop: nobody touches the incident, and the clock that
// was overdue by an assumption becomes provable when its bound passes.
func TestSilenceIsProvenByTheLoop(t *testing.T) {
	w := newWorld(t)
	w.Catalogue = sla.Catalogue{waiting(t)}
	w.now = w.at("2026-11-10 10:00")
	e := w.entry("waiting", "")
	e.Times[sla.Detected] = sla.Stamp{At: w.at("2026-11-10 10:00")}
	inc, err := w.Log(t.Context(), by("ueda"), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		now         string
		notProvable bool
	}{{"2026-11-10 12:00", true}, {"2026-11-11 10:00", true}, {"2026-11-11 10:01", false}} {
		w.set(step.now)
		if c := w.read(inc.ID).Clocks[1]; c.State != sla.Overdue || c.NotProvable() != step.notProvable {
			t.Errorf("at %s: %s, not provable %v", step.now, c.State, c.NotProvable())
		}
	}
}

// TestLaterStageAnswersTheEarlier: a full notification answers the early
// warning that is open, and says so; a cadence goes on.
func TestLaterStageAnswersTheEarlier(t *testing.T) {
	w := newWorld(t)
	hours := func(h int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(h) * time.Hour} }
	w.Catalogue = sla.Catalogue{{ID: "nis", Name: calendar.Text{Ja: "段階"}, Promises: []*sla.Promise{{
		ID: "notice", Vendor: "nis", Strength: sla.Firm, Start: sla.Occurred, Calendar: catalogue(t)[0].Promises[0].Calendar,
		Stages: []sla.Stage{
			{ID: "early", Name: calendar.Text{Ja: "早期警告", En: "early warning"}, Due: hours(24)},
			{ID: "full", Name: calendar.Text{Ja: "届出", En: "notification"}, Due: hours(72)},
			{ID: "final", Name: calendar.Text{Ja: "最終報告", En: "final report"}, After: "full", Due: hours(240)},
		},
	}}}}
	id := w.log("nis", "2026-06-10 09:00").ID
	w.set("2026-06-10 19:00")
	inc, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{Stage: "full", Channel: "email"})
	if err != nil {
		t.Fatal(err)
	}
	early, full, final := &inc.Clocks[0], &inc.Clocks[1], &inc.Clocks[2]
	if early.State != sla.Met || early.Explanation.Answer.Stage != "full" || full.State != sla.Met || full.Explanation.Answer.Stage != "" {
		t.Errorf("early %s by %q, full %s by %q", early.State, early.Explanation.Answer.Stage, full.State, full.Explanation.Answer.Stage)
	}
	if !final.State.Open() || final.StartsFrom() != sla.MomentNotice || final.Explanation.After != "full" {
		t.Errorf("final %s from %s of %q", final.State, final.StartsFrom(), final.Explanation.After)
	}
	said := prose.Answer("ja", &early.Explanation.Answer, w.Catalogue[0].Promises[0])
	if !slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "「届出」") }) {
		t.Errorf("said: %q", said)
	}
	if body := last[history.Deadline](w, id, sla.EventDeadline); body.After != "full" || body.From != sla.MomentNotice {
		t.Errorf("history holds %+v", body)
	}
}
