package intake_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

func amendment(times map[sla.Moment]sla.Stamp) tracker.Amendment {
	return tracker.Amendment{Times: times}
}

// candidate takes a mail in that nothing records.
func (w *world) candidate(incident string) inbox.Item {
	w.Helper()
	return w.take(intake.Batch{Source: "mail", Pushed: true, Entries: []intake.Entry{mail("<a@hoshi>", incident, false)}}).Items[0]
}

// An accepted mail is the notice that stops the clock; undone, the notice is withdrawn and
// the mail waits again.
func TestAcceptAndUndoANotice(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-time.Hour))
	it := w.candidate("")
	w.at(2 * time.Hour)
	got, err := w.Accept(t.Context(), sato, it.ID, intake.Acceptance{Incident: inc.ID, Reason: "same ticket"})
	if err != nil || got.State != inbox.Recorded || got.Incident != "KGN-1" || got.Notice != 1 {
		t.Fatal(got, err)
	}
	after, events := w.read(inc.ID)
	if after.Clocks[0].State != sla.Met || after.Notices[0].RecordedBy != sato.Actor || events[len(events)-1].Origin == "" && events[len(events)-2].Origin == "" {
		t.Errorf("%+v", after)
	}
	_, err = w.Accept(t.Context(), sato, it.ID, intake.Acceptance{Incident: inc.ID})
	var settled *intake.Settled
	if !errors.As(err, &settled) || settled.By != sato.Actor || !errors.Is(err, tracker.ErrConflict) || !strings.Contains(settled.In("ja"), "user:sato") {
		t.Errorf("a second time: %v", err)
	}
	if _, err := w.Undo(t.Context(), sato, it.ID, "", 0); err == nil {
		t.Error("undone without a reason")
	}
	undone, err := w.Undo(t.Context(), sato, it.ID, "another incident", 0)
	if err != nil || undone.State != inbox.Candidate || undone.Notice != 0 {
		t.Fatal(undone, err)
	}
	after, _ = w.read(inc.ID)
	if after.Clocks[0].State != sla.Running || after.Notices[0].Counts() {
		t.Errorf("%+v", after.Clocks[0])
	}
	if _, err := w.Undo(t.Context(), sato, it.ID, "again", 0); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("undone twice: %v", err)
	}
	// Once more: it is the second notice, and that one is withdrawn.
	if got, err = w.Accept(t.Context(), sato, it.ID, intake.Acceptance{Incident: inc.ID}); err != nil || got.Notice != 2 {
		t.Fatal(got, err)
	}
	if _, err = w.Undo(t.Context(), sato, it.ID, "no", 0); err != nil {
		t.Fatal(err)
	}
	if after, _ = w.read(inc.ID); len(after.Counted()) != 0 || len(after.Notices) != 2 {
		t.Errorf("%+v", after.Notices)
	}
	told := w.item(it.ID)
	var actions []string
	for _, d := range told.Decisions {
		actions = append(actions, string(d.Action))
	}
	if strings.Join(actions, " ") != "record undo record undo" || told.Decisions[0].Reason != "same ticket" || told.Decisions[1].Notice != 1 {
		t.Errorf("%+v", told.Decisions)
	}
	w.verify()
}

// A mail that becomes an incident is its first notice; a page is none. Undone, the incident
// is cancelled.
func TestAcceptAsAnIncident(t *testing.T) {
	w := newWorld(t)
	it := w.candidate("")
	w.at(2 * time.Hour)
	got, err := w.Accept(t.Context(), sato, it.ID, intake.Acceptance{Impact: sla.ImpactSerious, Title: "API down"})
	if err != nil || got.State != inbox.Logged || got.Incident != "KGN-1" {
		t.Fatal(got, err)
	}
	inc, _ := w.read(1)
	if inc.Title != "API down" || inc.Impact != sla.ImpactSerious || len(inc.Notices) != 1 || inc.Clocks[0].State != sla.Met || !inc.Times[sla.Aware].At.Equal(nine) {
		t.Errorf("%+v", inc)
	}
	if _, err := w.Undo(t.Context(), sato, it.ID, "a drill", 0); err != nil {
		t.Fatal(err)
	}
	if inc, _ = w.read(1); inc.CancelledAt.IsZero() || inc.CancelReason != "a drill" {
		t.Errorf("%+v", inc)
	}
	if told := w.item(it.ID); told.Item.State != inbox.Candidate || told.Item.Incident != "" {
		t.Errorf("%+v", told.Item)
	}
	w.verify()
}

// Planned work becomes an incident of its kind, which needs the planned start.
func TestAcceptMaintenance(t *testing.T) {
	w := newWorld(t)
	e := mail("<m@hoshi>", "", false)
	e.Kind = inbox.KindMaintenance
	it := w.take(intake.Batch{Source: "mail", Pushed: true, Entries: []intake.Entry{e}}).Items[0]
	w.at(2 * time.Hour)
	_, err := w.Accept(t.Context(), sato, it.ID, intake.Acceptance{})
	if problems, ok := tracker.AsInvalid(err); !ok || problems[0].Field != "scheduled_at" {
		t.Fatal(err)
	}
	start := nine.Add(7 * 24 * time.Hour)
	if _, err := w.Accept(t.Context(), sato, it.ID, intake.Acceptance{Times: map[sla.Moment]sla.Stamp{sla.Scheduled: {At: start, Basis: sla.Stated}}}); err != nil {
		t.Fatal(err)
	}
	inc, _ := w.read(1)
	if inc.Kind != sla.KindMaintenance || !inc.Times[sla.Scheduled].At.Equal(start) {
		t.Errorf("%+v", inc)
	}
	w.verify()
}

