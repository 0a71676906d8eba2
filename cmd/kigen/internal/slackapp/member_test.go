package slackapp_test

import (
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/slackapp"
	"kigen/notify/fakeslack"
)

// act clicks, types and fills in a form as mori, and returns the answers.
func (w *world) tries() string {
	w.t.Helper()
	var all []string
	for _, e := range []fakeslack.Envelope{
		w.socket.Command(w.mori(), `log sotas "by command"`), w.socket.Command(w.mori(), "list"), w.socket.Command(w.mori(), "show KGN-1"),
		w.socket.Click(w.mori(), "kigen_ack", "KGN-1"), w.socket.Click(w.mori(), "kigen_notice", "KGN-1"),
		w.socket.Click(w.mori(), "kigen_item_notice", "1 KGN-1"), w.socket.Click(w.mori(), "kigen_item_dismiss", "1"),
	} {
		w.send(e)
		answer := w.answer()
		all = append(all, answer.Shown())
	}
	return strings.Join(all, "\n")
}

// Guests and members of other organisations are in channels too. They may not act, and
// learn why.
func TestWhoMayAct(t *testing.T) {
	for name, test := range map[string]struct {
		member map[string]any
		says   string
	}{
		"guest":                {map[string]any{"is_restricted": true}, "Guests of this workspace"},
		"guest of one channel": {map[string]any{"is_restricted": true, "is_ultra_restricted": true}, "Guests of this workspace"},
		"stranger":             {map[string]any{"is_stranger": true}, "Members of other organisations"},
		"another workspace":    {map[string]any{"team_id": "T0OTHER"}, "Members of other organisations"},
		"bot":                  {map[string]any{"is_bot": true}, "cannot act"},
		"left":                 {map[string]any{"deleted": true}, "cannot act"},
		"unknown":              {map[string]any{"error": "user_not_found"}, "could not learn"},
		"missing scope":        {map[string]any{"error": "missing_scope"}, "could not learn"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "en")
			w.logs("sotas", "an incident")
			before := len(w.events(1))
			w.socket.SetMember("U0MORI", test.member)
			got := w.tries()
			denials := w.denied()
			for _, what := range []string{"slack command log (", "slack command list (", "slack command show (", "slack button kigen_ack (", "slack button kigen_notice (", "slack button kigen_item_notice (", "slack button kigen_item_dismiss ("} {
				if !strings.Contains(denials, "mori (slack:U0MORI) | slack:T0000000001/"+channel+" | "+what) {
					t.Errorf("the denials lack %q:\n%s", what, denials)
				}
			}
			if strings.Count(got, test.says) != 7 || strings.Contains(got, "an incident") {
				t.Errorf("the answers are\n%s", got)
			}
			if after := len(w.events(1)); after != before {
				t.Errorf("%d events became %d", before, after)
			}
			if help := w.command("help"); !strings.Contains(help, "How to use kigen") {
				t.Errorf("help says\n%s", help)
			}
			if name == "missing scope" && !strings.Contains(w.log.String(), "users:read") {
				t.Errorf("the log does not say what to do:\n%s", w.log)
			}
		})
	}
}

// The configuration may let guests, other organisations, or everyone act.
func TestWhoElseMayAct(t *testing.T) {
	guest, foreign := map[string]any{"is_restricted": true}, map[string]any{"team_id": "T0OTHER", "is_stranger": true}
	for name, test := range map[string]struct {
		who    slackapp.Who
		member map[string]any
		may    bool
	}{
		"a guest by id":                      {slackapp.Who{Users: []string{"U0MORI"}}, guest, true},
		"another guest":                      {slackapp.Who{Users: []string{"U0KATO"}}, guest, false},
		"another workspace":                  {slackapp.Who{Teams: []string{"T0OTHER"}}, foreign, true},
		"a guest of another workspace":       {slackapp.Who{Teams: []string{"T0OTHER"}}, map[string]any{"team_id": "T0OTHER", "is_restricted": true}, false},
		"another organisation by its id":     {slackapp.Who{Teams: []string{"E0OTHER"}}, map[string]any{"team_id": "T9", "enterprise_user": map[string]any{"enterprise_id": "E0OTHER"}}, true},
		"anyone, a guest":                    {slackapp.Who{Anyone: true}, guest, true},
		"anyone, while Slack can't be asked": {slackapp.Who{Anyone: true}, map[string]any{"error": "missing_scope"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newUnstarted(t)
			w.who = test.who
			w.start("en")
			w.connected()
			w.socket.SetMember("U0MORI", test.member)
			if got := strings.Contains(w.command(`log sotas "by command"`), "logged"); got != test.may {
				t.Errorf("may act: %v", got)
			}
		})
	}
}

// Who becomes a guest loses the right within minutes, and Slack is not asked at
// every click.
func TestMembershipIsRemembered(t *testing.T) {
	w := newWorld(t, "en")
	for range 5 {
		w.command("list")
	}
	if n := len(w.socket.Calls("users.info")); n != 1 {
		t.Errorf("Slack was asked %d times", n)
	}
	w.socket.SetMember("U0MORI", map[string]any{"is_restricted": true})
	w.set(w.clock().Add(5 * time.Minute))
	if got := w.command("list"); !strings.Contains(got, "Guests of this workspace") {
		t.Errorf("five minutes later:\n%s", got)
	}
}
