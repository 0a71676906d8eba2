package slackapp

import (
	"context"
	"encoding/json"

	"github.com/slack-go/slack"
)

// origin is what a form remembers of the act that opened it.
type origin struct {
	Channel  string `json:"c"`
	Reply    string `json:"r,omitempty"` // response_url of that act; it lives half an hour
	Incident string `json:"i,omitempty"`
}

// verdict is what became of a form: what is wrong, by field, or what the
// person is told.
type verdict struct {
	errors map[string]string
	answer answer
}

// submitted does what a form asks for and acknowledges with the errors that
// the person has to mend, which Slack shows at their fields. Where that takes
// too long the form is closed, and the outcome told afterwards.
func (a *App) submitted(ctx context.Context, by act, view *slack.View, ack acker) {
	o, first := a.acts.begin(by.key)
	if first {
		a.background(ctx, by, func(ctx context.Context) { a.judge(ctx, by, view, o) })
	}
	a.ackWhenDone(ctx, by, o, ack)
}

// judge brings a form's outcome about and tells it where the form can't.
func (a *App) judge(ctx context.Context, by act, view *slack.View, o *outcome) {
	var v verdict
	var late bool
	func() {
		var payload any
		defer func() { late = o.finish(payload) }() // also when the work panics: the person is let go
		var from origin
		if err := json.Unmarshal([]byte(view.PrivateMetadata), &from); err != nil {
			a.Log.ErrorContext(ctx, "slack app: a form came back without its origin", "error", err)
			return
		}
		by.channel, by.reply = from.Channel, from.Reply
		v = a.process(by.in(ctx), by, &from, view)
		if len(v.errors) > 0 {
			payload = slack.NewErrorsViewSubmissionResponse(v.errors)
		}
	}()
	switch {
	case len(v.errors) == 0:
		a.tell(ctx, by, v.answer)
	case late: // the form is gone, and its errors with it
		a.tell(ctx, by, a.refusal(v.errors))
	}
}

// process runs the form by the name that it was opened with.
func (a *App) process(ctx context.Context, by act, from *origin, view *slack.View) verdict {
	if a.bots[by.channel] == nil {
		return verdict{answer: a.elsewhere()} // the channel left the configuration meanwhile
	}
	filled := form{view: view}
	switch view.CallbackID {
	case formLog:
		return a.logged(ctx, by, filled)
	case formNotice:
		return a.noticed(ctx, by, from, filled)
	case formSnooze:
		return a.snoozed(ctx, by, from, filled)
	}
	return verdict{}
}
