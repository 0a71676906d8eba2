package tracker_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestSilentVendor is the main job: warned half way, overdue, escalated,
// repeated, and at last answered.
func TestSilentVendor(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.wantState(id, sla.Running)
	w.wantTold()

	w.set("2026-06-10 11:59:59")
	w.wantTold()
	w.set("2026-06-10 12:00")
	w.wantState(id, sla.AtRisk)
	w.wantTold("soc warning of KGN-1")

	w.set("2026-06-10 15:00")
	w.wantState(id, sla.AtRisk)
	w.set("2026-06-10 15:00:01")
	w.wantState(id, sla.Overdue)
	w.wantTold("soc overdue of KGN-1")
	w.set("2026-06-10 17:00:01")
	w.wantTold("lead escalation of KGN-1")
	w.set("2026-06-10 19:00:01")
	w.wantTold("soc repeat of KGN-1")
	w.set("2026-06-10 19:00:01")
	w.wantTold()

	w.now = w.at("2026-06-10 20:00")
	inc, err := w.Notice(t.Context(), by("mori"), id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 19:55"), Channel: "email"})
	if err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Late)
	c := inc.Clocks[0]
	if !c.BreachedAt.Equal(w.at("2026-06-10 15:00")) || !c.NotifiedAt.Equal(w.at("2026-06-10 19:55")) || !c.NextStepAt.IsZero() {
		t.Errorf("breached %s, notice %s, next step %s", c.BreachedAt, c.NotifiedAt, c.NextStepAt)
	}
	w.set("2026-06-12 00:00")
	w.wantTold()
	w.wantKinds(id, "logged by ueda", "deadline by kigen", "state by kigen", "state by kigen", "notice by mori", "state by kigen")
}

// TestCatchUp: after downtime each destination hears one thing; what was never
// told before is no repeat.
func TestCatchUp(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-11 00:30")
	w.wantState(id, sla.Overdue)
	w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
	w.set("2026-06-11 00:30")
	w.wantTold()
	if c := w.read(id).Clocks[0]; !c.BreachedAt.Equal(w.at("2026-06-10 15:00")) {
		t.Errorf("breached at %s: not when it became true", c.BreachedAt)
	}
	w.wantKinds(id, "logged by ueda", "deadline by kigen", "state by kigen")
}

// TestStepReachesAll: more incidents than one transaction takes.
func TestStepReachesAll(t *testing.T) {
	const many = 1_001
	w := newWorld(t)
	w.Policies = policy.Policies{{To: []string{"soc"}}}
	for range many {
		w.log("six", "2026-06-10 09:00")
	}
	w.set("2026-06-10 15:00:01")
	if got := len(w.tape.raised); got != many {
		t.Errorf("%d alerts, want %d", got, many)
	}
	next, err := w.Step(t.Context())
	if err != nil || !next.IsZero() {
		t.Errorf("next step %s, %v: all are told", next, err)
	}
}

func TestStepSaysWhenNext(t *testing.T) {
	w := newWorld(t)
	if next, err := w.Step(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next step of nothing: %s, %v", next, err)
	}
	w.log("six", "2026-06-10 10:00")
	w.log("six", "2026-06-10 09:00")
	next, err := w.Step(t.Context())
	if err != nil || !next.Equal(w.at("2026-06-10 12:00")) {
		t.Errorf("next step %s, %v; want half way of the earlier one", next, err)
	}
}

