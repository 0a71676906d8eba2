package notify_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
)

// Two destinations that write to one channel keep to one pace, and two that
// share a bot keep to one pace of changes.
func TestSharedPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.log(40)
		p.raise(0, outbox.ReasonOverdue, "soc", "lead")
		budgets := notify.NewBudgets()
		_, stopSOC := p.run("soc", p.bot(nil), notify.Options{Budgets: budgets})
		_, stopLead := p.run("lead", p.bot(nil), notify.Options{Budgets: budgets})
		time.Sleep(81 * time.Second)
		p.checkTold(2)
		for i := range 30 {
			p.noticed(i)
		}
		time.Sleep(90 * time.Second)
		stopSOC()
		stopLead()
		if n := len(p.slack.Calls("chat.postMessage")); n != 80 {
			t.Errorf("%d requests for 80 messages: some were refused", n)
		}
		if n := len(p.slack.Calls("chat.update")); n != 60 {
			t.Errorf("%d requests for 60 changes: some were refused", n)
		}
	})
}

// A limit on one method does not hold up another.
func TestLimitsArePerMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			if c.Method == "chat.update" {
				return fakeslack.TooMany("600").Ptr()
			}
			return nil
		})
		wake, stop := p.run("soc", p.bot(nil), notify.Options{})
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(2 * time.Second)
		p.noticed(0)
		wake()
		time.Sleep(2 * time.Second)
		p.log(10)
		p.raise(1, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(12 * time.Second)
		stop()
		if n := len(p.slack.Messages()); n != 11 {
			t.Errorf("%d of 11 messages while changes are limited", n)
		}
		if n := len(p.slack.Calls("chat.update")); n != 1 {
			t.Errorf("%d changes were tried", n)
		}
	})
}

// While posts are plenty, changes go out at their own pace, and the other way
// round.
func TestPostsAndChangesDoNotStarveEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		wake, stop := p.run("soc", p.bot(nil), notify.Options{DigestAbove: 1000})
		p.log(50)
		p.raise(0, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(51 * time.Second)
		for i := range 50 {
			p.noticed(i)
		}
		p.log(50)
		p.raise(50, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(30*time.Second + 100*time.Millisecond)
		posts, changes := len(p.slack.Messages())-50, len(p.slack.Calls("chat.update"))
		stop()
		if posts < 29 || changes < 24 {
			t.Errorf("in 30 s %d posts and %d changes, want 30 and 25", posts, changes)
		}
	})
}

// Five failures in a row open the breaker: then only probes go out, ever more
// seldom, and the first that succeeds lets all others follow.
func TestCircuitBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.log(40)
		p.raise(0, outbox.ReasonOverdue, "soc")
		p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault { return fakeslack.Status(503).Ptr() })
		_, stop := p.run("soc", p.bot(nil), notify.Options{})
		time.Sleep(time.Hour)
		posts := p.slack.Calls("chat.postMessage")
		if n := len(posts); n < 8 || n > 14 {
			t.Errorf("%d messages tried in an hour of silence, want 5 and then probes", n)
		}
		for i := 1; i < 5; i++ {
			if gap := posts[i].At.Sub(posts[i-1].At); gap > 2*time.Second {
				t.Errorf("the circuit opened after %d failures", i)
			}
		}
		for i := 5; i < len(posts); i++ {
			if gap := posts[i].At.Sub(posts[i-1].At); gap < 29*time.Second {
				t.Errorf("probe %d came after %s", i-4, gap)
			}
		}
		p.slack.FailWhen(nil)
		time.Sleep(18 * time.Minute)
		stop()
		p.checkTold(1)
	})
}

// What a thread was answered instead of a change that can't be made is not
// answered twice.
func TestAnswerInPlaceOfAChangeIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true, EditWindow: time.Second})
		defer p.close()
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "soc")
		answers := 0
		p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			if c.Method == "chat.postMessage" && c.Args["thread_ts"] != "" {
				if answers++; answers == 1 {
					return fakeslack.Status(500).Accepted().Ptr()
				}
			}
			return nil
		})
		wake, stop := p.run("soc", p.bot(nil), notify.Options{})
		time.Sleep(5 * time.Second)
		p.noticed(0)
		wake()
		time.Sleep(5 * time.Minute)
		stop()
		p.checkTold(2) // the message, and one answer
	})
}
