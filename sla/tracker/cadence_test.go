package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// chatty promises a first notice in 12 h, follow-ups every 24 h after that,
// and the written report 2 business days after the first notice.
func chatty(t testing.TB) *sla.Vendor {
	t.Helper()
	hours := func(n int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(n) * time.Hour} }
	return &sla.Vendor{ID: "chatty", Promises: []*sla.Promise{{
		ID: "notice", Vendor: "chatty", Strength: sla.Firm, Start: sla.Occurred, Calendar: desk(t),
		Stages: []sla.Stage{
			{ID: "first", Name: calendar.Text{Ja: "第一報", En: "First notice"}, Due: hours(12)},
			{ID: "update", Name: calendar.Text{Ja: "続報", En: "Follow-up"}, After: "first", Due: hours(24), Every: true},
			{ID: "report", Name: calendar.Text{Ja: "報告書", En: "Written report"}, After: "first", Due: sla.Rule{Op: sla.OpBusinessDays, Count: 2, Ends: sla.Close}},
		},
	}}}
}

// newCadence is a world whose vendor, the only one, is chatty, with one
// incident that occurred on Wednesday 2026-06-10 at 09:00.
func newCadence(t testing.TB) (*world, sla.IncidentID) {
	w := newWorld(t)
	w.Catalogue = sla.Catalogue{chatty(t)}
	return w, w.log("chatty", "2026-06-10 09:00").ID
}

// hear records a notice that came at the given time, learned of at the time
// that the clock shows or then, whichever is later.
func (w *world) hear(id sla.IncidentID, received, stage string) {
	w.t.Helper()
	at := w.at(received)
	if at.After(w.now) {
		w.set(received)
	}
	if _, err := w.Notice(w.t.Context(), by("ueda"), id, tracker.NoticeEntry{ReceivedAt: at, Stage: stage}); err != nil {
		w.t.Fatal(err)
	}
}

// wantClocks compares the stored clocks, each in a line: stage, state, and from
// when to when it counts; + marks a breach.
func (w *world) wantClocks(id sla.IncidentID, want ...string) {
	w.t.Helper()
	var got []string
	for _, c := range w.read(id).Clocks {
		line := fmt.Sprint(c.Stage, " ", c.State)
		for _, at := range []time.Time{c.Start.At, c.Due} {
			if !at.IsZero() {
				line += " " + at.In(w.now.Location()).Format("02T15:04")
			}
		}
		if !c.BreachedAt.IsZero() {
			line += "+"
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("at %s clocks are\n%s\nwant\n%s", w.now.Format(time.DateTime), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Worked by hand. 2026-06-10 is a Wednesday: 12 h from 09:00 are 21:00, and 2
// business days after Wednesday end on Friday at 17:00.
func TestCadence(t *testing.T) {
	w, id := newCadence(t)
	w.wantClocks(id, "first running 10T09:00 10T21:00", "update pending", "report pending")

	w.hear(id, "2026-06-10 20:00", "") // answers first; update and report count from here
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update running 10T20:00 11T20:00", "report running 10T20:00 12T17:00")

	w.hear(id, "2026-06-11 18:00", "") // 22 h later: in time, and the next 24 h count from it
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report running 10T20:00 12T17:00",
		"update#2 running 11T18:00 12T18:00")

	w.set("2026-06-12 17:00:01") // silence until the report is due, at the close
	w.hear(id, "2026-06-12 19:30", "update")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report overdue 10T20:00 12T17:00+",
		"update#2 late 11T18:00 12T18:00+", "update#3 running 12T19:30 13T19:30")

	w.hear(id, "2026-06-13 10:00", "report") // ends the cadence: the open round is owed no more
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report late 10T20:00 12T17:00+",
		"update#2 late 11T18:00 12T18:00+", "update#3 not_applicable 12T19:30")
	lines := prose.Explanation("ja", &w.read(id).Clocks[4].Explanation)
	if got := lines[len(lines)-1]; got != "「報告書」の通知(2026年6月13日(土) 10:00)をもって続報は終了" {
		t.Errorf("the end reads %q", got)
	}
	if got := prose.Explanation("en", &w.read(id).Clocks[4].Explanation)[0]; got != `Counted from Fri 12 Jun 2026 19:30 JST (the notice "Follow-up")` {
		t.Errorf("the start reads %q", got)
	}
	ended := slices.ContainsFunc(w.events(id), func(e sla.Event) bool {
		return e.Kind == sla.EventState && strings.Contains(string(e.Body), `"stage":"update#3","was":"at_risk","state":"not_applicable"`)
	})
	if !ended {
		t.Error("the end of the open round is not in the history")
	}

	w.hear(id, "2026-06-20 10:00", "") // nothing is open: it is kept, and starts no round
	w.set("2026-06-30 00:00")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report late 10T20:00 12T17:00+",
		"update#2 late 11T18:00 12T18:00+", "update#3 not_applicable 12T19:30")
	w.kinds(id)
	if c := w.replay(); len(c.Differences) > 0 {
		t.Errorf("replayed: %q", differences(c))
	}
}