// TestNoCommitment: no deadline, no alert, whatever happens, and it says so.
func TestNoCommitment(t *testing.T) {
	w := newWorld(t)
	inc := w.log("none", "2026-06-10 09:00")
	w.wantState(inc.ID, sla.NoCommitment)
	w.set("2026-12-31 00:00")
	w.wantTold()
	if _, err := w.Notice(t.Context(), by("ueda"), inc.ID, tracker.NoticeEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wantState(inc.ID, sla.NoCommitment)
	w.wantTold()
	c := w.read(inc.ID).Clocks[0]
	if !c.Due.IsZero() || !c.NextStepAt.IsZero() || c.NotifiedAt.IsZero() {
		t.Errorf("due %s, next step %s, notice %s", c.Due, c.NextStepAt, c.NotifiedAt)
	}
	if lines := prose.Explanation("ja", &c.Explanation); !slices.Contains(lines, "期限の定めはない") {
		t.Errorf("the explanation does not say so: %q", lines)
	}
}

// TestAmendRecomputes: the true time moves the deadline; the old one stays in
// the history, and a breach stays a breach.
func TestAmendRecomputes(t *testing.T) {
	w := newWorld(t)
	inc := w.log("six", "2026-06-10 03:00") // due 09:00: overdue at once
	w.wantState(inc.ID, sla.Overdue)
	w.wantTold("soc overdue of KGN-1")

	amended, err := w.Amend(t.Context(), by("mori"), inc.ID, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2026-06-10 08:00")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := amended.Clocks[0]
	if c.State != sla.Running || !c.Due.Equal(w.at("2026-06-10 14:00")) {
		t.Errorf("%s due %s, want running due 14:00", c.State, c.Due)
	}
	if !c.BreachedAt.Equal(w.at("2026-06-10 09:00")) {
		t.Errorf("breached at %v, want the old deadline", c.BreachedAt)
	}
	body := last[history.Deadline](w, inc.ID, sla.EventDeadline)
	if body.OldDue == nil || !body.OldDue.Equal(w.at("2026-06-10 09:00")) || !body.Due.Equal(c.Due) || !body.OldStart.Equal(w.at("2026-06-10 03:00")) {
		t.Errorf("history holds %+v", body)
	}
	w.wantKinds(inc.ID, "logged by ueda", "deadline by kigen", "amended by mori", "deadline by kigen", "state by kigen")
	// The new deadline is announced although the old one was.
	w.set("2026-06-10 14:00:01")
	w.wantTold("soc overdue of KGN-1")
}

// TestAssumedStart: while only we know when we noticed, the clock runs on
// that; the vendor's own time moves it.
func TestAssumedStart(t *testing.T) {
	w := newWorld(t)
	e := w.entry("gated", "")
	e.Times[sla.Aware] = sla.Stamp{At: w.at("2026-06-10 03:00")}
	inc, err := w.Log(t.Context(), by("ueda"), e)
	if err != nil {
		t.Fatal(err)
	}
	c := inc.Clocks[0]
	if c.Start.Basis != sla.Assumed || c.Start.From != sla.Aware || c.State != sla.Overdue || !c.NotProvable() {
		t.Errorf("%+v %s, provable %v", c.Start, c.State, !c.NotProvable())
	}
	if inc, err = w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Detected: {At: w.at("2026-06-10 06:00")}},
	}); err != nil {
		t.Fatal(err)
	}
	if c = inc.Clocks[0]; c.Start.Basis != sla.Stated || c.Start.From != sla.Detected || !c.Due.Equal(w.at("2026-06-10 12:00")) {
		t.Errorf("%+v due %s", c.Start, c.Due)
	}
	// The time is taken back: the fallback stands again.
	if inc, err = w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{Times: map[sla.Moment]sla.Stamp{sla.Detected: {}}}); err != nil {
		t.Fatal(err)
	}
	if c = inc.Clocks[0]; c.Start.From != sla.Aware || !c.Due.Equal(w.at("2026-06-10 09:00")) {
		t.Errorf("%+v due %s", c.Start, c.Due)
	}
}

// TestGate: a fact that shuts the gate stops the clock, and back.
func TestGate(t *testing.T) {
	w := newWorld(t)
	id := w.log("gated", "2026-06-10 09:30").ID
	w.wantState(id, sla.Running) // unknown counts as applying
	for _, step := range []struct {
		impact sla.Impact
		want   sla.State
	}{{sla.ImpactLimited, sla.NotApplicable}, {sla.ImpactSerious, sla.Running}} {
		if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Impact: &step.impact}); err != nil {
			t.Fatal(err)
		}
		w.wantState(id, step.want)
	}
	w.wantKinds(id, "logged by ueda", "deadline by kigen",
		"amended by ueda", "deadline by kigen", "state by kigen", // none any more
		"amended by ueda", "deadline by kigen", "state by kigen")
}

