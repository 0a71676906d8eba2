package slackapp_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"kigen/cmd/kigen/internal/slackapp"
	"kigen/sla"
	"kigen/sla/tracker"
)

// office sends reminders as its answers say, in turn.
type office struct {
	mu      sync.Mutex
	to      []string
	answers []any // slackapp.Sent, or an error
	asked   []tracker.Request
}

func (o *office) Recipients(string) []string { return o.to }

func (o *office) Send(_ context.Context, by tracker.Request, _ sla.IncidentID, lang string) (slackapp.Sent, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, by)
	next := o.answers[0]
	o.answers = o.answers[1:]
	if err, failed := next.(error); failed {
		return slackapp.Sent{}, err
	}
	return next.(slackapp.Sent), nil //nolint:forcetypeassert // one of the two
}

// spoken is an error for people.
type spoken struct{}

func (spoken) Error() string         { return "in English" }
func (spoken) In(lang string) string { return "chased a moment ago <" + lang + ">" }

// The reminder is sent by a button under it, once for each click, with the name of who
// clicked; what the mail server said is answered.
func TestSendAReminder(t *testing.T) {
	w := newUnstarted(t)
	post := &office{to: []string{"desk@sotas.example"}, answers: []any{
		slackapp.Sent{To: []string{"desk@sotas.example"}}, spoken{}, slackapp.Sent{Refused: "550 no"}, slackapp.Sent{Unknown: "hung up"},
		tracker.Invalidf("to", "x", "is no mail address: write it as support@example.jp"),
	}}
	w.post = post
	w.start("en")
	w.connected()
	inc := w.logs("sotas", "outage")
	w.send(w.socket.Click(w.mori(), "kigen_chaser", inc.ID.String()))
	shown := w.answer()
	if buttons := string(shown.Blocks); !strings.Contains(buttons, "kigen_send") || !strings.Contains(buttons, "desk@sotas.example") {
		t.Errorf("the reminder has the buttons %q", buttons)
	}
	for _, want := range []string{"was sent to desk@sotas.example", "chased a moment ago &lt;en&gt;", "so it was not sent: 550 no", "it may have arrived", "is no mail address"} {
		w.send(w.socket.Click(w.mori(), "kigen_send", inc.ID.String()))
		answer := w.answer()
		wantWords(t, answer.Shown(), want)
	}
	keys := map[string]bool{}
	for _, by := range post.asked {
		keys[by.Key] = true
		if by.Actor != "mori (slack:U0MORI)" || by.Key == "" {
			t.Errorf("%+v", by)
		}
	}
	if len(keys) != 5 {
		t.Errorf("%d keys of 5 clicks", len(keys))
	}
}

// Without an address of the vendor there is no button.
func TestNothingToSendTo(t *testing.T) {
	w := newUnstarted(t)
	w.post = &office{}
	w.start("en")
	w.connected()
	w.send(w.socket.Click(w.mori(), "kigen_chaser", w.logs("sotas", "outage").ID.String()))
	shown := w.answer()
	if buttons := string(shown.Blocks); strings.Contains(buttons, "kigen_send") {
		t.Errorf("%q", buttons)
	}
}
