package tracker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

func (w *world) claim(destination string) *outbox.Delivery {
	w.t.Helper()
	d, err := w.db.NextDelivery(w.t.Context(), destination, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) arrived(d *outbox.Delivery) {
	w.t.Helper()
	if err := w.db.Sent(w.t.Context(), d.ID, outbox.Receipt{Channel: "C", TS: "1"}, w.now); err != nil {
		w.t.Fatal(err)
	}
}

// The wall clock was nine hours ahead: what it made overdue is taken back, the
// message that is out is corrected in place, and another alert goes out when the
// deadline passes.
func TestAClockThatWasAheadIsCorrected(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 10:00").ID // due at 16:00
	w.set("2026-06-10 19:30:00")              // it is 10:30
	w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
	early := w.claim("soc")
	w.arrived(early)
	w.wantState(id, sla.Overdue)

	w.set("2026-06-10 10:30:10")
	w.wantState(id, sla.Running)
	if c := w.read(id).Clocks[0]; !c.BreachedAt.IsZero() || !c.PrematureAt.Equal(w.now) {
		t.Errorf("breached %s, taken back %s", c.BreachedAt, c.PrematureAt)
	}
	body := last[history.Premature](w, id, sla.EventPremature)
	if body.State != sla.Overdue || body.Breached == nil || !body.Breached.Equal(w.at("2026-06-10 16:00")) {
		t.Errorf("the history says %+v", body)
	}
	w.kinds(id) // checks the chain
	if d := w.claim("soc"); d == nil || d.Kind != outbox.Update || !d.Alert.Premature || d.Alert.ID != early.Alert.ID || d.Clock.State != sla.Running {
		t.Fatalf("the message is followed by %+v, want its correction", d)
	} else {
		w.arrived(d)
	}
	if d := w.claim("lead"); d != nil {
		t.Errorf("what was not out yet still goes out: %s", d.Key)
	}
	w.wantTold()

	w.set("2026-06-10 13:00:00")
	w.wantTold("soc warning of KGN-1")
	w.set("2026-06-10 16:00:01")
	w.wantTold("soc overdue of KGN-1")
	w.wantState(id, sla.Overdue)
	if c := w.read(id).Clocks[0]; !c.BreachedAt.Equal(c.Due) {
		t.Errorf("breached at %s, want when it was due", c.BreachedAt)
	}
	w.set("2026-06-10 18:00:01")
	w.wantTold("lead escalation of KGN-1")
	if err := w.db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A wall clock that was ahead made a deadline pass, and somebody acknowledged the incident.
// When the deadline really passes, its alert is raised, although kigen looks only after the
// time of the acknowledgement: the first alert was taken back and counts as never raised.
func TestAnAcknowledgementUnderAClockThatWasAhead(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 10:00").ID // due at 16:00
	w.set("2026-06-11 06:30:00")              // it is the day before
	w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
	if _, err := w.Acknowledge(t.Context(), by("ueda"), id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.set("2026-06-10 10:30:10")
	w.wantState(id, sla.Running)
	w.set("2026-06-11 20:00:00") // after the acknowledgement
	w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
	w.set("2026-06-12 20:00:00")
	w.wantTold()
}

// A time service sets clocks by seconds: what was decided then stands.
func TestASmallStepBackChangesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 10:00").ID
	w.set("2026-06-10 16:00:01")
	w.wantTold("soc overdue of KGN-1")
	w.set("2026-06-10 15:59:00")
	w.wantState(id, sla.Overdue)
	w.set("2026-06-10 16:01:00")
	w.wantTold()
}

// A wall clock that was ahead made a corrected deadline pass. Once that is taken
// back, the warning of the deadline goes out when it is due, not at the instant
// at which the deadline had seemed to pass.
func TestAWarningDoesNotWaitForATakenBackFuture(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 03:00").ID // due at 9:00
	w.arrived(w.claim("soc"))
	w.set("2026-06-10 14:00:00")
	w.occurred(id, w.at("2026-06-10 13:50")) // due at 19:50
	w.wantState(id, sla.Running)
	w.set("2026-06-11 14:00:00")
	w.wantState(id, sla.Overdue)
	w.set("2026-06-10 14:05:00")
	w.wantState(id, sla.Running)
	for w.claim("soc") != nil { // what became of the messages so far
		continue
	}
	w.set("2026-06-10 16:50:00")
	if d := w.claim("soc"); d == nil || d.Alert.Reason != outbox.ReasonWarning {
		t.Errorf("claimed %+v, want the warning half way", d)
	}
}

// What was true before the step back stays true, and causes no second alert.
func TestWhatWasTrueStands(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 03:00").ID // due at 9:00, logged at 10:00
	w.wantTold("soc overdue of KGN-1")
	w.set("2026-06-10 23:00:00")
	w.tape.raised = nil
	w.set("2026-06-10 10:05:00")
	w.wantState(id, sla.Overdue)
	w.wantTold()
	if c := w.read(id).Clocks[0]; !c.BreachedAt.Equal(c.Due) {
		t.Error("a true breach was taken back")
	}
	w.set("2026-06-10 11:00:01")
	w.wantTold("lead escalation of KGN-1")
	w.set("2026-06-10 13:00:01")
	w.wantTold("soc repeat of KGN-1")
}

// A retry that was put off while the clock was ahead does not wait for hours.
func TestARetryDoesNotWaitForTheOldClock(t *testing.T) {
	w := newWorld(t)
	w.log("six", "2026-06-10 03:00")
	w.now = w.at("2026-06-10 19:00")
	d := w.claim("soc")
	if err := w.db.Retry(t.Context(), d.Attempt(), w.now.Add(30*time.Second), "no answer"); err != nil {
		t.Fatal(err)
	}
	w.set("2026-06-10 19:00:10")
	w.set("2026-06-10 10:01:00")
	if again := w.claim("soc"); again == nil || again.ID != d.ID {
		t.Errorf("claimed %+v, want the retry", again)
	}
}

// A clock of 1970 is not believed: nothing is logged and nothing is judged,
// until it is right, the system vouches for it, or a person does.
func TestAClockThatIsFarBehindIsRefused(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:30").ID
	vouched := false
	w.Vouched = func(time.Time) bool { return vouched }
	refused := func() {
		t.Helper()
		var wrong *tracker.ClockError
		for name, do := range map[string]func() error{
			"log":         func() error { _, err := w.Log(t.Context(), by("ueda"), w.entry("six", "")); return err },
			"acknowledge": func() error { _, err := w.Acknowledge(t.Context(), by("ueda"), id, time.Time{}); return err },
			"step":        func() error { _, err := w.Step(t.Context()); return err },
			"check":       func() error { return w.CheckClock(t.Context()) },
		} {
			if err := do(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "the wall clock says") || !strings.Contains(wrong.In("ja"), "時計") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.Adopt(t.Context()); err != nil {
			t.Errorf("a start under a wrong clock fails: %v", err)
		}
	}
	for _, now := range []time.Time{time.Unix(180, 0), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), w.at("2026-06-09 09:59")} {
		w.now = now
		before := w.dump()
		refused()
		if w.dump() != before {
			t.Errorf("something was written at %s", now)
		}
	}
	w.now = w.at("2026-06-10 10:00:05")
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.log("six", "2026-06-10 09:30")

	w.now = w.at("2028-06-10 10:00") // a year that is wrong, once
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.now = w.at("2026-06-10 10:10")
	refused()
	if err := w.db.AcceptClock(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Running)

	w.now = w.at("2028-06-10 10:00")
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.now, vouched = w.at("2026-06-10 10:20"), true
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantState(id, sla.Running)
	w.tape.raised = nil
	w.set("2026-06-10 15:30:01")
	w.wantTold("soc overdue of KGN-1", "soc overdue of KGN-2")
}

// The auditor does not count a premature alert.
func TestTheAuditorForgetsWhatWasTooEarly(t *testing.T) {
	w := newWorld(t)
	w.log("six", "2026-06-10 10:00")
	w.set("2026-06-10 19:30:00")
	w.arrived(w.claim("soc"))
	w.set("2026-06-10 10:30:10")
	books := w.db.Auditor()
	defer func() { _ = books.Close() }()
	found, err := books.Unalerted(t.Context(), w.at("2026-06-10 16:06"), store.Stage{To: []string{"soc"}}, 5*time.Minute, 10)
	if err != nil || len(found) != 1 {
		t.Errorf("found %v, %v, want the clock that nobody was told of in time", found, err)
	}
}

// A clock became overdue once more while the wall clock was ahead, by a
// correction that put its deadline truly into the past. What falls due after the
// wall clock was set back goes out then, not at the instant that it showed before.
func TestOverdueOnceMoreUnderAClockThatWasAhead(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 10:00").ID // due at 16:00
	w.set("2026-06-10 16:00:01")
	amend := func(now, occurred string) {
		t.Helper()
		w.now = w.at(now)
		times := map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at(occurred)}}
		if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Times: times}); err != nil {
			t.Fatal(err)
		}
	}
	amend("2026-06-10 17:00:00", "2026-06-10 13:00") // due at 19:00
	w.wantState(id, sla.AtRisk)
	amend("2026-06-11 09:00:00", "2026-06-10 12:00") // it is 18:30, and was due at 18:00
	w.wantState(id, sla.Overdue)
	w.set("2026-06-10 19:00:00")
	w.set("2026-06-10 20:00:01")
	if d := w.claim("lead"); d == nil || d.Alert.Reason != outbox.ReasonEscalation {
		t.Errorf("lead gets %+v, want the escalation", d)
	}
}
