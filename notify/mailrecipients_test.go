package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakemail"
	"kigen/notify/fakeslack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// unreached lists whom mails do not reach, refused ones with an exclamation mark.
func (p *pipeline) unreached() string {
	p.Helper()
	found, err := p.db.Recipients(context.Background())
	p.must(err)
	var list []string
	for _, r := range found {
		mark := ""
		if r.Refused {
			mark = "!"
		}
		list = append(list, r.Address+mark)
	}
	return strings.Join(list, " ")
}

// undelivered lists the recipients that the incident's history names.
func (p *pipeline) undelivered(which int) (found []string) {
	p.Helper()
	p.must(p.db.View(context.Background(), func(r tracker.Reader) error {
		events, err := r.Events(context.Background(), p.incs[which].ID)
		for _, e := range events {
			if e.Kind == sla.EventUndelivered {
				var body struct{ Recipient, Reason string }
				err = errors.Join(err, json.Unmarshal(e.Body, &body))
				found = append(found, body.Recipient+" "+body.Reason)
			}
		}
		return err
	}))
	return found
}

// Each recipient is a delivery of its own: accepted ones are never mailed
// again, one that is put off is tried again alone, one that is refused is put
// on record.
func TestEmailRecipientsAreDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := &fakemail.Server{}
		server.AnswerRecipients(map[string]func() string{
			"grey@example.jp": until(time.Now().Add(5*time.Minute), "450 4.2.0 greylisted, come back later"),
			"gone@example.jp": fakemail.Always("550 5.1.1 no such user"),
		})
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "lead")
		wake, stop := p.run("lead", listFor(t, server, "ok@example.jp", "Grey <grey@example.jp>", "gone@example.jp"), notify.Options{})
		time.Sleep(time.Second)
		if got := p.unreached(); got != "gone@example.jp! grey@example.jp" {
			t.Errorf("unreached %q", got)
		}
		if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
			t.Errorf("one recipient keeps the alert from counting as sent since %s (%v)", at, err)
		}
		time.Sleep(2 * time.Hour)
		if got := addressees(server); got["ok@example.jp"] != 1 || got["grey@example.jp"] != 1 || got["gone@example.jp"] != 0 {
			t.Errorf("mails by recipient: %v", got)
		}
		mails := server.Letters()
		if len(mails) != 2 || len(mails[1].To) != 1 {
			t.Fatalf("mails to %v", mails)
		}
		first, second := mails[0].Message(t), mails[1].Message(t)
		if first.Header.Get("Message-ID") != second.Header.Get("Message-ID") || first.Header.Get("To") != second.Header.Get("To") {
			t.Error("the retry is another mail")
		}
		if strings.Contains(mails[1].Raw, repeated) {
			t.Error("a mail that certainly did not arrive says that it may be a repeat")
		}
		if got := p.undelivered(0); len(got) != 1 || !strings.HasPrefix(got[0], "gone@example.jp") || !strings.Contains(got[0], "no such user") {
			t.Errorf("the history says %q", got)
		}
		if got := p.unreached(); got != "gone@example.jp!" {
			t.Errorf("unreached %q, want the refused one alone", got)
		}

		server.AnswerRecipients(nil) // the mailbox was made
		p.raise(0, outbox.ReasonRepeat, "lead")
		wake()
		time.Sleep(time.Minute)
		stop()
		if got := p.unreached(); got != "" {
			t.Errorf("unreached %q after a mail to everybody", got)
		}
		if got := addressees(server); got["gone@example.jp"] != 1 || got["ok@example.jp"] != 2 {
			t.Errorf("mails by recipient in the end: %v", got)
		}
	})
}

// A change goes to each recipient as well.
func TestEmailUpdateToSomeRecipients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := &fakemail.Server{}
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "lead")
		wake, stop := p.run("lead", listFor(t, server, "ok@example.jp", "grey@example.jp"), notify.Options{})
		time.Sleep(time.Second)
		server.AnswerRecipients(map[string]func() string{
			"grey@example.jp": until(time.Now().Add(10*time.Minute), "451 try again"),
		})
		p.noticed(0)
		wake()
		time.Sleep(time.Hour)
		stop()
		if got := addressees(server); got["ok@example.jp"] != 2 || got["grey@example.jp"] != 2 {
			t.Errorf("mails by recipient: %v", got)
		}
		mails := server.Letters()
		last := mails[len(mails)-1].Message(t)
		if last.Header.Get("In-Reply-To") != mails[0].Message(t).Header.Get("Message-ID") {
			t.Error("the change that went out later does not answer the first mail")
		}
	})
}