func TestAmendOnlyWords(t *testing.T) {
	w := newWorld(t)
	inc := w.log("six", "2026-06-10 09:00")
	title, tags := "  storage outage ", []string{"b", "a"}
	amended, err := w.Amend(t.Context(), by("mori"), inc.ID, tracker.Amendment{Title: &title, Tags: &tags, Version: inc.Version})
	if err != nil {
		t.Fatal(err)
	}
	if amended.Title != "storage outage" || !slices.Equal(amended.Tags, tags) || amended.Version != inc.Version+1 {
		t.Errorf("%q %v version %d", amended.Title, amended.Tags, amended.Version)
	}
	w.wantKinds(inc.ID, "logged by ueda", "deadline by kigen", "amended by mori")

	before := w.dump()
	if _, err := w.Amend(t.Context(), by("mori"), inc.ID, tracker.Amendment{Title: &title}); err != nil {
		t.Fatal(err)
	}
	if w.dump() != before {
		t.Error("an amendment that changes nothing changed the database")
	}
	if _, err := w.Amend(t.Context(), by("mori"), inc.ID, tracker.Amendment{Title: &title, Version: inc.Version}); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("a stale writer got %v, want a conflict", err)
	}
}

// TestConfigurationMoves: an old clock never changes because a file did.
func TestConfigurationMoves(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	was := w.read(id).Clocks[0]

	changed := catalogue(t)
	changed[0].Promises[0].Due.Length = time.Hour
	second := *changed[0].Promises[0]
	second.ID = "second"
	changed[0].Promises = append(changed[0].Promises, &second)
	w.Catalogue = changed
	title := "changed"
	if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Title: &title}); err != nil {
		t.Fatal(err)
	}
	w.now = w.at("2026-06-10 14:00")
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Met)
	if c := w.read(id).Clocks[0]; !c.Due.Equal(was.Due) || c.Terms != was.Terms || c.Explanation.Rule != was.Explanation.Rule {
		t.Errorf("due %s under %s, was %s under %s", c.Due, c.Explanation.Rule, was.Due, was.Explanation.Rule)
	}
	// A start that moves is reckoned by what is known today.
	if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2026-06-10 10:00")}},
	}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Late, sla.Late)
	if c := w.read(id).Clocks[0]; !c.Due.Equal(w.at("2026-06-10 11:00")) || c.Terms == was.Terms {
		t.Errorf("due %s under the old terms: %v", c.Due, c.Terms == was.Terms)
	}
}

// TestVendorLeavesTheConfiguration: its open clocks go on, and can be answered.
func TestVendorLeavesTheConfiguration(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.Catalogue = w.Catalogue[1:]
	w.set("2026-06-10 15:00:01")
	w.wantState(id, sla.Overdue)
	_, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2026-06-10 08:00")}},
	})
	wantProblem(t, err, "vendor", "six", "configuration")
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 14:00")}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Met)
}

// TestMovesToAVersionWithoutTheStage: the stage's clock no longer applies.
func TestMovesToAVersionWithoutTheStage(t *testing.T) {
	w := newWorld(t)
	staged := w.Catalogue[3].Promises[0]
	staged.From = 20_000 // 2024-10-04
	old := *staged
	old.From, old.Stages, old.Due = 0, nil, sla.Rule{Op: sla.OpElapsed, Length: time.Hour}
	old.To = staged.From - 1
	w.Catalogue[3].Promises = append(w.Catalogue[3].Promises, &old)
	id := w.log("staged", "2026-06-10 09:00").ID
	w.wantState(id, sla.Running, sla.Pending)
	if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2024-06-10 09:00")}},
	}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.NotApplicable, sla.NotApplicable, sla.Overdue)
}

