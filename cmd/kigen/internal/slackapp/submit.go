package slackapp

import (
	"context"
	"encoding/json"

	"github.com/slack-go/slack"
)

// origin identifies the act that opened a form; the form carries it.
type origin struct {
	Channel  string `json:"c"`
	Reply    string `json:"r,omitempty"` // response_url of that act; valid for 30 minutes
	Incident string `json:"i,omitempty"`
	Item     int64  `json:"n,omitempty"` // of the inbox
	Version  int64  `json:"v,omitempty"` // of the item, as the form shows it
}

// formResult is the result of a submitted form: errors by field, or the answer
// to the person.
type formResult struct {
	errors map[string]string
	answer answer
}

// submitted processes a form and acknowledges it with its errors, which Slack
// shows at their fields. If processing exceeds ackBound, the form is closed and
// the result sent as a message.
func (a *App) submitted(ctx context.Context, by act, view *slack.View, ack acker) {
	o, first := a.acts.begin(by.key)
	if first {
		a.background(ctx, by, func(ctx context.Context) { a.judge(ctx, by, view, o) })
	}
	a.ackWhenDone(ctx, by, o, ack)
}

// judge processes a form and sends the result as a message unless the form
// itself can show it.
func (a *App) judge(ctx context.Context, by act, view *slack.View, o *outcome) {
	var v formResult
	var late bool
	func() {
		var payload any
		defer func() { late = o.finish(payload) }() // also when the work panics: waiting envelopes must be acknowledged
		var from origin
		if err := json.Unmarshal([]byte(view.PrivateMetadata), &from); err != nil {
			a.Log.ErrorContext(ctx, "slack app: form without a valid origin", "error", err)
			return
		}
		by.channel, by.reply = from.Channel, from.Reply
		v = a.process(ctx, by, &from, view)
		if len(v.errors) > 0 {
			payload = slack.NewErrorsViewSubmissionResponse(v.errors)
		}
	}()
	switch {
	case len(v.errors) == 0:
		a.tell(ctx, by, v.answer)
	case late: // the form has been closed, so it can't show its errors
		a.tell(ctx, by, a.refusal(v.errors))
	}
}

// process runs the handler of the form's callback id.
func (a *App) process(ctx context.Context, by act, from *origin, view *slack.View) formResult {
	if refusal, refused := a.gate(ctx, by, "form "+view.CallbackID); refused { // the configuration may have changed meanwhile
		return formResult{answer: refusal}
	}
	filled := form{view: view}
	switch view.CallbackID {
	case formLog:
		return a.logged(ctx, by, filled)
	case formNotice:
		return a.noticed(ctx, by, from, filled)
	case formSnooze:
		return a.snoozed(ctx, by, from, filled)
	case formDismiss:
		return a.dismissed(ctx, by, from, filled)
	}
	return formResult{}
}
