package notify_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla/outbox"
)

// fallen is a broken channel, with a console that stands in for it.
type fallen struct {
	*pipeline
	out      paper
	wake     func()
	stopBoth func()
	console  func() // wakes the fallback's sender
}

func newFallen(t *testing.T) *fallen {
	f := &fallen{pipeline: newPipeline(t, fakeslack.Options{EnforceRate: true})}
	var stop, stopConsole func()
	f.console, stopConsole = f.run("lead", notify.NewConsole(&f.out, false), notify.Options{})
	f.wake, stop = f.run("soc", f.bot(nil), notify.Options{Fallback: "lead", FailedOver: func() { f.console() }})
	f.stopBoth = func() { stop(); stopConsole() }
	return f
}

// shown counts the incidents that the fallback told.
func (f *fallen) shown() int {
	synctest.Wait()
	return strings.Count(f.out.String(), "Meant for soc")
}

// A broken destination's alerts are told at its fallback at once, each once;
// when it is repaired, it gets them as well.
func TestFallbackWhileBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t)
		defer f.close()
		f.slack.Revoke(token)
		f.log(3)
		f.raise(0, outbox.ReasonOverdue, "soc")
		f.wake()
		time.Sleep(2 * time.Second)
		if n := f.shown(); n != 3 {
			t.Fatalf("the fallback told %d of 3:\n%s", n, f.out.String())
		}
		f.log(1)
		f.raise(3, outbox.ReasonOverdue, "soc", "lead") // the lead is told anyway
		time.Sleep(16 * time.Minute)
		if n := f.shown(); n != 3 {
			t.Errorf("the fallback told %d, want each once:\n%s", n, f.out.String())
		}
		if probes := len(f.slack.Calls("chat.postMessage")); probes < 4 || probes > 5 {
			t.Errorf("%d requests in 16 min, want a probe every 5 min", probes)
		}
		f.slack.Grant(token)
		time.Sleep(6 * time.Minute)
		f.stopBoth()
		f.checkTold(1)
		if n := f.shown(); n != 3 {
			t.Errorf("the fallback told %d in the end", n)
		}
	})
}

// A destination that does not answer is waited for: five minutes after the
// first failure the fallback is told, also what is in doubt at that moment.
func TestFallbackWhileSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t)
		defer f.close()
		f.slack.FailWhen(func(fakeslack.Call) *fakeslack.Fault { return fakeslack.HangUp().Ptr() })
		f.log(10)
		f.raise(0, outbox.ReasonOverdue, "soc")
		f.wake()
		time.Sleep(5*time.Minute - time.Second)
		if n := f.shown(); n != 0 {
			t.Fatalf("the fallback told %d within 5 min", n)
		}
		time.Sleep(41 * time.Second)
		if n := f.shown(); n != 10 {
			t.Fatalf("the fallback told %d of 10 within 5 min 40 s", n)
		}
		f.slack.FailWhen(nil)
		time.Sleep(30 * time.Minute)
		f.stopBoth()
		f.checkTold(1)
		if n := f.shown(); n > 10 {
			t.Errorf("the fallback told %d, want each at most once", n)
		}
	})
}

// Many at once are a digest at the fallback, too; and what the fallback has not
// begun when the destination is back, it leaves.
func TestFallbackOfABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t)
		defer f.close()
		f.slack.Revoke(token)
		f.log(200)
		f.raise(0, outbox.ReasonOverdue, "soc")
		f.wake()
		time.Sleep(time.Minute)
		synctest.Wait()
		if text := f.out.String(); !strings.Contains(text, "Meant for soc, which can't be reached: 200") || strings.Count(text, "KGN-") != 201 {
			t.Errorf("the fallback told:\n%.600s", text)
		}
		f.slack.Grant(token)
		time.Sleep(10 * time.Minute)
		f.stopBoth()
		f.checkTold(1)
	})
}

// hookURL is where the fake takes messages for the channel by webhook.
const hookURL = "https://hooks.slack.example/hooks/" + channelID