// TestStages: the second stage counts from the notice that answered the first,
// and a notice that names no stage answers the first open one.
func TestStages(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	w.wantState(id, sla.Running, sla.Pending)
	w.now = w.at("2026-06-10 14:00")
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Met, sla.Running)
	if c := w.read(id).Clocks[1]; !c.Due.Equal(w.at("2026-06-12 17:00")) || c.Start.Basis != sla.Observed {
		t.Errorf("final due %s, counted from %+v", c.Due, c.Start)
	}
	// An earlier notice turns up: the final report counts from that one.
	w.now = w.at("2026-06-12 10:00")
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-09 23:00"), Stage: "first"}); err == nil {
		t.Error("a notice from before the incident was taken")
	}
	inc, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 10:00"), Stage: "first"})
	if err != nil {
		t.Fatal(err)
	}
	if !inc.Notices[0].ReceivedAt.Equal(w.at("2026-06-10 10:00")) {
		t.Error("notices are not in the order in which they came")
	}
	if c := inc.Clocks[1]; !c.Start.At.Equal(w.at("2026-06-10 10:00")) {
		t.Errorf("final counts from %s", c.Start.At)
	}
	if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Met, sla.Met)
}

// TestAllChannels: by phone and by mail means both.
func TestAllChannels(t *testing.T) {
	w := newWorld(t)
	id := w.log("both", "2026-06-10 09:00").ID
	for _, step := range []struct {
		channel, at string
		want        sla.State
	}{{"phone", "2026-06-10 11:00", sla.Running}, {"phone", "2026-06-10 11:30", sla.Running}, {"email", "2026-06-10 13:00", sla.Met}} {
		w.now = w.at(step.at)
		if _, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{Channel: step.channel}); err != nil {
			t.Fatal(err)
		}
		w.wantState(id, step.want)
	}
	if c := w.read(id).Clocks[0]; !c.NotifiedAt.Equal(w.at("2026-06-10 13:00")) {
		t.Errorf("fulfilled at %s, want the last channel's", c.NotifiedAt)
	}
}

