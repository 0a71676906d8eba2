package notify_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/tracker"
)

const changedNote = "The deadline has changed"

// wantOne expects one message, in answer to the first one, with this title.
func wantOne(t testing.TB, what string, got []arrival, first, title string) arrival {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%s: %d messages, want 1: %+v", what, len(got), got)
	}
	if !strings.HasPrefix(got[0].title, title) || got[0].answers != first {
		t.Errorf("%s: %q in answer to %q, want %q in answer to %q", what, got[0].title, got[0].answers, title, first)
	}
	return got[0]
}

// TestOneChangeOneMessage: after two warnings, an overdue alert and three
// repeats each change of the incident is told once where messages can't be
// changed.
func TestOneChangeOneMessage(t *testing.T) {
	for _, name := range []string{"letters", "webhook"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, r := &letterbox{}, &inbox{}
				var d notify.Destination = l
				arrived := l.since
				if name == "webhook" {
					d = notify.NewWebhook(notify.WebhookOptions{URL: "https://siem.example/hook", Transport: r})
					arrived = r.arrivals
				}
				o := newOffice(t, d)
				defer o.close()
				id := o.log("sotas")
				o.pass(7*time.Hour + 31*time.Minute)
				if n := len(arrived(0)); n != 6 {
					t.Fatalf("%d alerts, want two warnings, one overdue and three repeats", n)
				}
				var first string // what the first message is called
				for i, change := range []struct {
					title string
					moved bool
					do    func()
				}{
					{"sato HAS IT: ", false, func() { o.ack(id, "sato") }},
					{"sato HAS IT: ", true, func() { o.moveStart(id, 90*time.Second) }},
					{"tanaka HAS IT: ", false, func() { o.ack(id, "tanaka") }},
					{"LATE: ", false, func() { o.notice(id, "") }},
				} {
					change.do()
					o.pass(time.Minute)
					got := arrived(6 + i)
					if first == "" && len(got) > 0 {
						first = got[0].answers
					}
					one := wantOne(t, change.title, got, first, change.title)
					if strings.Contains(one.text, changedNote) != change.moved {
						t.Errorf("change %d says that the deadline changed: %t\n%s", i, !change.moved, one.text)
					}
				}
				if !strings.Contains(first, "/warning/") {
					t.Errorf("the changes answer %q, want the first warning", first)
				}
				other := o.log("sotas")
				o.pass(4 * time.Hour)
				o.did(o.Cancel(context.Background(), tracker.Request{Actor: "ueda"}, other, "a drill"))
				o.pass(time.Minute)
				wantOne(t, "cancelled", arrived(11), arrived(11)[0].answers, "CANCELLED: ")
			})
		})
	}
}

// TestEditableMessagesAllChange: where messages can be changed, each shows the
// change, and none is added.
func TestEditableMessagesAllChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workspace := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
		o := newOffice(t, slack.New(slack.Options{Token: token, Channel: channelID, Transport: workspace.RoundTripper()}))
		defer o.close()
		id := o.log("sotas")
		o.pass(7*time.Hour + 31*time.Minute)
		o.moveStart(id, 5*time.Second)
		o.notice(id, "")
		o.pass(time.Minute)
		messages := workspace.Messages()
		if len(messages) != 6 {
			t.Errorf("%d messages, want 6", len(messages))
		}
		for _, m := range messages {
			if !strings.Contains(m.Shown(), "LATE: ") {
				t.Errorf("a message was left behind:\n%s", m.Shown())
			}
		}
	})
}

// TestHookSaysEachChangeOnce: time that passes between two updates makes no
// second message, and a change whose title was seen before is told.
func TestHookSaysEachChangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workspace := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
		o := newOffice(t, slack.NewHook(slack.HookOptions{URL: hookURL, Transport: workspace.RoundTripper()}))
		defer o.close()
		id := o.log("sotas")
		o.pass(7*time.Hour + 31*time.Minute)
		for i, do := range []func(){
			func() { o.moveStart(id, 10*time.Second) },
			func() { o.ack(id, "sato") },
			func() { o.moveStart(id, -10*time.Second) }, // it reads "sato HAS IT", as before
			func() { o.notice(id, "") },
		} {
			do()
			o.pass(time.Minute)
			if n := len(workspace.Messages()); n != 7+i {
				t.Errorf("after change %d: %d messages, want %d", i, n, 7+i)
			}
		}
	})
}

