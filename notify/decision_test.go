package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/notify/wire"
	"kigen/sla"
	items "kigen/sla/inbox"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// candidate is an alert about an item that may be the notice of an overdue clock.
func candidate(decided *outbox.ItemDecision) *outbox.Delivery {
	return &outbox.Delivery{Kind: outbox.Update, Decision: decided, Alert: outbox.Alert{
		Key: outbox.ItemKey(12, 1), Reason: outbox.ReasonCandidate, At: may7(9, 0),
		Body: json.RawMessage(`{"title":"waiting: KGN-3","subject":"Sotas: outage","waiting":["until accepted"],"lines":["source"],"link":"/inbox/12","items":[12],"incident":"KGN-3","notifies":true}`),
	}}
}

// A decided candidate offers nothing any more, and says who decided what, and when.
func TestDecidedCandidate(t *testing.T) {
	type words struct{ title, said string }
	for _, test := range []struct {
		decision outbox.ItemDecision
		ja, en   words
	}{
		{
			outbox.ItemDecision{Action: "record", By: "user:佐藤", Incident: 3},
			words{"【受け入れ済み】Sotas: outage", "佐藤 が KGN-3 の通知として受け入れました(5月7日(木) 09:30 JST)"},
			words{"ACCEPTED: Sotas: outage", "佐藤 accepted it as a notice of KGN-3 (Thu 7 May 09:30 JST)"},
		},
		{
			outbox.ItemDecision{Action: "log", By: "token:bridge (yamada)", Incident: 4, Reason: "new"},
			words{"【登録済み】Sotas: outage", "yamada が新しいインシデント KGN-4 として登録しました(5月7日(木) 09:30 JST)|理由: new"},
			words{"LOGGED: Sotas: outage", "yamada logged it as the new incident KGN-4 (Thu 7 May 09:30 JST)|Reason: new"},
		},
		{
			outbox.ItemDecision{Action: "link", By: "board", Incident: 4},
			words{"【結び付け済み】Sotas: outage", "画面操作 が KGN-4 に結び付けました(5月7日(木) 09:30 JST)"},
			words{"LINKED: Sotas: outage", "The board linked it to KGN-4 (Thu 7 May 09:30 JST)"},
		},
		{
			outbox.ItemDecision{Action: "dismiss", By: "mori (slack:U0MORI)", Reason: "advertising <!channel>"},
			words{"【対象外と判断】Sotas: outage", "mori が対象外と判断しました(5月7日(木) 09:30 JST)|理由: advertising <!channel>"},
			words{"DISMISSED: Sotas: outage", "mori dismissed it (Thu 7 May 09:30 JST)|Reason: advertising <!channel>"},
		},
		{
			outbox.ItemDecision{Action: "undo", By: "api", Incident: 3, Waits: true, Reason: "wrong"},
			words{"waiting: KGN-3", "API が判断を取り消し、再び確認待ちになりました(5月7日(木) 09:30 JST)|理由: wrong|until accepted"},
			words{"waiting: KGN-3", "The API took the decision back (Thu 7 May 09:30 JST): it waits again|Reason: wrong|until accepted"},
		},
		{
			outbox.ItemDecision{Action: "reopen", By: "intake:page", Waits: true, Reason: "the page says more"},
			words{"waiting: KGN-3", "情報源の内容が変わり、再び確認待ちになりました(5月7日(木) 09:30 JST)|until accepted"},
			words{"waiting: KGN-3", "What its source says has changed (Thu 7 May 09:30 JST): it waits again|until accepted"},
		},
	} {
		for lang, want := range map[string]words{"ja": test.ja, "en": test.en} {
			w := writer(lang)
			w.Interactive = true
			test.decision.At = may7(9, 30)
			m := w.Write(candidate(&test.decision), may7(9, 31))
			said := strings.Join(m.Explanation.Lines, "|")
			if m.Title != want.title || said != want.said+"|source" {
				t.Errorf("%s %s: %q, %q; want %q, %q", lang, test.decision.Action, m.Title, said, want.title, want.said)
			}
			offers := slices.ContainsFunc(m.Actions, func(a wire.Action) bool { return a.ID != notify.ActionOpen })
			if offers != test.decision.Waits || (m.Status == wire.StatusCancelled) == test.decision.Waits || m.Link.URL != "https://kigen.example/inbox/12" {
				t.Errorf("%s %s: offers %+v, status %s, leads to %q", lang, test.decision.Action, m.Actions, m.Status, m.Link.URL)
			}
		}
	}
	if m := writer("en").Write(candidate(nil), may7(9, 0)); m.Title != "waiting: KGN-3" || strings.Join(m.Explanation.Lines, "|") != "until accepted|source" {
		t.Errorf("one that waits: %+v", m)
	}
}

// announced stores an item with the alert that announces it.
func (p *pipeline) announced(title string, to ...string) *items.Item {
	p.Helper()
	now := time.Now()
	it := &items.Item{
		Source: "mail", SourceID: title, State: items.Candidate, Kind: items.KindFirst, Title: title, Channel: "email", ReceivedAt: now, TakenAt: now, ChangedAt: now,
	}
	p.must(p.db.UpdateInbox(context.Background(), func(tx tracker.Tx, in items.Tx) error {
		if err := in.InsertItem(context.Background(), it, items.Document{}); err != nil {
			return err
		}
		body := fmt.Sprintf(`{"title":%q,"link":"/inbox/%d","items":[%d]}`, title, it.ID, it.ID)
		_, err := tx.Raise(context.Background(), &outbox.Alert{Key: outbox.ItemKey(it.ID, 1), Reason: outbox.ReasonCandidate, At: now, To: to, Body: []byte(body)})
		return err
	}))
	return it
}