// TestRecordedLate: a mail that came in time and was recorded late clears the
// vendor; that we raised the alarm stays on record.
func TestRecordedLate(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 16:00")
	w.wantState(id, sla.Overdue)
	inc, err := w.Notice(t.Context(), by("ueda"), id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 15:00")})
	if err != nil {
		t.Fatal(err)
	}
	if c := inc.Clocks[0]; c.State != sla.Met || !c.BreachedAt.Equal(w.at("2026-06-10 15:00")) {
		t.Errorf("%s, breached %s", c.State, c.BreachedAt)
	}
	stored := w.read(id).Clocks[0]
	if stored.State != sla.Met || stored.BreachedAt.IsZero() {
		t.Errorf("stored: %s, breached %s", stored.State, stored.BreachedAt)
	}
}

// TestAcknowledge: repeats are silent, escalation is not, and taking it again
// raises nothing that was silent.
func TestAcknowledge(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 15:00:01")
	w.wantTold("soc overdue of KGN-1")
	inc, err := w.Acknowledge(t.Context(), by("mori"), id, w.at("2026-06-11 00:00"))
	if err != nil {
		t.Fatal(err)
	}
	if inc.Acknowledged.By != "mori" {
		t.Errorf("acknowledged by %q", inc.Acknowledged.By)
	}
	w.set("2026-06-10 17:00:01")
	w.wantTold("lead escalation of KGN-1")
	w.set("2026-06-10 23:30") // 19:00 and 23:00 are silent
	w.wantTold()
	if _, err := w.Acknowledge(t.Context(), by("ueda"), id, w.at("2026-06-11 06:00")); err != nil {
		t.Fatal(err)
	}
	w.wantTold()
	w.set("2026-06-11 05:59")
	w.wantTold()
	w.set("2026-06-11 07:00:01")
	w.wantTold("soc repeat of KGN-1")
	if _, err := w.Acknowledge(t.Context(), by("ueda"), id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.set("2026-07-11 00:00")
	w.wantTold()
}

// TestAcknowledgeAfterDowntime: what was due to be told before anybody had it
// is told first.
func TestAcknowledgeAfterDowntime(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.now = w.at("2026-06-10 20:00")
	if _, err := w.Acknowledge(t.Context(), by("mori"), id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
	w.wantState(id, sla.Overdue)
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	inc, err := w.Cancel(t.Context(), by("ueda"), id, "our own mistake")
	if err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Cancelled, sla.Cancelled)
	if !inc.CancelledAt.Equal(w.now) || inc.CancelReason != "our own mistake" {
		t.Errorf("cancelled at %s: %q", inc.CancelledAt, inc.CancelReason)
	}
	w.set("2027-01-01 00:00")
	w.wantTold()
	w.wantKinds(id, "logged by ueda", "deadline by kigen", "deadline by kigen", "cancelled by ueda", "state by kigen", "state by kigen")
}

// TestIdempotency: the same request again is the same incident; another one
// under its key is refused.
func TestIdempotency(t *testing.T) {
	w := newWorld(t)
	first, err := w.Log(t.Context(), tracker.Request{Actor: "ueda", Key: "key-1"}, w.entry("six", "2026-06-10 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	before := w.dump()
	w.now = w.at("2026-06-10 11:00")
	again, err := w.Log(t.Context(), tracker.Request{Actor: "ueda", Key: "key-1"}, w.entry("six", "2026-06-10 09:00"))
	if err != nil || again.ID != first.ID || len(again.Clocks) != 1 {
		t.Errorf("again: %v, %v; want %s", again, err, first.ID)
	}
	_, err = w.Log(t.Context(), tracker.Request{Actor: "ueda", Key: "key-1"}, w.entry("six", "2026-06-10 09:01"))
	wantProblem(t, err, "Idempotency-Key", "key-1", "KGN-1")
	if w.dump() != before {
		t.Error("a repeated request changed the database")
	}
	other, err := w.Log(t.Context(), tracker.Request{Actor: "ueda", Key: "key-2"}, w.entry("six", "2026-06-10 09:00"))
	if err != nil || other.ID == first.ID {
		t.Errorf("another key: %v, %v", other, err)
	}
}

// TestCommitted: a commit is announced with what it raised, and nothing else is.
func TestCommitted(t *testing.T) {
	w := newWorld(t)
	var heard []store.Committed
	cancel := w.db.Subscribe(func(_ context.Context, c store.Committed) { heard = append(heard, c) })
	inc := w.log("six", "2026-06-10 06:00")
	want := store.Committed{
		Incidents: []sla.IncidentID{inc.ID}, Alerts: []outbox.Reason{outbox.ReasonWarning}, Destinations: []string{"soc"},
		NextStep: inc.Clocks[0].NextStepAt,
	}
	if len(heard) != 1 || !reflect.DeepEqual(heard[0], want) {
		t.Errorf("heard %+v, want %+v", heard, want)
	}
	if _, err := w.Cancel(t.Context(), by("ueda"), 99, ""); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("cancel of no incident: %v", err)
	}
	if len(heard) != 1 {
		t.Error("a change that was refused was announced")
	}
	cancel()
	w.log("six", "2026-06-10 06:00")
	if len(heard) != 1 {
		t.Error("a commit was announced to a subscriber that has left")
	}
}

// TestTermsHoldTheWholeOfIt: beside each clock stands, once, the version of
// the promise that it was made with, and that one's calendar.
func TestTermsHoldTheWholeOfIt(t *testing.T) {
	w := newWorld(t)
	var want []string
	for _, v := range w.Catalogue {
		for range 2 {
			id := w.log(v.ID, "2026-06-10 09:00").ID
			for _, k := range w.read(id).Clocks {
				want = append(want, k.Terms)
			}
		}
		for _, p := range v.Promises {
			want = append(want, p.Calendar.Hash())
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	kept, err := sql.Open("sqlite3", w.db.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if got := rows(t, kept, "SELECT hash FROM terms ORDER BY hash"); !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	desk := w.Catalogue[0].Promises[0].Calendar
	got := rows(t, kept, "SELECT c.body FROM terms p JOIN terms c ON p.body LIKE '%\"calendar\":\"' || c.hash || '\"%' WHERE p.body LIKE '%\"vendor\":\"six\"%'")
	if len(got) != 1 || got[0] != desk.Canonical() {
		t.Errorf("of the calendar of six are kept %d: %.300v", len(got), got)
	}
	if err := w.db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