// TestManyChangesAreADigest: 300 incidents that were told in a digest and are
// answered at about the same time are told in one digest of changes.
func TestManyChangesAreADigest(t *testing.T) {
	for name, between := range map[string]time.Duration{"at once": 0, "over half a minute": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &letterbox{}
				o := newOffice(t, l)
				defer o.close()
				var ids []sla.IncidentID
				for range 300 {
					ids = append(ids, o.log("sotas"))
				}
				o.pass(6*time.Hour + time.Minute)
				alerts := len(l.since(0)) // two warnings and the overdue alert, each of all
				if alerts != 3 {
					t.Fatalf("%d digests of alerts, want 3", alerts)
				}
				for _, id := range ids {
					o.notice(id, "")
					time.Sleep(between)
				}
				o.pass(2 * time.Minute)
				got := l.since(alerts)
				if len(got) != 1 || got[0].title != "300 incidents have changed" || got[0].lines != 300 || !strings.Contains(got[0].text, "late") {
					t.Fatalf("%d messages: %.300v", len(got), got)
				}
				o.ack(o.log("sotas"), "sato") // it was told nowhere yet
				o.pass(time.Minute)
				if got := l.since(alerts + 1); len(got) != 0 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// TestChangesDuringAnOutage: what changed while the destination was away comes
// as one digest, also what was tried meanwhile.
func TestChangesDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &letterbox{}
		o := newOffice(t, l)
		defer o.close()
		var ids []sla.IncidentID
		for range 80 {
			ids = append(ids, o.log("sotas"))
		}
		o.pass(6*time.Hour + time.Minute)
		alerts := len(l.since(0))
		l.failWith(func(*wire.Message) error { return &wire.Failure{Kind: wire.Unreached, Reason: "down"} })
		for _, id := range ids {
			o.notice(id, "")
			time.Sleep(15 * time.Second)
		}
		l.failWith(nil)
		o.pass(time.Hour)
		if got := l.since(alerts); len(got) != 1 || got[0].lines != 80 {
			t.Errorf("%d messages after the outage", len(got))
		}
	})
}

// TestTrickleOfChangesIsGathered: changes that keep coming one by one are told
// one by one only while they are few.
func TestTrickleOfChangesIsGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &letterbox{}
		o := newOffice(t, l)
		defer o.close()
		var ids []sla.IncidentID
		for range 200 {
			ids = append(ids, o.log("sotas"))
		}
		o.pass(6*time.Hour + time.Minute)
		alerts := len(l.since(0))
		for _, id := range ids {
			o.notice(id, "")
			time.Sleep(3 * time.Second) // ten minutes in all
		}
		o.pass(2 * time.Minute)
		told := 0
		got := l.since(alerts)
		for _, a := range got {
			told += max(a.lines, 1)
		}
		if told != 200 || len(got) > 65 {
			t.Errorf("%d messages tell of %d changes", len(got), told)
		}
	})
}

// TestNewsNamesWhatChanged: of an incident with two deadlines, the message
// tells of the one that changed, and names the other if that changed as well.
func TestNewsNamesWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &letterbox{}
		o := newOffice(t, l)
		defer o.close()
		id := o.log("globex")
		o.pass(7*time.Hour + time.Minute) // both are overdue
		before := len(l.since(0))
		o.moveStart(id, time.Second)
		o.pass(time.Minute)
		one := wantOne(t, "moved", l.since(before), l.since(before)[0].answers, "DEADLINE CHANGED: ")
		if !strings.Contains(one.text, "Also changed: Final report: ") {
			t.Errorf("the other deadline is not named:\n%s", one.text)
		}
		o.notice(id, "first")
		o.pass(time.Minute)
		one = wantOne(t, "answered", l.since(before+1), one.answers, "LATE: ")
		if strings.Contains(one.text, "Also changed") || !strings.Contains(one.text, "First notice") {
			t.Errorf("the answer is told as\n%s", one.text)
		}
		o.did(o.Amend(context.Background(), tracker.Request{Actor: "mori"}, id, tracker.Amendment{Title: ptr("sign-in fails everywhere")}))
		o.pass(time.Minute)
		one = wantOne(t, "renamed", l.since(before+2), one.answers, "UPDATED: ")
		if !strings.Contains(one.text, "Final report") { // what is still open
			t.Errorf("the new title is told as\n%s", one.text)
		}
		o.notice(id, "final")
		o.pass(time.Minute)
		wantOne(t, "answered", l.since(before+3), one.answers, "LATE: ")
	})
}