func (p *pipeline) decide(it *items.Item, action items.Action, state items.State) {
	p.Helper()
	p.must(p.db.UpdateInbox(context.Background(), func(_ tracker.Tx, in items.Tx) error {
		return in.Decide(context.Background(), it, &items.Decision{At: time.Now(), By: "user:sato", Action: action, State: state, Reason: "advertising"})
	}))
}

// wantMessages compares what the channel shows: the title of each message, and whether it has
// buttons.
func (p *pipeline) wantMessages(when string, want ...string) {
	p.Helper()
	var got []string
	for _, m := range p.slack.Messages() {
		title, _, _ := strings.Cut(m.Text, "\n")
		if strings.Contains(string(m.Attachments), notify.ActionItemDismiss) {
			title += " +buttons"
		}
		got = append(got, title)
	}
	if !slices.Equal(got, want) {
		p.Errorf("%s: the channel shows %q, want %q", when, got, want)
	}
}

// A decision is committed with the update of its message, so nothing that happens afterwards
// loses it: no end of the process, and no Slack that fails. Messages about other items, and
// those that can't be edited, stay as they are.
func TestDecisionReachesTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		w := writer("en")
		w.Interactive = true
		run := func() (stop func()) {
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = notify.NewSender("soc", p.bot(nil), p.db, w, notify.Options{}).Run(ctx) // always nil
			}()
			return func() { cancel(); <-done }
		}
		hook := &inbox{}
		_, stopHook := p.run("siem", notify.NewWebhook(notify.WebhookOptions{URL: "https://siem.example/hook", Transport: hook}), notify.Options{})
		defer stopHook()

		first := p.announced("first", "soc", "siem")
		for i := range 11 { // numbers 2 to 12: keys that begin as the first one's
			p.announced(fmt.Sprint("other ", i), "soc")
		}
		others := func(first string) []string {
			all := []string{first}
			for i := range 11 {
				all = append(all, fmt.Sprintf("other %d +buttons", i))
			}
			return all
		}
		stop := run()
		time.Sleep(time.Minute)
		p.wantMessages("announced", others("first +buttons")...)
		stop()

		p.decide(first, items.Dismiss, items.Dismissed) // nothing sends; then the process ends
		p.wantMessages("decided", others("first +buttons")...)
		p.slack.Fail(fakeslack.Status(503), fakeslack.HangUp())
		stop = run()
		time.Sleep(10 * time.Minute)
		p.wantMessages("sent", others("DISMISSED: first")...)
		if shown := p.slack.Messages()[0]; !strings.Contains(shown.Shown(), "sato dismissed it") || !strings.Contains(shown.Shown(), "/inbox/1|") {
			t.Errorf("the message shows %s", shown.Shown())
		}

		p.decide(first, items.Undo, items.Candidate)
		p.decide(first, items.Log, items.Logged) // before an update of the undo is sent
		stop()
		stop = run()
		time.Sleep(time.Minute)
		p.wantMessages("decided anew", others("LOGGED: first")...)
		p.decide(first, items.Undo, items.Candidate)
		stop()
		stop = run()
		time.Sleep(time.Minute)
		p.wantMessages("taken back", others("first +buttons")...)
		stop()
		if got := len(hook.arrivals(0)); got != 1 {
			t.Errorf("%d messages where none can be edited, want the candidate alone", got)
		}
		if _, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
			t.Errorf("something waits (%v)", err)
		}
	})
}

// What was decided before its message went out is not offered.
func TestCandidateDecidedBeforeItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		p.log(1)
		it := p.announced("first", "soc")
		it.Incident = sla.IncidentID(1).String()
		p.decide(it, items.Dismiss, items.Dismissed)
		_, stop := p.run("soc", p.bot(nil), notify.Options{})
		time.Sleep(time.Minute)
		stop()
		p.wantMessages("sent late", "DISMISSED: first")
		if m := p.slack.Messages()[0]; m.Edits != 0 {
			t.Errorf("edited %d times", m.Edits)
		}
	})
}

// PagerDuty resolves the alert of a candidate that was decided, and has another once the
// decision is taken back.
func TestDecisionResolvesAtPagerDuty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		fake := fakechat.NewPagerDuty(pagerKey)
		class := classOf("pagerduty")
		it := p.announced("first", "soc")
		wake, stop := p.run("soc", spoken("pagerduty", "https://pager.example", fakeslack.InProcess(fake)), notify.Options{Class: &class})
		check := func(when, want string) {
			t.Helper()
			wake()
			time.Sleep(time.Minute)
			alerts := fake.Alerts()
			var states []string
			for _, a := range alerts {
				states = append(states, a.State)
			}
			if got := strings.Join(states, " "); got != want {
				t.Errorf("%s: alerts %s, want %s", when, got, want)
			}
		}
		check("announced", "triggered")
		p.decide(it, items.Dismiss, items.Dismissed)
		check("dismissed", "resolved")
		p.decide(it, items.Undo, items.Candidate)
		check("taken back", "resolved triggered") // a trigger after the end is a new alert
		stop()
	})
}
