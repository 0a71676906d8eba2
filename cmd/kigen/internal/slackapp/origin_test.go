package slackapp_test

import (
	"testing"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Every change from Slack stands in the history with the person, and with the
// workspace and the channel that it came from; the chain of hashes holds.
func TestChangesSayWhereInSlackTheyCameFrom(t *testing.T) {
	w := newWorld(t, "en")
	w.command(`log sotas "by command"`)
	w.send(w.submission(w.opened(w.socket.Command(w.mori(), "log sotas")), map[string]string{"title": "by form"}))
	w.answer()
	w.send(w.socket.Click(w.mori(), "kigen_ack", "KGN-1"))
	w.answer()
	for _, button := range []string{"kigen_snooze", "kigen_notice"} {
		w.send(w.submission(w.opened(w.socket.Click(w.mori(), button, "KGN-1")), nil))
		w.answer()
	}
	inc := w.logs("sotas", "by nobody in Slack")

	count := map[sla.EventKind]int{}
	for id := sla.IncidentID(1); id <= inc.ID; id++ {
		for _, e := range w.events(id) {
			want := "slack:T0000000001/" + channel
			if id == inc.ID || e.Actor == "kigen" {
				want = ""
			}
			if e.Origin != want {
				t.Errorf("%s: %s by %s came from %q, want %q", id, e.Kind, e.Actor, e.Origin, want)
			}
			if e.Origin != "" {
				count[e.Kind]++
			}
			if !e.Intact() {
				t.Errorf("%s: event %d does not hash to what was sealed", id, e.Seq)
			}
		}
	}
	if count[sla.EventLogged] != 2 || count[sla.EventAcknowledged] != 2 || count[sla.EventNotice] != 1 {
		t.Errorf("events from Slack: %v", count)
	}
	if err := w.db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func (w *world) events(id sla.IncidentID) (events []sla.Event) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(r tracker.Reader) (err error) {
		events, err = r.Events(w.t.Context(), id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return events
}