// A round that was overdue when the final report came stays a breach, answered
// late by the report, and its alarms end.
func TestCadenceEndsOverdue(t *testing.T) {
	w, id := newCadence(t)
	w.hear(id, "2026-06-10 20:00", "")
	w.set("2026-06-12 09:00") // 13 h past the first follow-up
	w.hear(id, "2026-06-12 10:00", "report")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update late 10T20:00 11T20:00+", "report met 10T20:00 12T17:00")
	if c := w.read(id).Clocks[1]; !c.NotifiedAt.Equal(w.at("2026-06-12 10:00")) {
		t.Errorf("answered at %s", c.NotifiedAt)
	}
	// Of the first notice; then, all at once, of the follow-up and of the report.
	w.wantTold("soc warning of KGN-1", "soc overdue of KGN-1", "lead escalation of KGN-1", "soc warning of KGN-1")
	w.set("2026-06-20 00:00")
	w.wantTold()
	if c := w.replay(); len(c.Differences) > 0 {
		t.Errorf("replayed: %q", differences(c))
	}
	// The follow-up had come after all, in time, and was found later: the round
	// is met, and the next one, due on the 12th at 18:00, ended with the report.
	w.hear(id, "2026-06-11 18:00", "")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00+", "report met 10T20:00 12T17:00",
		"update#2 not_applicable 11T18:00")
	if c := w.replay(); len(c.Differences) > 0 {
		t.Errorf("replayed: %q", differences(c))
	}
	// So had the report itself, and before the first follow-up: that one was not
	// owed any more, and counts for nothing.
	w.hear(id, "2026-06-11 09:00", "report")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update not_applicable 10T20:00+", "report met 10T20:00 12T17:00",
		"update#2 not_applicable")
	if c := w.replay(); len(c.Differences) > 0 {
		t.Errorf("replayed: %q", differences(c))
	}
}

// The final report in the last second of a round is in time.
func TestCadenceEndsInItsLastSecond(t *testing.T) {
	for _, c := range []struct{ report, want string }{
		{"2026-06-11 20:00:00", "update not_applicable 10T20:00"},
		{"2026-06-11 20:00:01", "update late 10T20:00 11T20:00+"},
	} {
		w, id := newCadence(t)
		w.hear(id, "2026-06-10 20:00", "")
		w.hear(id, c.report, "report")
		w.wantClocks(id, "first met 10T09:00 10T21:00", c.want, "report met 10T20:00 12T17:00")
	}
}

// A notice that turns up late takes its place in the chain, and what follows
// moves by a round.
func TestCadenceLateNotice(t *testing.T) {
	w, id := newCadence(t)
	for _, at := range []string{"2026-06-10 20:00", "2026-06-11 19:00", "2026-06-12 12:00"} {
		w.hear(id, at, "")
	}
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report at_risk 10T20:00 12T17:00",
		"update#2 met 11T19:00 12T19:00", "update#3 running 12T12:00 13T12:00")
	w.hear(id, "2026-06-11 08:00", "update#3") // whichever round it names, its time decides
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report at_risk 10T20:00 12T17:00",
		"update#2 met 11T08:00 12T08:00", "update#3 met 11T19:00 12T19:00", "update#4 running 12T12:00 13T12:00")
	if got := w.read(id).Notices[1].Stage; got != "update" {
		t.Errorf("stored as an answer to %q", got)
	}
	_, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{Stage: "update#9"})
	wantProblem(t, err, "stage", "update#9", "use one of first, update, report")
}

// The facts move: the first notice is late by them, and the chain, which counts
// from notices, stands. A cancelled incident owes nothing.
func TestCadenceAmendedAndCancelled(t *testing.T) {
	w, id := newCadence(t)
	w.hear(id, "2026-06-10 20:00", "")
	w.hear(id, "2026-06-11 19:00", "")
	if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2026-06-10 07:00")}},
	}); err != nil {
		t.Fatal(err)
	}
	w.wantClocks(id, "first late 10T07:00 10T19:00+", "update met 10T20:00 11T20:00", "report at_risk 10T20:00 12T17:00",
		"update#2 running 11T19:00 12T19:00")
	w.set("2026-06-12 20:00")
	if _, err := w.Cancel(t.Context(), by("ueda"), id, "a drill"); err != nil {
		t.Fatal(err)
	}
	w.wantClocks(id, "first cancelled 10T07:00 10T19:00+", "update cancelled 10T20:00 11T20:00", "report cancelled 10T20:00 12T17:00+",
		"update#2 cancelled 11T19:00 12T19:00+")
}

