package notify_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
)

// Through the outbox: an alert, an overdue one and its repeat, then the notice. A chat that
// can't change messages gets the change once, and PagerDuty resolves its one alert.
func TestNoticeThroughTheOutbox(t *testing.T) {
	for kind, check := range map[string]func(*testing.T, any){
		"teams": func(t *testing.T, fake any) {
			cards := fake.(*fakechat.Teams).Shown()
			if len(cards) != 3 || !strings.Contains(cards[2].Text(), "LATE") {
				t.Errorf("%d cards", len(cards))
			}
		},
		"googlechat": func(t *testing.T, fake any) {
			messages := fake.(*fakechat.GoogleChat).Messages()
			if len(messages) != 3 || !strings.Contains(messages[2].Shown(), "LATE") || messages[2].Thread != messages[0].Thread || messages[1].Thread == messages[0].Thread {
				t.Errorf("%d messages: %+v", len(messages), messages)
			}
		},
		"pagerduty": func(t *testing.T, fake any) {
			alerts := fake.(*fakechat.PagerDuty).Alerts()
			if len(alerts) != 1 || alerts[0].State != "resolved" || alerts[0].Calls != 1 {
				t.Errorf("%+v", alerts)
			}
		},
	} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newChatFake(kind)
				p := newPipeline(t, fakeslack.Options{})
				defer p.close()
				class := classOf(kind)
				p.log(1)
				wake, stop := p.run("soc", spoken(kind, "https://chat.example", fakeslack.InProcess(fake.handler)), notify.Options{Class: &class})
				for _, reason := range []outbox.Reason{outbox.ReasonOverdue, outbox.ReasonRepeat} {
					p.raise(0, reason, "soc")
					wake()
					time.Sleep(time.Minute)
				}
				p.noticed(0)
				wake()
				time.Sleep(time.Minute)
				stop()
				if p.waiting() {
					t.Error("something waits")
				}
				check(t, fake.handler)
			})
		})
	}
}

// A digest is one alert in PagerDuty, which is resolved when the last of its clocks has its
// notice, and not before.
func TestPagerDutyResolvesADigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 60
		fake := fakechat.NewPagerDuty(pagerKey)
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		class := classOf("pagerduty")
		p.log(n)
		p.raise(0, outbox.ReasonOverdue, "soc")
		wake, stop := p.run("soc", spoken("pagerduty", "https://pager.example", fakeslack.InProcess(fake)), notify.Options{Class: &class})
		time.Sleep(time.Minute)
		for i := range n {
			if alerts := fake.Alerts(); len(alerts) != 1 || alerts[0].State != "triggered" || alerts[0].Severity != "critical" {
				t.Fatalf("before the notice %d of %d: %+v", i+1, n, alerts)
			}
			p.noticed(i)
			wake()
			time.Sleep(20 * time.Second)
		}
		stop()
		if alerts := fake.Alerts(); len(alerts) != 1 || alerts[0].State != "resolved" || alerts[0].Calls != 1 {
			t.Errorf("after the last notice: %d alerts, %s, called %d times", len(alerts), alerts[0].State, alerts[0].Calls)
		}
	})
}
