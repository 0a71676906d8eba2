package notify_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakemail"
	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
)

// slowly is a server that confirms a mail only after some time.
func slowly(wait func(mail fakemail.Letter) time.Duration) *fakemail.Server {
	s := &fakemail.Server{}
	s.Dot = func(mail fakemail.Letter) string { time.Sleep(wait(mail)); return "" }
	return s
}

// A server may take ten minutes for its confirmation: it gets each mail once.
func TestEmailSlowConfirmation(t *testing.T) {
	for _, wait := range []time.Duration{20 * time.Second, 45 * time.Second, 4 * time.Minute, 9*time.Minute + 50*time.Second} {
		t.Run(wait.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{})
				defer p.close()
				server := slowly(func(fakemail.Letter) time.Duration { return wait })
				p.log(1)
				p.raise(0, outbox.ReasonOverdue, "lead")
				_, stop := p.run("lead", listFor(t, server, "lead@example.jp"), notify.Options{})
				time.Sleep(wait + time.Second)
				synctest.Wait()
				if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
					t.Errorf("confirmed, and something waits since %s (%v)", at, err)
				}
				time.Sleep(2 * time.Hour)
				stop()
				if n := len(server.Letters()); n != 1 {
					t.Errorf("the server got the mail %d times, want once", n)
				}
			})
		})
	}
}

// One slow confirmation holds up no newer alert, neither of another incident
// nor of the same one, and is recorded when it comes.
func TestEmailSlowConfirmationHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		var slow atomic.Int64
		slow.Store(int64(9 * time.Minute))
		server := slowly(func(fakemail.Letter) time.Duration { return time.Duration(slow.Load()) })
		p.log(1)
		p.raise(0, outbox.ReasonWarning, "lead")
		wake, stop := p.run("lead", listFor(t, server, "lead@example.jp"), notify.Options{})
		time.Sleep(time.Minute)
		slow.Store(int64(time.Second))
		p.raise(0, outbox.ReasonOverdue, "lead") // of the same incident
		p.log(1)
		p.raise(1, outbox.ReasonOverdue, "lead")
		wake()
		time.Sleep(5 * time.Second)
		if n := len(server.Letters()); n != 3 {
			t.Errorf("%d mails are out, want the slow one and both newer ones", n)
		}
		time.Sleep(2 * time.Hour)
		stop()
		if n := len(server.Letters()); n != 3 {
			t.Errorf("%d mails in the end, want 3", n)
		}
		if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
			t.Errorf("something waits since %s (%v)", at, err)
		}
	})
}

// A server that never confirms is left alone after some mails, and what falls
// due is told at the fallback.
func TestEmailNeverConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		server := slowly(func(fakemail.Letter) time.Duration { return 24 * time.Hour })
		p.log(12)
		p.raise(0, outbox.ReasonOverdue, "lead")
		_, stop := p.run("lead", listFor(t, server, "lead@example.jp"), notify.Options{Fallback: "soc"})
		_, stopFallback := p.run("soc", p.bot(nil), notify.Options{})
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if n := len(server.Letters()); n > 12 {
			t.Errorf("a server that never answers got %d mails within 20 minutes", n)
		}
		if told := p.told(); len(told) < 6 {
			t.Errorf("the fallback was told of %d incidents", len(told))
		}
		stop()
		stopFallback()
		time.Sleep(24 * time.Hour) // the server's sessions end
	})
}

// What a stop interrupts goes out again, as the same mail and marked as a
// possible repeat.
func TestEmailInterruptedWhileSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		var slow atomic.Int64
		slow.Store(int64(9 * time.Minute))
		server := slowly(func(fakemail.Letter) time.Duration { return time.Duration(slow.Load()) })
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "lead")
		email := listFor(t, server, "lead@example.jp")
		_, stop := p.run("lead", email, notify.Options{})
		time.Sleep(2 * time.Minute)
		stop()
		slow.Store(0)
		_, stop = p.run("lead", email, notify.Options{})
		time.Sleep(5 * time.Minute)
		stop()
		mails := server.Letters()
		if len(mails) != 2 {
			t.Fatalf("%d mails, want the interrupted one and its repeat", len(mails))
		}
		first, again := mails[0].Message(t), mails[1].Message(t)
		if first.Header.Get("Message-ID") != again.Header.Get("Message-ID") {
			t.Error("the repeat has another Message-ID")
		}
		if strings.Contains(mails[0].Raw, repeated) || !strings.Contains(mails[1].Raw, repeated) {
			t.Error("the second mail alone should say that it may be a repeat")
		}
		time.Sleep(10 * time.Minute) // the first session's server wakes up
	})
}

// A change told by mail that a stop interrupts is a message like any other: it
// goes out again marked as a possible repeat.
func TestEmailInterruptedChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		var slow atomic.Int64
		server := slowly(func(fakemail.Letter) time.Duration { return time.Duration(slow.Load()) })
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "lead")
		email := listFor(t, server, "lead@example.jp")
		wake, stop := p.run("lead", email, notify.Options{})
		time.Sleep(10 * time.Second)
		slow.Store(int64(20 * time.Second))
		p.noticed(0)
		wake()
		time.Sleep(5 * time.Second)
		stop()
		slow.Store(0)
		_, stop = p.run("lead", email, notify.Options{})
		time.Sleep(5 * time.Minute)
		stop()
		mails := server.Letters()
		if len(mails) != 3 {
			t.Fatalf("%d mails, want the alert, the interrupted change and its repeat", len(mails))
		}
		if strings.Contains(mails[1].Raw, repeated) || !strings.Contains(mails[2].Raw, repeated) {
			t.Error("the last mail alone should say that it may be a repeat")
		}
		time.Sleep(time.Minute) // the first session's server wakes up
	})
}

// Each command may take five minutes; a greeting that comes late is one.
func TestEmailSlowCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &fakemail.Server{}
		server.Answer = func(line string) string {
			if strings.HasPrefix(line, "RCPT") || strings.HasPrefix(line, "EHLO") {
				time.Sleep(4 * time.Minute)
			}
			return ""
		}
		_, err := listFor(t, server, "lead@example.jp").Post(context.Background(), writer("en").Write(overdue(), time.Now()))
		if err != nil || len(server.Letters()) != 1 {
			t.Errorf("%d mails, %v", len(server.Letters()), err)
		}
	})
}
