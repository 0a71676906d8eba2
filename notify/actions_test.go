package notify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

// What can be done follows from the state; nothing is offered that would be
// refused.
func TestActions(t *testing.T) {
	const ack, notice, snooze, chaser, open = notify.ActionAcknowledge, notify.ActionNotice, notify.ActionSnooze, notify.ActionChaser, notify.ActionOpen
	taken := sla.Acknowledgement{By: "山田", At: may7(9, 0)}
	tests := []struct {
		state sla.State
		taken sla.Acknowledgement
		want  []string
	}{
		{sla.Pending, sla.Acknowledgement{}, []string{ack, notice, snooze, chaser, open}},
		{sla.Running, sla.Acknowledgement{}, []string{ack, notice, snooze, chaser, open}},
		{sla.AtRisk, sla.Acknowledgement{}, []string{ack, notice, snooze, chaser, open}},
		{sla.Overdue, sla.Acknowledgement{}, []string{ack, notice, snooze, chaser, open}},
		{sla.Overdue, taken, []string{notice, snooze, chaser, open}},
		{sla.Met, sla.Acknowledgement{}, []string{open}},
		{sla.Late, taken, []string{chaser, open}},
		{sla.NoCommitment, sla.Acknowledgement{}, []string{notice, chaser, open}},
		{sla.NotApplicable, sla.Acknowledgement{}, []string{open}},
		{sla.Waived, taken, []string{open}},
		{sla.Cancelled, taken, []string{open}},
	}
	for _, test := range tests {
		d := overdue()
		d.Clock.State, d.Incident.Acknowledged = test.state, test.taken
		w := writer("ja")
		w.Interactive = true
		m := w.Write(d, may7(9, 30))
		var got []string
		for _, a := range m.Actions {
			got = append(got, a.ID)
			if link := a.ID == open; link != (a.URL != "") || link == (a.Value != "") || !link && a.Value != "KGN-42" || a.Text == "" {
				t.Errorf("%s: %+v", test.state, a)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s, taken by %q: %v, want %v", test.state, test.taken.By, got, test.want)
		}
	}
}

// Without an app that hears clicks, and without an address, nothing is
// offered that does nothing.
func TestActionsWithoutAnybodyListening(t *testing.T) {
	w := writer("en")
	if got := w.Write(overdue(), may7(9, 30)).Actions; len(got) != 1 || got[0].URL != "https://kigen.example/incidents/KGN-42" {
		t.Errorf("only the link is of use: %+v", got)
	}
	w.BaseURL = ""
	if got := w.Write(overdue(), may7(9, 30)).Actions; got != nil {
		t.Errorf("nothing is of use: %+v", got)
	}
}

// Slack shows one row of buttons, and a plain link where no app answers.
func TestSlackButtons(t *testing.T) {
	type element struct {
		Type     string `json:"type"`
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
		URL      string `json:"url"`
		Style    string `json:"style"`
	}
	buttons := func(interactive bool) (row []element, call fakeslack.Call) {
		fake, bot := workspace()
		w := writer("ja")
		w.Interactive = interactive
		if _, err := bot.Post(t.Context(), w.Write(overdue(), may7(9, 0))); err != nil {
			t.Fatal(err)
		}
		call = fake.Calls()[0]
		var attachments []struct {
			Blocks []struct {
				Type     string    `json:"type"`
				Elements []element `json:"elements"`
			} `json:"blocks"`
		}
		if err := json.Unmarshal([]byte(call.Args["attachments"]), &attachments); err != nil {
			t.Fatal(err)
		}
		for _, a := range attachments {
			for _, b := range a.Blocks {
				if b.Type == "actions" {
					row = append(row, b.Elements...)
				}
			}
		}
		return row, call
	}
	want := []element{
		{"button", "kigen_ack", "KGN-42", "", "primary"},
		{"button", "kigen_notice", "KGN-42", "", ""},
		{"button", "kigen_snooze", "KGN-42", "", ""},
		{"button", "kigen_chaser", "KGN-42", "", ""},
		{"button", "kigen_open", "", "https://kigen.example/incidents/KGN-42", ""},
	}
	if got, _ := buttons(true); !slices.Equal(got, want) {
		t.Errorf("buttons %+v, want %+v", got, want)
	}
	got, call := buttons(false)
	if got != nil || !strings.Contains(call.Args["attachments"], "https://kigen.example/incidents/KGN-42|") {
		t.Errorf("without an app: %+v in %s", got, call.Args["attachments"])
	}
}

// The explanation is an attachment of bare text, which Slack folds by itself;
// a report has nothing to fold.
func TestSlackFoldsTheExplanation(t *testing.T) {
	for name, test := range map[string]struct {
		delivery    *outbox.Delivery
		attachments int
		folded      string
	}{
		"overdue": {overdue(), 2, "起算点: 2026年5月1日(金) 18:00 JST(発生)\n次の営業開始: 2026年5月7日(木) 09:00\n期限: 2026年5月7日(木) 09:00 JST"},
		"report":  {report(), 1, ""},
	} {
		fake, bot := workspace()
		if _, err := bot.Post(t.Context(), writer("ja").Write(test.delivery, may7(9, 0))); err != nil {
			t.Fatal(err)
		}
		var attachments []struct {
			Title, Text, Fallback string
			Blocks                []any
		}
		if err := json.Unmarshal([]byte(fake.Calls()[0].Args["attachments"]), &attachments); err != nil {
			t.Fatal(err)
		}
		if len(attachments) != test.attachments {
			t.Fatalf("%s: %d attachments", name, len(attachments))
		}
		last := attachments[len(attachments)-1]
		if last.Text != test.folded || test.folded != "" && (last.Title != "期限の根拠" || last.Fallback == "" || last.Blocks != nil) {
			t.Errorf("%s: %+v", name, last)
		}
	}
}

// A message about one candidate can be answered where an app hears clicks; one about several
// leads to the inbox.
func TestActionsOfACandidate(t *testing.T) {
	notice := wire.Action{ID: notify.ActionItemNotice, Text: "通知として受け入れる", Value: "12 KGN-3", Style: notify.ActionPrimary}
	dismiss := wire.Action{ID: notify.ActionItemDismiss, Text: "対象外にする", Value: "12"}
	inbox := wire.Action{ID: notify.ActionOpen, Text: "受信箱を開く", URL: "https://kigen.example/inbox/12"}
	for _, test := range []struct {
		body        string
		interactive bool
		want        []wire.Action
	}{
		{`"items":[12],"incident":"KGN-3","notifies":true`, true, []wire.Action{notice, dismiss, inbox}},
		{`"items":[12]`, true, []wire.Action{dismiss, inbox}},
		{`"items":[12,13],"incident":"KGN-3","notifies":true`, true, nil},
		{`"items":[12],"incident":"KGN-3","notifies":true`, false, nil},
	} {
		w := writer("ja")
		w.Interactive = test.interactive
		m := w.Write(&outbox.Delivery{Alert: outbox.Alert{
			Key: "intake/12/1", Reason: outbox.ReasonCandidate, At: may7(9, 0), Body: []byte(`{"title":"x","link":"/inbox/12","link_text":"受信箱を開く",` + test.body + `}`),
		}}, may7(9, 0))
		if !slices.Equal(m.Actions, test.want) || m.Link.URL != "https://kigen.example/inbox/12" {
			t.Errorf("%s: %+v %+v", test.body, m.Actions, m.Link)
		}
	}
}