// A webhook alone is a destination: it can't be asked, so what is in doubt is
// sent again and says so.
func TestWebhookAlone(t *testing.T) {
	tests := []struct {
		fault fakeslack.Fault
		after time.Duration
		want  int
	}{
		{fakeslack.Pass(), time.Second, 1},
		{fakeslack.Status(500), 31 * time.Second, 1},
		{fakeslack.HangUp().Accepted(), 31 * time.Second, 2},
		{fakeslack.Body("<html>"), 31 * time.Second, 1},
		{fakeslack.TooMany("5"), 6 * time.Second, 1},
		{fakeslack.Status(400), 2 * time.Second, 1}, // as plain text
		{fakeslack.Status(404), 5*time.Minute + time.Second, 1},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			p := newPipeline(t, fakeslack.Options{EnforceRate: true})
			defer p.close()
			p.log(1)
			p.raise(0, outbox.ReasonOverdue, "soc")
			p.slack.Fail(test.fault)
			hook := slack.NewHook(slack.HookOptions{URL: hookURL, Transport: p.slack.RoundTripper()})
			_, stop := p.run("soc", hook, notify.Options{})
			time.Sleep(test.after)
			stop()
			messages := p.slack.Messages()
			if len(messages) != test.want {
				t.Fatalf("%d messages, want %d", len(messages), test.want)
			}
			if said := strings.Contains(messages[0].Shown(), repeated); said && test.want == 1 && test.after < 30*time.Second {
				t.Errorf("marked as a possible repeat")
			}
			if test.want == 2 && !strings.Contains(messages[1].Shown(), repeated) {
				t.Error("the second does not say that it may be a repeat")
			}
		})
	}
}

// A message that went by the webhook in place of the bot stands where no search
// finds it. Killed before the answer, kigen says that it may be a repeat, also
// when the bot works again by then. Where it is certain that it did not arrive,
// it says nothing of the kind.
func TestKilledWhileTheWebhookStandsIn(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  fakeslack.Fault
		shown  int
		repeat bool
	}{
		{"taken", fakeslack.BlackHole().Accepted(), 2, true},
		{"not taken", fakeslack.BlackHole(), 1, true},
		{"refused for good", fakeslack.Status(404), 1, false},
		{"limited", fakeslack.TooMany("60"), 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{EnforceRate: true})
				defer p.close()
				p.slack.Revoke(token)
				p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
					if c.Method == "hooks" {
						return test.fault.Ptr()
					}
					return nil
				})
				p.log(1)
				p.raise(0, outbox.ReasonOverdue, "soc")
				hook := slack.NewHook(slack.HookOptions{URL: hookURL, Transport: p.slack.RoundTripper()})
				box := &mortal{DB: p.db, dead: make(chan struct{})}
				_, stop := p.runOn(box, "soc", slack.NewChannelWithHook(p.bot(nil), hook, nil), notify.Options{Grace: time.Millisecond})
				time.Sleep(5 * time.Second)
				close(box.dead) // whatever is found out from now on is lost
				stop()
				p.slack.Grant(token)
				p.slack.FailWhen(nil)
				_, stop = p.run("soc", slack.NewChannelWithHook(p.bot(nil), hook, nil), notify.Options{})
				time.Sleep(10 * time.Minute)
				stop()
				messages := p.slack.Messages()
				if len(messages) != test.shown {
					t.Fatalf("%d messages, want %d", len(messages), test.shown)
				}
				if last := messages[len(messages)-1]; strings.Contains(last.Shown(), repeated) != test.repeat || last.Key(slack.Key) == "" {
					t.Errorf("want the bot's word, as a possible repeat %t:\n%s", test.repeat, last.Shown())
				}
			})
		})
	}
}

// With both, the webhook serves while the bot is broken.
func TestWebhookInPlaceOfABrokenBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true, Burst: 2})
		defer p.close()
		var log paper
		hook := slack.NewHook(slack.HookOptions{URL: hookURL, Transport: p.slack.RoundTripper()})
		both := slack.NewChannelWithHook(p.bot(nil), hook, slog.New(slog.NewTextHandler(&log, nil)))
		wake, stop := p.run("soc", both, notify.Options{})
		p.slack.Revoke(token)
		p.log(3)
		p.raise(0, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(10 * time.Second)
		p.checkTold(1)
		for _, m := range p.slack.Messages() {
			if len(m.Metadata) > 0 {
				t.Errorf("not by the webhook: %+v", m)
			}
		}
		if n := len(p.slack.Calls("chat.postMessage")); n != 1 {
			t.Errorf("the broken bot was tried %d times", n)
		}
		p.noticed(0)
		wake()
		time.Sleep(10 * time.Second)
		if n := len(p.slack.Messages()); n != 4 {
			t.Errorf("%d messages, want one more that says what has become of the first", n)
		}
		p.slack.Grant(token)
		time.Sleep(5 * time.Minute)
		p.log(1)
		p.raise(3, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(10 * time.Second)
		stop()
		messages := p.slack.Messages()
		if last := messages[len(messages)-1]; last.Key(slack.Key) == "" {
			t.Error("the repaired bot is not used")
		}
		for _, secret := range []string{token, hookURL} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log shows a secret: %s", log.String())
			}
		}
	})
}