// Where the facts ask for another channel, the rounds that came undone wait
// again, under the name that they had.
func TestCadenceComesUndone(t *testing.T) {
	w := newWorld(t)
	vendor := chatty(t)
	vendor.Promises[0].Channels.ByScope = map[sla.Scope]sla.Channels{sla.ScopeAll: {All: []string{"portal"}}}
	w.Catalogue = sla.Catalogue{vendor}
	id := w.log("chatty", "2026-06-10 09:00").ID
	scope := func(s sla.Scope) {
		t.Helper()
		if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Scope: &s}); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []struct{ at, channel string }{{"2026-06-10 20:00", "portal"}, {"2026-06-11 08:00", "email"}, {"2026-06-11 10:00", "portal"}} {
		w.now = w.at(n.at)
		if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{Channel: n.channel}); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{"first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report running 10T20:00 12T17:00",
		"update#2 met 11T08:00 12T08:00", "update#3 running 11T10:00 12T10:00"}
	w.wantClocks(id, all...)
	scope(sla.ScopeAll) // the mail counts no more
	w.wantClocks(id, append(slices.Clone(all[:3]), "update#2 running 11T10:00 12T10:00", "update#3 pending")...)
	if c := w.replay(); len(c.Differences) > 0 {
		t.Errorf("replayed: %q", differences(c))
	}
	scope(sla.ScopeSpecific)
	w.wantClocks(id, all...)
}

// The edition in force when the incident began holds for all rounds, however
// long the incident outlasts it.
func TestCadenceOutlastsItsEdition(t *testing.T) {
	w, id := newCadence(t)
	w.Catalogue[0].Promises[0].To = calendar.NewDate(2026, time.June, 10)
	w.hear(id, "2026-06-10 20:00", "")
	w.hear(id, "2026-06-11 19:00", "")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report at_risk 10T20:00 12T17:00",
		"update#2 running 11T19:00 12T19:00")
	for _, step := range w.read(id).Clocks[3].Explanation.Steps {
		if step.Kind == sla.StepEnded {
			t.Error("the explanation says that the promise ended")
		}
	}
}

// The rounds of a vendor that left stay answered by what answered them, the open
// one is answered by what comes next, and none follows.
func TestCadenceOfAVendorThatLeft(t *testing.T) {
	w, id := newCadence(t)
	w.hear(id, "2026-06-10 20:00", "")
	w.hear(id, "2026-06-11 18:00", "update")
	w.Catalogue = nil
	w.hear(id, "2026-06-12 19:00", "update")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update met 10T20:00 11T20:00", "report overdue 10T20:00 12T17:00+",
		"update#2 late 11T18:00 12T18:00+")
}

// A cadence in force for an incident logged without it starts no clock, and one
// that changed holds for the rounds that start from then on.
func TestCadenceChangesInTheConfiguration(t *testing.T) {
	w, id := newCadence(t)
	w.hear(id, "2026-06-10 20:00", "")
	w.Catalogue[0] = chatty(t)
	w.Catalogue[0].Promises[0].Stages[1].Due.Length = 48 * time.Hour
	w.hear(id, "2026-06-11 21:00", "")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update late 10T20:00 11T20:00+", "report at_risk 10T20:00 12T17:00",
		"update#2 running 11T21:00 13T21:00")
	if got, want := differences(w.replay()), []string{"KGN-1 chatty noticeupdate: late 06-11 20:00 -> met 06-12 20:00"}; !slices.Equal(got, want) {
		t.Errorf("replayed: %q, want %q", got, want)
	}
	// The open round ended in time by what it was told, not by today's file.
	w.Catalogue[0] = chatty(t)
	w.Catalogue[0].Promises[0].Stages[1].Due.Length = time.Hour
	w.hear(id, "2026-06-12 10:00", "report")
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update late 10T20:00 11T20:00+", "report met 10T20:00 12T17:00",
		"update#2 not_applicable 11T21:00")
}