// A linked item belongs to an incident and is no notice of it.
func TestLink(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-time.Hour))
	it := w.candidate("")
	w.at(2 * time.Hour)
	got, err := w.Link(t.Context(), sato, it.ID, inc.ID, "", it.Version)
	if err != nil || got.State != inbox.Logged || got.Incident != "KGN-1" {
		t.Fatal(got, err)
	}
	after, _ := w.read(inc.ID)
	if after.Clocks[0].State != sla.Running || len(after.Notices) != 0 || len(after.Notes) != 1 {
		t.Errorf("%+v", after)
	}
	if _, err := w.Undo(t.Context(), sato, it.ID, "another", it.Version); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("over an old version: %v", err)
	}
	if got, err = w.Undo(t.Context(), sato, it.ID, "another", got.Version); err != nil || got.State != inbox.Candidate || got.Incident != "" {
		t.Error(got, err)
	}
	if after, _ = w.read(inc.ID); !after.CancelledAt.IsZero() {
		t.Error("the incident was cancelled")
	}
	if _, err := w.Link(t.Context(), sato, it.ID, 99, "", 0); !errors.Is(err, tracker.ErrNotFound) {
		t.Error(err)
	}
	w.verify()
}

// A request under the same key decides once, and another one is refused.
func TestDecisionsUnderAKey(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-time.Hour))
	it := w.candidate("")
	w.at(2 * time.Hour)
	by := sato
	by.Key = "once"
	for range 3 {
		if got, err := w.Accept(t.Context(), by, it.ID, intake.Acceptance{Incident: inc.ID}); err != nil || got.State != inbox.Recorded {
			t.Fatal(got, err)
		}
	}
	if after, _ := w.read(inc.ID); len(after.Notices) != 1 {
		t.Errorf("%d notices", len(after.Notices))
	}
	if _, err := w.Dismiss(t.Context(), by, it.ID, "", 0); err == nil || !strings.Contains(err.Error(), "Idempotency-Key") {
		t.Error(err)
	}
	other := by
	other.Actor = "user:yamada"
	if _, err := w.Accept(t.Context(), other, it.ID, intake.Acceptance{Incident: inc.ID}); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Error(err)
	}
}

// Of many people who accept at once, one does.
func TestManyAcceptAtOnce(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-time.Hour))
	it := w.candidate("")
	w.at(2 * time.Hour)
	var done sync.WaitGroup
	results := make(chan error, 8)
	for i := range 8 {
		done.Go(func() {
			a := intake.Acceptance{Incident: inc.ID}
			if i%2 == 1 {
				a.Incident = 0
			}
			_, err := w.Accept(t.Context(), sato, it.ID, a)
			results <- err
		})
	}
	done.Wait()
	close(results)
	won := 0
	for err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, tracker.ErrConflict):
			t.Error(err)
		}
	}
	after, _ := w.read(inc.ID)
	told := w.item(it.ID)
	if won != 1 || len(told.Decisions) != 1 {
		t.Errorf("%d won: %+v", won, told.Decisions)
	}
	if told.Decisions[0].Action == inbox.Record != (len(after.Notices) == 1) {
		t.Errorf("%+v, %d notices", told.Decisions[0], len(after.Notices))
	}
	w.verify()
}

// An erasure takes the texts and originals of what came in about an incident, and the record
// still verifies.
func TestErasure(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-time.Hour))
	it := w.candidate("")
	w.at(2 * time.Hour)
	if _, err := w.Accept(t.Context(), sato, it.ID, intake.Acceptance{Incident: inc.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.tracker.Erase(t.Context(), sato, inc.ID, tracker.Erasure{Fields: []string{"notices", "files"}, Reason: "personal data"}); err != nil {
		t.Fatal(err)
	}
	told := w.item(it.ID)
	if !strings.HasPrefix(told.Item.Text, "sha256:") || !strings.HasPrefix(told.Revisions[0].Title, "sha256:") {
		t.Errorf("%+v", told.Item)
	}
	if _, _, err := w.ItemEvidence(t.Context(), it.ID); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("the original is there: %v", err)
	}
	w.verify()
}

// Originals that belong to no incident are forgotten with time, but for those that wait.
func TestOriginalsAreForgotten(t *testing.T) {
	w := newWorld(t)
	entries := []intake.Entry{mail("<waits>", "", false), mail("<gone>", "", false)}
	entries[1].Evidence, entries[1].Content = "a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa", []byte("y")
	taken := w.take(intake.Batch{Source: "mail", Pushed: true, Entries: entries})
	if _, err := w.Dismiss(t.Context(), sato, taken.Items[1].ID, "", 0); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1, 0} {
		if n, err := w.db.ForgetOriginals(t.Context(), nine.Add(time.Hour), nine.Add(2*time.Hour)); err != nil || n != want {
			t.Error(i, n, err)
		}
	}
	if _, _, err := w.ItemEvidence(t.Context(), taken.Items[1].ID); !errors.Is(err, tracker.ErrNotFound) {
		t.Error(err)
	}
	if _, raw, err := w.ItemEvidence(t.Context(), taken.Items[0].ID); err != nil || string(raw) != "x" {
		t.Error(string(raw), err)
	}
	for i, kept := range []bool{true, false} {
		told, err := w.ItemTold(t.Context(), taken.Items[i].ID)
		if err != nil || len(told.Revisions) != 1 || (told.Revisions[0].Original != nil) != kept || told.Revisions[0].Evidence == "" {
			t.Errorf("%+v, %v; its original is kept: %t", told.Revisions, err, kept)
		}
		if _, _, err := w.ItemOriginal(t.Context(), taken.Items[i].ID, told.Revisions[0].Evidence); (err == nil) != kept {
			t.Errorf("the original by its hash: %v; it is kept: %t", err, kept)
		}
	}
	w.verify()
}