func ptr[T any](v T) *T { return &v }

// TestAfterAnOutage: what was tried in vain is overtaken; who took the incident
// and that the vendor was late are told once.
func TestAfterAnOutage(t *testing.T) {
	for name, kind := range map[string]wire.Kind{"unreached": wire.Unreached, "limited": wire.Limited} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &letterbox{}
				o := newOffice(t, l)
				defer o.close()
				id := o.log("sotas")
				o.pass(3*time.Hour + time.Minute) // warned once
				down := &wire.Failure{Kind: kind, RetryAfter: time.Minute, Reason: "down"}
				l.failWith(func(*wire.Message) error { return down })
				o.pass(4 * time.Hour)
				o.ack(id, "sato")
				o.pass(time.Minute)
				o.notice(id, "")
				o.pass(time.Minute)
				l.failWith(nil)
				o.pass(time.Hour)
				got := l.since(1)
				if len(got) != 1 || !strings.HasPrefix(got[0].title, "LATE: ") {
					t.Errorf("after the outage: %+v", got)
				}
			})
		})
	}
}

// TestARefusedWarningHoldsNothingUp: the overdue alert comes in time although
// the warning before it was refused for its content.
func TestARefusedWarningHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &letterbox{}
		l.failWith(func(m *wire.Message) error {
			if m.Status == wire.StatusWarning {
				return &wire.Failure{Kind: wire.Refused, Reason: "content"}
			}
			return nil
		})
		o := newOffice(t, l)
		defer o.close()
		o.log("sotas")
		o.pass(6*time.Hour + 2*time.Second)
		if got := l.since(0); len(got) != 1 || !strings.HasPrefix(got[0].title, "OVERDUE: ") {
			t.Errorf("two seconds past due: %+v", got)
		}
	})
}

// TestHookTellsChangesOfAPage: a change of an incident that a page told is told
// by name, and not by the counts of the summary.
func TestHookTellsChangesOfAPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workspace := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
		o := newOffice(t, slack.NewHook(slack.HookOptions{URL: hookURL, Transport: workspace.RoundTripper()}))
		defer o.close()
		var ids []sla.IncidentID
		for range 60 {
			ids = append(ids, o.log("sotas"))
		}
		o.pass(6*time.Hour + 5*time.Minute)
		before := len(workspace.Messages())
		o.ack(ids[7], "sato")
		o.pass(time.Minute)
		messages := workspace.Messages()[before:]
		if len(messages) != 1 || !strings.Contains(messages[0].Shown(), "sato HAS IT: ") || !strings.Contains(messages[0].Shown(), "KGN-8") {
			t.Errorf("%d messages after an acknowledgement", len(messages))
		}
		for _, id := range ids {
			o.notice(id, "")
		}
		o.pass(2 * time.Minute)
		if n := len(workspace.Messages()) - before - 1; n != 3 {
			t.Errorf("%d messages after all were answered, want a summary and two pages", n)
		}
	})
}

// TestHookInPlaceOfABotSaysItOnce: the messages of a broken bot can't be
// changed; what they miss is told once.
func TestHookInPlaceOfABotSaysItOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workspace := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
		bot := slack.New(slack.Options{Token: token, Channel: channelID, Transport: workspace.RoundTripper()})
		hook := slack.NewHook(slack.HookOptions{URL: hookURL, Transport: workspace.RoundTripper()})
		o := newOffice(t, slack.NewChannelWithHook(bot, hook, nil))
		defer o.close()
		id := o.log("globex")
		o.pass(6*time.Hour + 31*time.Minute)
		before := len(workspace.Messages())
		workspace.FailWhen(func(call fakeslack.Call) *fakeslack.Fault {
			if revoked := fakeslack.Says("token_revoked"); strings.HasPrefix(call.Method, "chat.") {
				return &revoked
			}
			return nil
		})
		o.ack(id, "sato")
		o.pass(time.Minute)
		o.notice(id, "first")
		o.pass(time.Minute)
		messages := workspace.Messages()[before:]
		if len(messages) != 2 || !strings.Contains(messages[0].Shown(), "sato HAS IT: ") || !strings.Contains(messages[1].Shown(), "LATE: ") {
			t.Errorf("%d messages, want one that sato has it and one that the notice came", len(messages))
		}
	})
}
