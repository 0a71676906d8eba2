package slackapp_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/tracker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Slack drops the line, or asks for a new one: the app comes back, and acts
// sent then are done.
func TestReconnects(t *testing.T) {
	w := newWorld(t, "en")
	for i, end := range []func() error{w.socket.Drop, w.socket.AskToReconnect, w.socket.Drop} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if n := w.connected(); n != i+2 {
			t.Fatalf("connection %d after %d ends", n, i+1)
		}
		wantWords(t, w.command("help"), "How to use kigen")
	}
	if !w.app.Connected() {
		t.Error("the app says that it is not connected")
	}
}

// A token that Slack refuses is tried again for ever, named once in the log
// with its remedy, and never shown.
func TestRefusedToken(t *testing.T) {
	w := newUnstarted(t)
	w.socket.Refuse("apps.connections.open", "invalid_auth")
	w.start("en")
	for range 4 {
		if word, err := w.socket.NextRefusal(w.context()); word != "invalid_auth" || err != nil {
			t.Fatal(word, err)
		}
	}
	health := w.app.Health()
	if health.Connected || !strings.Contains(health.LastError, "put a valid app-level token") {
		t.Errorf("health %+v", health)
	}
	w.socket.Refuse("apps.connections.open", "")
	w.connected()
	wantWords(t, w.command("help"), "How to use kigen")
	if got := w.app.Health(); !got.Connected || got.LastError != "" {
		t.Errorf("connected again, the app says %+v", got)
	}
	w.stop()
	if w.app.Connected() {
		t.Error("the app says that it is connected after its end")
	}
	log := w.log.String()
	if n := strings.Count(log, "not connected"); n != 1 {
		t.Errorf("the reason is logged %d times:\n%s", n, log)
	}
	if strings.Contains(log+health.LastError, "secret") {
		t.Errorf("a secret is shown: %s\n%s", health.LastError, log)
	}
}

// A Slack that can't be reached is no more than a reason.
func TestUnreachable(t *testing.T) {
	w := newUnstarted(t)
	w.socket.Refuse("apps.connections.open", "internal_error")
	w.start("en")
	if _, err := w.socket.NextRefusal(w.context()); err != nil {
		t.Fatal(err)
	}
	w.server.CloseClientConnections()
	w.socket.Refuse("apps.connections.open", "")
	w.connected()
	wantWords(t, w.command("help"), "How to use kigen")
}

// Every kind of act, delivered twice to one process, and once more after a
// restart, is done once.
func TestDeliveredTwice(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "outage")
	twice := func(name string, e fakeslack.Envelope, wantAnswers int, count func() int) {
		t.Helper()
		before := count()
		first := w.send(e)
		for range wantAnswers {
			w.answer()
		}
		if second := w.send(e); second != first {
			t.Errorf("%s: acknowledged with %q, then with %q", name, first, second)
		}
		w.command("help") // an answer to the second would arrive before this one
		if !w.socket.Idle() {
			t.Errorf("%s: the second delivery was answered too", name)
		}
		w.stop()
		w.start("en")
		w.connected()
		w.send(e)
		for range wantAnswers {
			w.answer()
		}
		if n := count() - before; n != 1 {
			t.Errorf("%s: done %d times", name, n)
		}
	}
	incidents := func() int {
		page, err := w.db.List(t.Context(), tracker.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Incidents)
	}
	acks := func() int { return len(w.done(inc.ID, sla.EventAcknowledged)) }
	notices := func() int { return len(w.incident(inc.ID).Notices) }

	twice("short log", w.socket.Command(w.mori(), "log sotas twice"), 1, incidents)
	view := w.opened(w.socket.Command(w.mori(), "log"))
	twice("log form", w.submission(view, map[string]string{"vendor": "sotas", "title": "form"}), 1, incidents)
	twice("ack", w.socket.Click(w.mori(), "kigen_ack", inc.ID.String()), 1, acks)
	view = w.opened(w.socket.Click(w.mori(), "kigen_snooze", inc.ID.String()))
	twice("snooze form", w.submission(view, nil), 1, acks)
	view = w.opened(w.socket.Click(w.mori(), "kigen_notice", inc.ID.String()))
	twice("notice form", w.submission(view, map[string]string{"text": "sorry"}), 1, notices)
}

// A snooze that is delivered again after a restart is answered with the end that was
// stored, not with one counted from the second delivery.
func TestSnoozeDeliveredLater(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "outage")
	view := w.opened(w.socket.Click(w.mori(), "kigen_snooze", inc.ID.String()))
	e := w.submission(view, nil)
	w.send(e)
	first := w.answer()
	w.stop()
	w.set(time.Date(2026, 5, 7, 12, 30, 0, 0, tokyo(t)))
	w.start("en")
	w.connected()
	w.send(e)
	if again := w.answer(); !reflect.DeepEqual(again, first) {
		t.Errorf("answered with %v, then with %v", first, again)
	}
}

