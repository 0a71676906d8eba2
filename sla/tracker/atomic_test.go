package tracker_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestNothingHalfWritten fails every single call of every use case in turn:
// each time the database is as it was, nobody is woken, and the same request
// works afterwards.
func TestNothingHalfWritten(t *testing.T) {
	title := "amended"
	useCases := []struct {
		name  string
		calls []string // at least these must be among the calls that fail
		do    func(w *world, id sla.IncidentID) error
	}{
		{"log", []string{"KeyUse", "InsertIncident", "BindKey", "KeepTerms", "InsertClock", "AppendEvent", "HasAlert", "Supersede", "Raise"}, func(w *world, _ sla.IncidentID) error {
			_, err := w.Log(w.t.Context(), tracker.Request{Actor: "ueda", Key: "key"}, w.entry("staged", "2026-06-09 10:00"))
			return err
		}},
		{"amend", []string{"Incident", "AppendEvent", "KeepTerms", "UpdateClock", "Raise", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Amend(w.t.Context(), by("ueda"), id, tracker.Amendment{
				Title: &title, Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: w.at("2026-06-09 10:00")}},
			})
			return err
		}},
		{"notice", []string{"Incident", "KeepEvidence", "InsertNotice", "AppendEvent", "UpdateClock", "KeepTerms", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Notice(w.t.Context(), by("ueda"), id, tracker.NoticeEntry{Channel: "email", Files: []tracker.Attachment{{Name: "a.eml", Content: []byte("sorry")}}})
			return err
		}},
		{"acknowledge once", []string{"KeyUse", "BindKey", "AppendEvent", "UpdateIncident"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Acknowledge(w.t.Context(), tracker.Request{Actor: "ueda", Key: "click"}, id, time.Time{})
			return err
		}},
		{"acknowledge", []string{"Incident", "AppendEvent", "UpdateClock", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Acknowledge(w.t.Context(), by("ueda"), id, time.Time{})
			return err
		}},
		{"own", []string{"Incident", "AppendEvent", "UpdateClock", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Own(w.t.Context(), by("ueda"), id, "mori")
			return err
		}},
		{"note", []string{"Incident", "KeepEvidence", "InsertNote", "AppendEvent", "UpdateIncident"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Note(w.t.Context(), by("ueda"), id, tracker.NoteEntry{Files: []tracker.Attachment{{Name: "a.txt", Content: []byte("called")}}})
			return err
		}},
		{"chased", []string{"Incident", "InsertChaser", "AppendEvent", "UpdateIncident"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Chased(w.t.Context(), by("ueda"), id, tracker.ChaserEntry{Channel: "phone"})
			return err
		}},
		{"cancel", []string{"Incident", "AppendEvent", "UpdateClock", "Supersede", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Cancel(w.t.Context(), by("ueda"), id, "none")
			return err
		}},
		{"withdraw", []string{"Incident", "WithdrawNotice", "AppendEvent", "UpdateClock", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.WithdrawNotice(w.t.Context(), by("ueda"), id, 1, "another incident's")
			return err
		}},
		{"reopen", []string{"Incident", "AppendEvent", "UpdateClock", "HasAlert", "Supersede", "Raise", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			w.now = w.at("2026-06-11 12:00")
			_, err := w.Reopen(w.t.Context(), by("ueda"), id, "it was no drill")
			return err
		}},
		{"waive", []string{"Incident", "AppendEvent", "UpdateClock", "Supersede", "UpdateIncident", "QueueUpdates"}, func(w *world, id sla.IncidentID) error {
			_, err := w.Waive(w.t.Context(), by("ueda"), id, "notice", "", "agreed")
			return err
		}},
		{"step", []string{"Incident", "UpdateClock", "AppendEvent", "HasAlert", "Supersede", "Raise"}, func(w *world, _ sla.IncidentID) error {
			w.now = w.at("2026-06-11 12:00")
			_, err := w.Step(w.t.Context())
			return err
		}},
	}
	for _, use := range useCases {
		t.Run(use.name, func(t *testing.T) {
			w := newWorld(t)
			woken := 0
			w.db.Subscribe(func(context.Context, store.Committed) { woken++ })
			id := w.log("staged", "2026-06-10 09:00").ID
			switch use.name {
			case "withdraw":
				w.hear(id, "2026-06-10 09:30", "")
			case "reopen":
				w.cancel(id)
			}
			before, start := w.dump(), w.now
			woken = 0
			for n := 1; ; n++ {
				w.now, w.tape.failAt = start, n
				err := use.do(w, id)
				if w.tape.calls < n { // it got through: there are no more calls to fail
					if err != nil {
						t.Fatalf("after %d failures: %v", n-1, err)
					}
					break
				}
				if !errors.Is(err, errInjected) {
					t.Fatalf("call %d, %s, failed: %v", n, w.tape.writes[n-1], err)
				}
				if after := w.dump(); after != before {
					t.Fatalf("call %d, %s, failed and left\n%s\nbefore it was\n%s", n, w.tape.writes[n-1], after, before)
				}
				if woken != 0 {
					t.Fatalf("call %d, %s, failed and woke the watch loop", n, w.tape.writes[n-1])
				}
			}
			if w.dump() == before {
				t.Error("it changed nothing: this test tests nothing")
			}
			for _, call := range use.calls {
				if !slices.Contains(w.tape.writes, call) {
					t.Errorf("%s was never called, so it never failed: %v", call, w.tape.writes)
				}
			}
		})
	}
}

// TestAlertWithItsState: an alert, its deliveries and the state that causes it
// are there together, and the event of the state holds the same instant.
func TestAlertWithItsState(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:00").ID
	w.set("2026-06-10 15:00:01")
	d, err := w.db.NextDelivery(t.Context(), "soc", w.now)
	if err != nil || d == nil {
		t.Fatalf("no delivery: %v", err)
	}
	if d.Alert.Reason != outbox.ReasonOverdue || !d.Alert.DueAt.Equal(w.at("2026-06-10 15:00")) || d.Incident.ID != id {
		t.Errorf("delivery of %s due %s", d.Alert.Reason, d.Alert.DueAt)
	}
	if want := w.at("2026-06-10 15:00").Add(time.Millisecond); !d.Alert.At.Equal(want) {
		t.Errorf("alert planned for %s, want when it became true, %s", d.Alert.At, want)
	}
	body := last[history.State](w, id, sla.EventState)
	if body.Was != sla.Running && body.Was != sla.AtRisk || body.State != sla.Overdue {
		t.Errorf("history holds %+v", body)
	}
}
