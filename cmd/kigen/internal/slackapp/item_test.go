package slackapp_test

import (
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla"
	"kigen/sla/inbox"
)

// take puts a mail about KGN-1 into the inbox.
func (w *world) take(id, text string) inbox.Item {
	w.t.Helper()
	taken, err := w.inbox.Take(w.t.Context(), intake.Batch{Source: "mail", Pushed: true, Entries: []intake.Entry{{Item: inbox.Item{
		SourceID: id, Revision: 1, Vendor: "sotas", Kind: inbox.KindFirst, Incident: "KGN-1", Title: "Outage <b>", Text: text, Channel: "email", Reference: "ST-1",
		ReceivedAt: w.clock().Add(-90 * time.Second), SentAt: w.clock().Add(-2 * time.Minute),
	}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return taken.Items[0]
}

func (w *world) item(id int64) inbox.Item {
	w.t.Helper()
	told, err := w.inbox.ItemTold(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return told.Item
}

// A candidate is accepted with the form for a notice, filled in with what was read. What is
// longer than the form, and the seconds, are kept; a second click learns who was quicker.
func TestCandidateAsANotice(t *testing.T) {
	for lang, says := range map[string]struct{ recorded, settled, due string }{
		"en": {"notice recorded", "decided about it already", "before the deadline"},
		"ja": {"通知を記録しました", "判断済みのため", "KGN-1"},
	} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, lang)
			w.logs("sotas", "outage")
			text := strings.Repeat("We found the cause. ", 400)
			it := w.take("<1@sotas>", text)
			view := w.opened(w.socket.Click(w.mori(), "kigen_item_notice", "1 KGN-1"))
			wantWords(t, string(view.Raw), "2026-05-07 11:58:30", "2026-05-07 11:58", "ST-1", "KGN-1")
			second := w.opened(w.socket.Click(w.mori(), "kigen_item_notice", "1 KGN-1"))
			submission := w.submission(view, map[string]string{"reference": "ST-2"})
			if payload := w.send(submission); payload != "" {
				t.Fatalf("the form was answered with %s", payload)
			}
			answer := w.answer()
			wantWords(t, answer.Shown(), says.recorded, says.due)
			inc := w.incident(1)
			if len(inc.Notices) != 1 || inc.Clocks[0].State != sla.Met {
				t.Fatalf("recorded %+v, clock %s", inc.Notices, inc.Clocks[0].State)
			}
			n := inc.Notices[0]
			if n.Channel != "email" || n.Reference != "ST-2" || !n.ReceivedAt.Equal(it.ReceivedAt) || !strings.HasSuffix(n.Text, strings.TrimSpace(text)) || n.RecordedBy != "mori (slack:U0MORI)" {
				t.Errorf("recorded %+v", n)
			}
			if got := w.item(1); got.State != inbox.Recorded || got.Notice != 1 {
				t.Errorf("the item is %+v", got)
			}
			w.send(w.submission(second, nil))
			answer = w.answer()
			wantWords(t, answer.Shown(), "mori", "inbox/1")
			w.send(w.socket.Click(w.mori(), "kigen_item_dismiss", "1"))
			answer = w.answer()
			wantWords(t, answer.Shown(), says.settled, "Outage &lt;b&gt;")
			if got := len(w.incident(1).Notices); got != 1 {
				t.Errorf("%d notices", got)
			}
		})
	}
}

// A candidate is put away with a reason, and a button about no item says so.
func TestCandidateDismissed(t *testing.T) {
	w := newWorld(t, "en")
	w.logs("sotas", "outage")
	w.take("<1@sotas>", "buy more")
	view := w.opened(w.socket.Click(w.mori(), "kigen_item_dismiss", "1"))
	wantWords(t, string(view.Raw), "No clock changes", "Outage")
	if payload := w.send(w.submission(view, map[string]string{"reason": "advertising"})); payload != "" {
		t.Fatalf("the form was answered with %s", payload)
	}
	answer := w.answer()
	wantWords(t, answer.Shown(), "Dismissed", "https://kigen.example.jp/inbox/1|#1")
	told, err := w.inbox.ItemTold(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := told.Decisions[0]; d.Reason != "advertising" || d.By != "mori (slack:U0MORI)" || !strings.HasPrefix(d.Origin, "slack:") {
		t.Errorf("decided %+v", d)
	}
	for _, value := range []string{"99 KGN-1", "x", ""} {
		w.send(w.socket.Click(w.mori(), "kigen_item_notice", value))
		answer = w.answer()
		wantWords(t, answer.Shown(), "was not found")
	}
}