// A form that was logged, lost its answer and was changed says so, and logs
// nothing more.
func TestFormUsedTwice(t *testing.T) {
	w := newWorld(t, "en")
	view := w.opened(w.socket.Command(w.mori(), "log sotas"))
	w.send(w.submission(view, map[string]string{"title": "one"}))
	w.answer()
	got := fieldErrors(t, w.send(w.submission(view, map[string]string{"title": "two"})))
	wantWords(t, got["title"], "has already logged its incident")
}

// What changes something is acknowledged to Slack once it is stored, and not
// before: killed in between, kigen would lose what a person believes done. What
// only reads does not wait for that.
func TestStoredBeforeAcknowledged(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "outage")
	logForm := w.opened(w.socket.Command(w.mori(), "log sotas"))
	noticeForm := w.opened(w.socket.Click(w.mori(), "kigen_notice", inc.ID.String()))
	snoozeForm := w.opened(w.socket.Click(w.mori(), "kigen_snooze", inc.ID.String()))
	w.app.SetAckBound(time.Hour) // this machine may be slow
	for name, e := range map[string]fakeslack.Envelope{
		"short log":   w.socket.Command(w.mori(), "log sotas Down"),
		"log form":    w.submission(logForm, map[string]string{"title": "form"}),
		"button":      w.socket.Click(w.mori(), "kigen_ack", inc.ID.String()),
		"snooze form": w.submission(snoozeForm, nil),
		"notice form": w.submission(noticeForm, map[string]string{"text": "sorry"}),
	} {
		before := w.happened()
		release := w.hold()
		acked := make(chan int, 1)
		go func() {
			if _, err := w.socket.Send(w.context(), e); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			acked <- w.happened()
		}()
		w.command("help") // Slack has heard of what came before this, or is to hear of it later
		select {
		case <-acked:
			t.Errorf("%s: acknowledged before it could be stored", name)
			release()
		default:
			release()
			if after := <-acked; after <= before {
				t.Errorf("%s: acknowledged, and not stored", name)
			}
		}
		w.answer()
	}
}

// happened counts all that has happened to all incidents.
func (w *world) happened() (n int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(r tracker.Reader) error {
		page, err := w.db.List(w.t.Context(), tracker.Query{})
		for _, inc := range page.Incidents {
			events, err := r.Events(w.t.Context(), inc.ID)
			if err != nil {
				return err
			}
			n += len(events)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
	return n
}

// The database is held up for longer than Slack waits: the act is acknowledged
// and the person is answered afterwards, good or bad.
func TestSlowForm(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "outage")
	w.app.SetAckBound(time.Millisecond)
	logForm := w.opened(w.socket.Command(w.mori(), "log sotas"))
	noticeForm := w.opened(w.socket.Click(w.mori(), "kigen_notice", inc.ID.String()))
	for _, test := range []struct {
		sent fakeslack.Envelope
		word string
	}{
		{w.socket.Click(w.mori(), "kigen_ack", inc.ID.String()), "is assigned to you"},
		{w.submission(logForm, map[string]string{"title": "slow"}), "KGN-2"},
		{w.submission(noticeForm, map[string]string{"received_at": "2026-05-07 10:00"}), "Received: lies before occurred_at"},
	} {
		release := w.hold()
		if payload := w.send(test.sent); payload != "" {
			t.Errorf("acknowledged with %s before it was done", payload)
		}
		release()
		answer := w.answer()
		wantWords(t, answer.Shown(), test.word)
	}
}

// hold keeps every other writer out of the database until it is released.
func (w *world) hold() (release func()) {
	w.t.Helper()
	held, let, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- w.db.Update(context.Background(), func(tracker.Tx) error {
			close(held)
			<-let
			return nil
		})
	}()
	<-held
	return func() {
		close(let)
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	}
}

// Slack takes a form for seconds only, and an answer at its address for half
// an hour: both ends are answered in another way.
func TestWhatSlackRefuses(t *testing.T) {
	w := newWorld(t, "en")
	w.socket.Refuse("views.open", "expired_trigger_id")
	wantWords(t, w.command("log"), "within Slack's limit of three seconds")
	w.socket.Refuse("views.open", "invalid_arguments")
	wantWords(t, w.command("log"), "could not be opened")
	w.socket.Refuse("views.open", "")

	w.socket.Refuse("response_url", "expired")
	w.send(w.socket.Command(w.mori(), "help"))
	if answer := w.answer(); answer.Channel != channel || answer.User != "U0MORI" || answer.URL != "" {
		t.Errorf("answer %+v, want it sent as the bot", answer)
	}
	w.socket.Refuse("chat.postEphemeral", "not_in_channel")
	w.send(w.socket.Command(w.mori(), "help"))
	w.stop() // an answer from here on appears only in the log
	wantWords(t, w.log.String(), "answer not delivered", "not_in_channel")
	if strings.Contains(w.log.String(), "secret") {
		t.Errorf("the log holds a secret:\n%s", w.log)
	}
}
