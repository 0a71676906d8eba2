package slackapp_test

import (
	"fmt"
	"strings"
	"testing"

	"kigen/notify/fakeslack"
	"kigen/sla/tracker"
)

// Whatever Slack sends is acknowledged, harms nothing and ends nothing.
func TestOddEnvelopes(t *testing.T) {
	w := newWorld(t, "en")
	type m = map[string]any
	view := func(callback, metadata string, state any) m {
		return m{"type": "view_submission", "user": m{"id": "U1"}, "view": m{
			"id": "V1", "type": "modal", "callback_id": callback, "private_metadata": metadata, "state": state,
		}}
	}
	here := `{"c":"` + channel + `"}`
	envelopes := []struct {
		kind    string
		payload m
	}{
		{"slash_commands", m{}},
		{"slash_commands", m{"text": strings.Repeat("\u0000<!channel>", 500), "channel_id": channel}},
		{"events_api", m{"type": "event_callback", "event": m{"type": "app_mention", "text": "hello"}}},
		{"interactive", m{}},
		{"interactive", m{"type": "shortcut", "callback_id": "x"}},
		{"interactive", m{"type": "block_actions", "actions": []any{}}},
		{"interactive", m{"type": "block_actions", "actions": []any{m{"type": "button", "action_id": "kigen_ack"}}}},
		{"interactive", m{"type": "block_actions", "container": m{"channel_id": channel}, "actions": []any{m{"type": "button", "action_id": "kigen_ack", "value": "KGN-x"}}}},
		{"interactive", m{"type": "block_actions", "container": m{"channel_id": channel}, "actions": []any{m{"type": "button", "action_id": "kigen_list", "value": "{"}}}},
		{"interactive", m{"type": "block_actions", "container": m{"channel_id": channel}, "actions": []any{m{"type": "button", "action_id": "kigen_list", "value": `{"c":"none"}`}}}},
		{"interactive", view("kigen_form_log", "", nil)},
		{"interactive", view("kigen_form_log", `{"c":"C0ELSEWHERE"}`, nil)},
		{"interactive", view("kigen_form_log", here, nil)},
		{"interactive", view("kigen_form_notice", here, m{"values": m{}})},
		{"interactive", view("kigen_form_snooze", here, m{"values": m{"length": m{"length": m{"value": "x"}}}})},
		{"interactive", view("somebody_elses", here, nil)},
	}
	for i, e := range envelopes {
		w.send(fakeslack.Envelope{ID: fmt.Sprint("odd-", i), Type: e.kind, Payload: e.payload})
	}
	w.stop() // everything that they led to is over
	if strings.Contains(w.log.String(), "panic") {
		t.Errorf("something broke:\n%s", w.log)
	}
	page, err := w.db.List(t.Context(), tracker.Query{})
	if err != nil || len(page.Incidents) != 0 {
		t.Errorf("%v, %d incidents", err, len(page.Incidents))
	}
}

// An envelope that can't be read is no reason to leave.
func TestUnreadableEnvelope(t *testing.T) {
	w := newWorld(t, "en")
	for _, kind := range []string{"interactive", "of_the_future"} {
		if err := w.socket.Push(fakeslack.Envelope{ID: "x", Type: kind, Payload: map[string]any{"actions": "secret"}}); err != nil {
			t.Fatal(err)
		}
	}
	wantWords(t, w.command("help"), "How to use kigen")
	wantWords(t, w.log.String(), "unreadable envelope")
}