// Without a final stage only the cancelling ends a cadence, and its rounds are
// bounded.
func TestCadenceIsBounded(t *testing.T) {
	w, id := newCadence(t)
	stages := w.Catalogue[0].Promises[0].Stages
	w.Catalogue[0].Promises[0].Stages = stages[:2]
	inc := w.read(id)
	for i := range sla.MaxRounds + 100 {
		inc.Notices = append(inc.Notices, sla.Notice{ReceivedAt: w.at("2026-06-10 09:30").Add(time.Duration(i) * time.Second)})
	}
	found, err := w.Replay(inc)
	if err != nil {
		t.Fatal(err)
	}
	rounds := 0
	for _, d := range found {
		if stage, n := sla.RoundOf(d.Stage); stage == "update" && d.Would.State == sla.Met {
			rounds = max(rounds, n)
		}
	}
	// And first, and the report that is no stage any more.
	if rounds != sla.MaxRounds || len(found) != sla.MaxRounds+2 {
		t.Errorf("%d differences, up to round %d", len(found), rounds)
	}
}

// Whatever comes in whatever order, the rounds form a chain: each counts from
// the notice that answered the one before, all but the last are answered, and a
// replay finds nothing else.
func TestCadenceIsAChain(t *testing.T) {
	w, _ := newCadence(t)
	rapid.Check(t, func(r *rapid.T) {
		w.now = w.at("2026-06-10 10:00")
		inc := w.log("chatty", "2026-06-10 09:00")
		for range rapid.IntRange(0, 9).Draw(r, "notices") {
			received := w.at("2026-06-10 09:00").Add(time.Duration(rapid.IntRange(0, 4*24*60).Draw(r, "minute")) * time.Minute)
			if received.After(w.now) {
				w.now = received
				if rapid.Bool().Draw(r, "a step before it") {
					w.set(received.In(w.now.Location()).Format("2006-01-02 15:04:05"))
				}
			}
			stage := rapid.SampledFrom([]string{"", "", "", "", "update", "first", "report"}).Draw(r, "stage")
			var err error
			if inc, err = w.Notice(t.Context(), by("ueda"), inc.ID, tracker.NoticeEntry{ReceivedAt: received, Stage: stage}); err != nil {
				r.Fatal(err)
			}
			wantChain(r, inc)
		}
		inc = w.read(inc.ID)
		wantChain(r, inc)
		if found, err := w.Replay(inc); err != nil || len(found) > 0 {
			r.Fatalf("replayed: %+v, %v", found, err)
		}
	})
}

// wantChain checks the rounds of "update" against the notices alone.
func wantChain(t *rapid.T, inc *sla.Incident) {
	clocks := map[string]sla.Clock{}
	for _, c := range inc.Clocks {
		if _, twice := clocks[c.Stage]; twice {
			t.Fatalf("%s has two clocks", c.Stage)
		}
		clocks[c.Stage] = c
	}
	end, ended := time.Time{}, false // when the report came
	for _, n := range inc.Notices {
		if n.Stage == "report" && !ended {
			end, ended = n.ReceivedAt, true
		}
	}
	before := clocks["first"]
	for n := 1; n <= len(clocks)-2; n++ {
		c, found := clocks[sla.RoundName("update", n)]
		if !found {
			t.Fatalf("round %d of %d is missing", n, len(clocks)-2)
		}
		// A round that the end of the cadence undid counts from nothing.
		undone := ended && c.State == sla.NotApplicable && !before.NotifiedAt.Before(end)
		answered := slices.ContainsFunc(inc.Notices, func(n sla.Notice) bool { return n.ReceivedAt.Equal(c.NotifiedAt) })
		switch {
		case !c.Start.At.Equal(before.NotifiedAt) && (!undone || !c.Start.At.IsZero()):
			t.Fatalf("%s counts from %s, the notice before came at %s", c.Stage, c.Start.At, before.NotifiedAt)
		case !c.NotifiedAt.IsZero() && !answered:
			t.Fatalf("%s was answered at %s, when no notice came", c.Stage, c.NotifiedAt)
		case !c.Due.IsZero() && !c.Due.Equal(c.Start.At.Add(24*time.Hour)):
			t.Fatalf("%s is due at %s, counted from %s", c.Stage, c.Due, c.Start.At)
		case ended && c.State.Open():
			t.Fatalf("%s is %s after the report", c.Stage, c.State)
		case ended && c.NotifiedAt.After(end):
			t.Fatalf("%s was answered at %s, after the report at %s", c.Stage, c.NotifiedAt, end)
		case !ended && n < len(clocks)-2 && c.NotifiedAt.IsZero():
			t.Fatalf("%s is not answered, and a round follows", c.Stage)
		}
		before = c
	}
	if !ended && len(clocks) > 2 && !before.NotifiedAt.IsZero() {
		t.Fatalf("%s was answered, and no round follows", before.Stage)
	}
}
