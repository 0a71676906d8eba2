package tracker_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
)

func (w *world) withdraw(id sla.IncidentID, n int) {
	w.t.Helper()
	if _, err := w.WithdrawNotice(w.t.Context(), by("mori"), id, n, "another incident's"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) cancel(id sla.IncidentID) {
	w.t.Helper()
	if _, err := w.Cancel(w.t.Context(), by("mori"), id, "a drill"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) reopen(id sla.IncidentID) {
	w.t.Helper()
	if _, err := w.Reopen(w.t.Context(), by("mori"), id, "it was no drill"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) waive(id sla.IncidentID, stage string) {
	w.t.Helper()
	if _, err := w.Waive(w.t.Context(), by("mori"), id, "notice", stage, "agreed with the vendor"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) unwaive(id sla.IncidentID, stage string) {
	w.t.Helper()
	if _, err := w.Unwaive(w.t.Context(), by("mori"), id, "notice", stage, "agreed in error"); err != nil {
		w.t.Fatal(err)
	}
}

// wantProven checks that the record agrees with its history.
func (w *world) wantProven() {
	w.t.Helper()
	if err := w.db.Verify(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// A clock that becomes overdue once more is announced although somebody has acknowledged the
// incident, whether before or after the first repeat: an acknowledgement holds back repeats
// only.
func TestAnnouncedAgainThoughTaken(t *testing.T) {
	ways := map[string]struct {
		settle, undo func(w *world, id sla.IncidentID)
	}{
		"withdrawn": {func(w *world, id sla.IncidentID) {
			if _, err := w.Notice(w.t.Context(), by("mori"), id, tracker.NoticeEntry{Channel: "email"}); err != nil {
				w.t.Fatal(err)
			}
		}, func(w *world, id sla.IncidentID) { w.withdraw(id, 1) }},
		"reopened": {(*world).cancel, (*world).reopen},
		"unwaived": {
			func(w *world, id sla.IncidentID) { w.waive(id, "") },
			func(w *world, id sla.IncidentID) { w.unwaive(id, "") },
		},
	}
	for name, way := range ways {
		for _, taken := range []string{"17:00:00", "21:00:00"} {
			t.Run(name+", taken at "+taken, func(t *testing.T) {
				w := newWorld(t)
				id := w.log("six", "2026-06-10 10:00").ID // due at 16:00, repeated at 20:00
				w.set("2026-06-10 16:00:01")
				if taken > "20" {
					w.set("2026-06-10 20:00:01")
				}
				w.set("2026-06-10 " + taken)
				if _, err := w.Acknowledge(t.Context(), by("ueda"), id, time.Time{}); err != nil {
					t.Fatal(err)
				}
				w.set("2026-06-10 22:00:00")
				way.settle(w, id)
				w.set("2026-06-10 23:00:00")
				w.tape.raised = nil
				way.undo(w, id)
				w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
				w.set("2026-06-12 10:00:00")
				w.wantTold()
			})
		}
	}
}

// A notice that was recorded by mistake stopped the clock before it was due. Once it is
// withdrawn, the deadline has passed, and everyone is alerted at once.
func TestWithdrawnNoticeAlerts(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.hear(id, "2026-06-10 10:00", "")
	w.wantState(id, sla.Met)
	w.set("2026-06-10 18:00") // 3 hours past due
	w.wantTold()
	w.withdraw(id, 1)
	w.wantState(id, sla.Overdue)
	w.wantTold("soc overdue of KGN-1", "lead escalation of KGN-1")
	inc := w.read(id)
	n := inc.Notices[0]
	if n.Counts() || !n.Withdrawal.At.Equal(w.now) || n.Withdrawal.By != "mori" || n.Withdrawal.Reason != "another incident's" || len(inc.Counted()) != 0 {
		t.Errorf("withdrawn: %+v", n)
	}
	if k := inc.Clocks[0]; !k.NotifiedAt.IsZero() || !k.BreachedAt.Equal(k.Due) {
		t.Errorf("clock: notified %s, breached %s", k.NotifiedAt, k.BreachedAt)
	}
	for _, line := range rows(t, w.raw(), `SELECT COUNT(*) FROM alerts WHERE at <> `+fmt.Sprint(w.now.UnixMilli())) {
		if line != "0" {
			t.Errorf("%s alerts are planned for an instant before the withdrawal", line)
		}
	}
	w.wantKinds(id, "logged by ueda", "deadline by kigen", "notice by ueda", "state by kigen", "withdrawn by mori", "state by kigen")
	w.wantProven()
}

// A late notice that was entered too early counts as in time; withdrawn and recorded
// with its true time, it is late again, and the breach was never erased.
func TestWithdrawnMistakenTime(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 16:00")
	w.hear(id, "2026-06-10 14:00", "")
	w.wantState(id, sla.Met)
	breached := w.read(id).Clocks[0].BreachedAt
	w.tape.raised = nil
	w.withdraw(id, 1)
	w.wantState(id, sla.Overdue)
	w.wantTold("soc overdue of KGN-1") // overdue once more: told once more
	w.hear(id, "2026-06-10 15:30", "")
	w.wantState(id, sla.Late)
	inc := w.read(id)
	if k := inc.Clocks[0]; breached.IsZero() || !k.BreachedAt.Equal(breached) || !k.NotifiedAt.Equal(w.at("2026-06-10 15:30")) {
		t.Errorf("breached %s, was %s; notified %s", k.BreachedAt, breached, k.NotifiedAt)
	}
	var numbers []int
	for _, n := range inc.Notices { // by ReceivedAt
		numbers = append(numbers, n.Number)
	}
	if !slices.Equal(numbers, []int{1, 2}) {
		t.Errorf("numbers %v", numbers)
	}
	w.hear(id, "2026-06-10 13:00", "")
	if first := w.read(id).Notices[0]; first.Number != 3 {
		t.Errorf("the earliest notice, recorded last, is number %d", first.Number)
	}
	w.wantProven()
}

// Withdrawing a notice takes back the rounds that counted from it; a notice that counts
// for nothing changes no clock.
func TestWithdrawnFromCadence(t *testing.T) {
	w, id := newCadence(t)
	w.hear(id, "2026-06-10 20:00", "")
	w.hear(id, "2026-06-11 18:00", "")
	w.set("2026-06-12 18:00:01")
	w.withdraw(id, 2)
	w.wantClocks(id, "first met 10T09:00 10T21:00", "update overdue 10T20:00 11T20:00+", "report overdue 10T20:00 12T17:00+", "update#2 pending+")
	w.withdraw(id, 1)
	w.wantClocks(id, "first overdue 10T09:00 10T21:00+", "update pending+", "report pending+", "update#2 pending+")
	w.hear(id, "2026-06-12 19:00", "")
	w.wantClocks(id, "first late 10T09:00 10T21:00+", "update running 12T19:00 13T19:00+", "report running 12T19:00 16T17:00+", "update#2 pending+")
	w.wantProven()
}

// A vendor that left the configuration keeps its clocks; they count from the notices
// that were not withdrawn.
func TestWithdrawnWithoutVendor(t *testing.T) {
	w, id := newCadence(t)
	w.hear(id, "2026-06-10 20:00", "")
	w.set("2026-06-12 20:00")
	w.hear(id, "2026-06-12 20:00", "report")
	w.Catalogue = nil
	w.withdraw(id, 2)
	w.wantState(id, sla.Met, sla.Overdue, sla.Overdue)
	w.wantProven()
}

// Whatever is recorded and withdrawn, in any order, the clocks are those of the notices
// that count.
func TestWithdrawnIsAsNeverRecorded(t *testing.T) {
	w, _ := newCadence(t)
	outcome := func(id sla.IncidentID) (lines []string) {
		for _, c := range w.read(id).Clocks {
			if !c.Start.At.IsZero() { // a round that counted from a withdrawn notice has none
				lines = append(lines, fmt.Sprint(c.Stage, c.State, c.Start.At, c.Due, c.NotifiedAt))
			}
		}
		return lines
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 12 {
		w.now = w.at("2026-06-10 10:00")
		all, some := w.log("chatty", "2026-06-10 09:00").ID, w.log("chatty", "2026-06-10 09:00").ID
		w.set("2026-06-20 10:00")
		for n := range 1 + r.IntN(4) {
			entry := tracker.NoticeEntry{
				ReceivedAt: w.at("2026-06-10 10:00").Add(time.Duration(r.IntN(100)) * time.Hour),
				Stage:      []string{"", "update", "report"}[r.IntN(3)],
			}
			record := func(id sla.IncidentID) {
				if _, err := w.Notice(t.Context(), by("ueda"), id, entry); err != nil {
					t.Fatal(err)
				}
			}
			record(all)
			if r.IntN(2) == 0 {
				record(some)
			} else {
				w.withdraw(all, n+1)
			}
		}
		if got, want := outcome(all), outcome(some); !slices.Equal(got, want) {
			t.Errorf("clocks of %s are\n%s\nwant\n%s", all, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	w.wantProven()
}

// A cancelled incident is reopened: its clocks are what they would be without the
// cancellation, and what passed meanwhile is alerted at once.
func TestReopen(t *testing.T) {
	w := newWorld(t)
	running, overdue, met := w.log("six", "2026-06-10 09:00").ID, w.log("six", "2026-06-10 07:00").ID, w.log("six", "2026-06-10 08:00").ID
	staged, none, gated := w.log("staged", "2026-06-10 08:00").ID, w.log("none", "2026-06-10 09:00").ID, w.log("gated", "").ID
	limited := sla.ImpactLimited
	if _, err := w.Amend(t.Context(), by("ueda"), gated, tracker.Amendment{Impact: &limited}); err != nil {
		t.Fatal(err)
	}
	w.hear(met, "2026-06-10 10:00", "")
	w.set("2026-06-10 13:30") // only overdue has passed its deadline, at 13:00
	w.wantState(overdue, sla.Overdue)
	breached := w.read(overdue).Clocks[0].BreachedAt
	w.waive(staged, "final")
	all := []sla.IncidentID{running, overdue, met, staged, none, gated}
	for _, id := range all {
		w.cancel(id)
	}
	w.tape.raised = nil
	w.set("2026-06-10 15:30") // all deadlines have passed
	w.wantTold()
	for _, id := range all {
		w.reopen(id)
	}
	w.wantTold("soc overdue of KGN-1", "soc overdue of KGN-2", "lead escalation of KGN-2", "soc overdue of KGN-4")
	w.wantState(running, sla.Overdue)
	w.wantState(overdue, sla.Overdue)
	w.wantState(met, sla.Met)
	w.wantState(staged, sla.Overdue, sla.Waived)
	w.wantState(none, sla.NoCommitment)
	w.wantState(gated, sla.NotApplicable)
	inc := w.read(overdue)
	if k := inc.Clocks[0]; !inc.CancelledAt.IsZero() || inc.CancelReason != "" || breached.IsZero() || !k.BreachedAt.Equal(breached) {
		t.Errorf("cancelled %s: %q, breached %s, was %s", inc.CancelledAt, inc.CancelReason, k.BreachedAt, breached)
	}
	w.unwaive(staged, "final")
	w.wantState(staged, sla.Overdue, sla.Pending)
	w.wantKinds(running, "logged by ueda", "deadline by kigen", "state by kigen", "cancelled by mori", "state by kigen", "reopened by mori", "state by kigen")
	w.cancel(running) // again, and once more
	w.reopen(running)
	w.wantState(running, sla.Overdue)
	w.wantProven()
}

// A cancellation drops the announcement that waits for a destination's hours; a
// reopened incident is announced after all.
func TestReopenedIsAnnounced(t *testing.T) {
	w := newWorld(t)
	w.Policies = policy.Policies{{To: []string{"soc"}, Logged: true}}
	id := w.log("six", "2026-06-10 09:00").ID
	w.wantTold("soc logged of KGN-1")
	w.now = w.at("2026-06-10 10:01")
	w.cancel(id)
	w.now = w.at("2026-06-10 10:02")
	w.reopen(id)
	w.wantTold("soc logged of KGN-1")
	w.now = w.at("2026-06-10 10:03")
	other := w.log("six", "2026-06-10 09:00").ID
	if _, err := w.raw().Exec(`UPDATE deliveries SET state = 'sent' WHERE incident_id = 2`); err != nil {
		t.Fatal(err)
	}
	w.tape.raised = nil
	w.cancel(other)
	w.reopen(other)
	w.wantTold() // its message is updated
}

// A cancellation or a waiver drops an alert that was not sent yet. Taken back, the alert
// that is still the newest is sent after all, once; one that has arrived is not.
func TestUnsentAlertsComeBack(t *testing.T) {
	for name, undo := range map[string]struct {
		do, back func(w *world, id sla.IncidentID)
	}{
		"cancelled": {(*world).cancel, (*world).reopen},
		"waived":    {func(w *world, id sla.IncidentID) { w.waive(id, "") }, func(w *world, id sla.IncidentID) { w.unwaive(id, "") }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Policies = policy.Policies{{To: []string{"soc", "lead"}, Warn: []policy.Lead{{Before: time.Hour}}}}
			id := w.log("six", "2026-06-10 09:00").ID // due at 15:00
			w.set("2026-06-10 14:10")
			w.wantTold("soc warning of KGN-1", "lead warning of KGN-1")
			if _, err := w.raw().Exec(`UPDATE deliveries SET state = 'sent', channel = 'c', ts = '1', sent_at = queued_at WHERE destination = 'lead'`); err != nil {
				t.Fatal(err)
			}
			w.wantPosts("lead sent, soc pending")
			undo.do(w, id)
			w.wantPosts("lead sent, soc superseded")
			w.now = w.at("2026-06-10 14:20")
			undo.back(w, id)
			w.wantPosts("lead sent, soc pending")
			undo.do(w, id) // and again
			w.now = w.at("2026-06-10 15:30")
			w.tape.raised = nil
			undo.back(w, id) // the warning is no longer the newest
			w.wantTold("soc overdue of KGN-1", "lead overdue of KGN-1")
			w.wantPosts("lead pending, lead sent, soc pending, soc superseded")
		})
	}
}

// wantPosts compares the posts by destination with their states.
func (w *world) wantPosts(want string) {
	w.t.Helper()
	var got string
	err := w.raw().QueryRow(`SELECT group_concat(post, ', ') FROM (SELECT destination || ' ' || state AS post FROM deliveries WHERE kind = 'post' ORDER BY 1)`).Scan(&got)
	if err != nil || got != want {
		w.t.Errorf("the posts are %q, want %q %v", got, want, err)
	}
}

// A waived clock stays silent. Lifted, it is what it would be without the waiver.
func TestWaive(t *testing.T) {
	w := newWorld(t)
	ahead, passed, late := w.log("six", "2026-06-10 09:00").ID, w.log("six", "2026-06-10 06:00").ID, w.log("six", "2026-06-10 03:00").ID
	w.set("2026-06-10 12:01")
	w.hear(late, "2026-06-10 12:00", "")
	w.tape.raised = nil
	for _, id := range []sla.IncidentID{ahead, passed, late} {
		w.waive(id, "")
		w.wantState(id, sla.Waived)
	}
	k := w.read(passed).Clocks[0]
	if want := (sla.Waiver{At: w.now.UTC(), By: "mori", Reason: "agreed with the vendor", Whole: true}); k.Waiver != want || k.BreachedAt.IsZero() || !k.NextStepAt.IsZero() {
		t.Errorf("%+v, breached %s, next step %s", k.Waiver, k.BreachedAt, k.NextStepAt)
	}
	if pending := rows(t, w.raw(), `SELECT COUNT(*) FROM deliveries WHERE kind = 'post' AND state = 'pending'`); pending[0] != "0" {
		t.Errorf("%s posts about waived clocks wait", pending[0])
	}
	w.set("2026-06-10 16:00")
	w.wantTold()
	occurred := tracker.Amendment{Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2026-06-10 09:30")}}}
	if _, err := w.Amend(t.Context(), by("ueda"), ahead, occurred); err != nil {
		t.Fatal(err)
	}
	w.wantState(ahead, sla.Waived) // with a deadline by the new facts
	if k := w.read(ahead).Clocks[0]; !k.Due.Equal(w.at("2026-06-10 15:30")) || !k.BreachedAt.IsZero() {
		t.Errorf("due %s, breached %s", k.Due, k.BreachedAt)
	}
	for _, id := range []sla.IncidentID{ahead, passed, late} {
		w.unwaive(id, "")
	}
	w.wantState(ahead, sla.Overdue)
	w.wantState(passed, sla.Overdue)
	w.wantState(late, sla.Late)
	w.wantTold("soc overdue of KGN-1", "soc overdue of KGN-2", "lead escalation of KGN-2")
	if k := w.read(passed).Clocks[0]; k.Waiver != (sla.Waiver{}) {
		t.Errorf("lifted: %+v", k.Waiver)
	}
	w.wantKinds(ahead, "logged by ueda", "deadline by kigen", "state by kigen", "waived by mori", "state by kigen",
		"amended by ueda", "deadline by kigen", "unwaived by mori", "state by kigen")
	w.wantProven()
}

// A waiver of the whole promise covers the rounds that start later; one of a round does
// not, and once a round counts again, so do the later ones.
func TestWaivedCadence(t *testing.T) {
	w, whole := newCadence(t)
	one, lifted := w.log("chatty", "2026-06-10 09:00").ID, w.log("chatty", "2026-06-10 09:00").ID
	all := []sla.IncidentID{whole, one, lifted}
	for _, id := range all {
		w.hear(id, "2026-06-10 20:00", "")
	}
	w.waive(whole, "")
	w.waive(one, "update")
	w.waive(lifted, "")
	w.unwaive(lifted, "report")
	w.tape.raised = nil
	w.set("2026-06-11 10:00")
	for _, id := range all {
		w.hear(id, "2026-06-11 10:00", "update")
	}
	w.wantState(whole, sla.Waived, sla.Waived, sla.Waived, sla.Waived)
	w.wantState(one, sla.Met, sla.Waived, sla.Running, sla.Running)
	w.wantState(lifted, sla.Waived, sla.Waived, sla.Running, sla.Running)
	w.set("2026-06-12 11:00") // the second rounds are overdue
	w.wantTold("soc warning of KGN-2", "soc overdue of KGN-2", "soc warning of KGN-3", "soc overdue of KGN-3")
	w.unwaive(whole, "")
	w.wantState(whole, sla.Met, sla.Met, sla.AtRisk, sla.Overdue)
	w.wantProven()
}

// A waiver reaches no further than what the vendor owes.
func TestWaivedAndGated(t *testing.T) {
	w := newWorld(t)
	id := w.log("gated", "").ID
	w.waive(id, "")
	w.wantState(id, sla.Waived)
	impact := func(i sla.Impact) {
		if _, err := w.Amend(t.Context(), by("ueda"), id, tracker.Amendment{Impact: &i}); err != nil {
			t.Fatal(err)
		}
	}
	impact(sla.ImpactNone)
	w.wantState(id, sla.NotApplicable)
	impact(sla.ImpactSerious)
	w.wantState(id, sla.Waived)
	w.unwaive(id, "")
	if state := w.read(id).Clocks[0].State; !state.Open() {
		t.Errorf("lifted: %s", state)
	}
	w.wantProven()
}

func TestUndoRefused(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	open, staged, none, gone := w.log("six", "2026-06-10 09:00").ID, w.log("staged", "2026-06-10 09:00").ID, w.log("none", "2026-06-10 09:00").ID, w.log("six", "2026-06-10 09:00").ID
	w.hear(gone, "2026-06-10 09:30", "")
	w.cancel(gone)
	w.hear(staged, "2026-06-10 09:30", "")
	w.withdraw(staged, 1)
	w.waive(staged, "final")
	withdraw := func(id sla.IncidentID, n int, reason string) func() error {
		return func() error { _, err := w.WithdrawNotice(ctx, by("ueda"), id, n, reason); return err }
	}
	reopen := func(id sla.IncidentID, reason string) func() error {
		return func() error { _, err := w.Reopen(ctx, by("ueda"), id, reason); return err }
	}
	waive := func(id sla.IncidentID, promise, stage, reason string) func() error {
		return func() error { _, err := w.Waive(ctx, by("ueda"), id, promise, stage, reason); return err }
	}
	unwaive := func(id sla.IncidentID, promise, stage string) func() error {
		return func() error { _, err := w.Unwaive(ctx, by("ueda"), id, promise, stage, "x"); return err }
	}
	before := w.dump()
	for _, test := range []struct {
		name                 string
		do                   func() error
		field, value, remedy string
	}{
		{"no notice to withdraw", withdraw(open, 1, "x"), "n", "1", "has none"},
		{"no such notice", withdraw(staged, 2, "x"), "n", "2", "from 1 to 1"},
		{"notice 0", withdraw(staged, 0, "x"), "n", "0", "from 1 to 1"},
		{"withdrawn twice", withdraw(staged, 1, "x"), "n", "1", "already"},
		{"withdrawn without a reason", withdraw(staged, 1, ""), "reason", "", "required"},
		{"withdrawn for a reason of two lines", withdraw(staged, 1, "one\ntwo"), "reason", `one\ntwo`, "on one line"},
		{"withdrawn from a cancelled one", withdraw(gone, 1, "x"), "state", "cancelled", "reopen"},
		{"reopened though open", reopen(open, "x"), "state", "", "not cancelled"},
		{"reopened without a reason", reopen(gone, ""), "reason", "", "required"},
		{"another promise waived", waive(open, "other", "", "x"), "promise", "other", "use one of notice"},
		{"a stage of a promise without", waive(open, "notice", "first", "x"), "stage", "first", "leave it out"},
		{"another stage waived", waive(staged, "notice", "last", "x"), "stage", "last", "first, final"},
		{"waived twice", waive(staged, "notice", "final", "x"), "stage", "final", "already"},
		{"nothing promised", waive(none, "notice", "", "x"), "promise", "notice", "promises no time"},
		{"waived without a reason", waive(open, "notice", "", ""), "reason", "", "required"},
		{"a cancelled one waived", waive(gone, "notice", "", "x"), "state", "cancelled", "reopen"},
		{"nothing to lift", unwaive(open, "notice", ""), "promise", "notice", "not waived"},
		{"a stage that counts lifted", unwaive(staged, "notice", "first"), "stage", "first", "not waived"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.do()
			wantProblem(t, err, test.field, test.value, test.remedy)
			var problems tracker.Invalid
			errors.As(err, &problems)
			for _, p := range problems {
				if p.In("ja") == p.In("en") {
					t.Errorf("%s has no Japanese text", p.Field)
				}
			}
			if w.dump() != before {
				t.Fatal("something of it was stored")
			}
		})
	}
	if _, err := w.Reopen(ctx, by("ueda"), 99, "x"); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("an incident that does not exist: %v", err)
	}
}