// A mailbox that stays full is asked by one mail at a time, is told no older
// mail of an incident beside a newer one, and is given up after two days.
func TestEmailRecipientPutOffForDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := &fakemail.Server{}
		var asked atomic.Int64
		server.AnswerRecipients(map[string]func() string{
			"full@example.jp": func() string { asked.Add(1); return "452 4.2.2 mailbox full" },
		})
		p.log(8)
		wake, stop := p.run("lead", listFor(t, server, "ok@example.jp", "full@example.jp"), notify.Options{})
		p.raise(0, outbox.ReasonWarning, "lead")
		wake()
		time.Sleep(time.Hour)
		p.raise(0, outbox.ReasonOverdue, "lead")
		wake()
		time.Sleep(time.Minute)
		asked.Store(0)
		time.Sleep(4 * time.Hour)
		if n := asked.Load(); n > 4*4*2 {
			t.Errorf("a full mailbox was asked %d times in 4 hours", n)
		}
		time.Sleep(47 * time.Hour)
		asked.Store(0)
		time.Sleep(3 * time.Hour)
		if asked.Load() != 0 || p.unreached() != "full@example.jp!" {
			t.Errorf("after two days it is still asked (%d), or not named: %q", asked.Load(), p.unreached())
		}
		stop()
		if got := addressees(server)["ok@example.jp"]; got != 16 {
			t.Errorf("the other recipient got %d mails, want 16", got)
		}
	})
}

// Put off once with many mails, a recipient gets one for each incident when its
// server agrees.
func TestEmailRecipientComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := &fakemail.Server{}
		server.AnswerRecipients(map[string]func() string{
			"grey@example.jp": until(time.Now().Add(3*time.Hour), "450 later"),
		})
		p.log(5)
		wake, stop := p.run("lead", listFor(t, server, "ok@example.jp", "grey@example.jp"), notify.Options{})
		for _, reason := range []outbox.Reason{outbox.ReasonWarning, outbox.ReasonOverdue, outbox.ReasonRepeat} {
			p.raise(0, reason, "lead")
			wake()
			time.Sleep(30 * time.Minute)
		}
		time.Sleep(3 * time.Hour)
		stop()
		if got := addressees(server); got["grey@example.jp"] != 5 || got["ok@example.jp"] != 15 {
			t.Errorf("mails by recipient: %v", got)
		}
		if got := p.unreached(); got != "" {
			t.Errorf("unreached %q", got)
		}
	})
}

// An alert that every recipient was refused for is not sent: the fallback is
// told.
func TestEmailEveryRecipientRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := &fakemail.Server{}
		server.AnswerRecipients(map[string]func() string{
			"a@example.jp": fakemail.Always("550 no"), "b@example.jp": fakemail.Always("553 no"),
		})
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "lead")
		_, stop := p.run("lead", listFor(t, server, "a@example.jp", "b@example.jp"), notify.Options{Fallback: "soc"})
		_, stopFallback := p.run("soc", p.bot(nil), notify.Options{})
		time.Sleep(time.Minute)
		stop()
		stopFallback()
		if n := len(p.slack.Messages()); n != 1 {
			t.Errorf("the fallback got %d messages, want 1", n)
		}
		if _, waiting, _ := p.db.OldestUnsent(context.Background()); !waiting {
			t.Error("counts as sent although nobody has it")
		}
	})
}

// The answers of RCPT decide whom a mail reaches; what they mean together
// decides about the message.
func TestEmailRecipientAnswers(t *testing.T) {
	tests := []struct {
		name    string
		a, b    string
		left    string // of a mail that somebody has
		kind    wire.Kind
		mailedA bool
	}{
		{name: "both", mailedA: true},
		{name: "one refused", b: "550 no", left: "b@example.jp refused", mailedA: true},
		{name: "one put off", b: "450 later", left: "b@example.jp put off", mailedA: true},
		{name: "one put off, one refused", a: "450 later", b: "550 no", kind: wire.Unreached},
		{name: "both put off", a: "451 later", b: "452 later", kind: wire.Unreached},
		{name: "both refused", a: "550 no", b: "551 no", kind: wire.Broken},
		{name: "too many", b: "452 4.5.3 too many recipients", left: "b@example.jp put off", mailedA: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &fakemail.Server{}
			server.AnswerRecipients(map[string]func() string{"a@example.jp": fakemail.Always(test.a), "b@example.jp": fakemail.Always(test.b)})
			_, err := listFor(t, server, "a@example.jp", "b@example.jp").Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
			var partial *notify.Partial
			switch {
			case test.left != "":
				if !errors.As(err, &partial) || !strings.Contains(err.Error(), test.left) || len(partial.Left) != 1 {
					t.Errorf("got %v, want %q", err, test.left)
				}
			case test.mailedA:
				if err != nil {
					t.Error(err)
				}
			default:
				wantFailure(t, err, test.kind, "b@example.jp: recipient refused: "+test.b[:3])
			}
			if mailed := addressees(server)["a@example.jp"] == 1; mailed != test.mailedA {
				t.Errorf("a was mailed: %v", mailed)
			}
		})
	}
}

// A copy goes to nobody who left the configuration.
func TestEmailRecipientLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := &fakemail.Server{}
		server.AnswerRecipients(map[string]func() string{
			"left@example.jp": until(time.Now().Add(time.Minute), "450 later"),
		})
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "lead")
		_, stop := p.run("lead", listFor(t, server, "ok@example.jp", "left@example.jp"), notify.Options{})
		time.Sleep(time.Second)
		stop()
		_, stop = p.run("lead", listFor(t, server, "ok@example.jp"), notify.Options{})
		time.Sleep(time.Hour)
		stop()
		if got := addressees(server); got["left@example.jp"] != 0 || got["ok@example.jp"] != 1 {
			t.Errorf("mails by recipient: %v", got)
		}
	})
}

var _ notify.Outbox = (*store.DB)(nil)
