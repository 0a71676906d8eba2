package slackapp

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	// Slack shows an error to the person when no acknowledgement arrives within
	// three seconds. A change that takes longer than ackBound, such as while the
	// database is locked, is acknowledged before it is stored; only a crash in
	// that window can lose an act.
	ackBound = 2 * time.Second
	// workBound limits the work for one act, also during shutdown.
	workBound = 8 * time.Second
)

// act is one action of a person in Slack.
type act struct {
	key     string // idempotency key: the same when Slack redelivers
	trigger string // trigger_id that opens a form, valid for seconds
	actor   string // as the history records it
	user    string // user id
	team    string // id of the person's workspace
	channel string
	reply   string // response_url; may be empty
}

// acker acknowledges an envelope to Slack with a payload, such as the errors
// of a form.
type acker func(payload any)

// envelope dispatches an envelope by its type and acknowledges it.
func (a *App) envelope(ctx context.Context, client *socketmode.Client, event socketmode.Event) {
	if event.Request == nil || event.Request.EnvelopeID == "" {
		return // an event of the library itself
	}
	ack := func(payload any) {
		if err := client.AckCtx(ctx, event.Request.EnvelopeID, payload); err != nil && ctx.Err() == nil {
			a.Log.Warn("slack app: acknowledgement failed", "error", a.reason(err))
		}
	}
	switch data := event.Data.(type) {
	case slack.SlashCommand:
		by := act{
			key: cmp.Or(data.TriggerID, event.Request.EnvelopeID), trigger: data.TriggerID,
			actor: actor(data.UserID, data.UserName), user: data.UserID, team: data.TeamID, channel: data.ChannelID, reply: data.ResponseURL,
		}
		a.do(ctx, by, commandChanges(data.Text), ack, func(ctx context.Context) answer { return a.command(ctx, by, data.Text) })
	case slack.InteractionCallback:
		by := actOf(&data, event.Request.EnvelopeID)
		actions := data.ActionCallback.BlockActions
		switch data.Type {
		case slack.InteractionTypeViewSubmission:
			a.submitted(ctx, by, &data.View, ack)
		case slack.InteractionTypeBlockActions:
			a.do(ctx, by, clickChanges(actions), ack, func(ctx context.Context) answer { return a.clicked(ctx, by, actions) })
		default:
			ack(nil)
		}
	default:
		ack(nil) // a type that the app does not subscribe to
	}
}

// actOf reads the act from a click or a form.
func actOf(data *slack.InteractionCallback, envelope string) act {
	return act{
		key: cmp.Or(data.TriggerID, envelope), trigger: data.TriggerID,
		actor: actor(data.User.ID, data.User.Name), user: data.User.ID, team: cmp.Or(data.User.TeamID, data.Team.ID),
		channel: cmp.Or(data.Container.ChannelID, data.Channel.ID), reply: data.ResponseURL,
	}
}

// request is the Request of the act's use case. Its origin is the workspace and
// channel, which the history records like the address of an HTTP request.
func (by *act) request(key string) tracker.Request {
	place := by.channel
	if by.team != "" {
		place = by.team + "/" + by.channel
	}
	return tracker.Request{Actor: by.actor, Origin: "slack:" + place, Key: keyPrefix + key}
}

// longestName bounds the display name, so that it fits the history's column.
const longestName = 60

// actor returns the history's name for a Slack user: the display name for
// people, and the id because display names are not unique.
func actor(id, name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if phrase.BreaksLine(r) || r == '(' || r == ')' {
			return -1
		}
		return r
	}, name))
	if name == "" {
		return "slack:" + id
	}
	return fmt.Sprintf("%s (slack:%s)", cut(name, longestName), id)
}

// do runs the work in the background, unless this act has run already, and
// sends the answer. A change is acknowledged after it is stored: if kigen dies
// before that, Slack has no acknowledgement, shows the person an error and
// redelivers. Reading and opening a form are acknowledged first, because they
// may take longer than the three seconds that Slack allows.
func (a *App) do(ctx context.Context, by act, changes bool, ack acker, work func(context.Context) answer) {
	if !changes {
		ack(nil)
	}
	o, first := a.acts.begin(by.key)
	if first {
		a.background(ctx, by, func(ctx context.Context) { a.tell(ctx, by, worked(ctx, o, work)) })
	}
	if changes {
		a.ackWhenDone(ctx, by, o, ack)
	}
}

// worked runs the work and finishes the act even when the work panics, so that
// waiting envelopes are acknowledged.
func worked(ctx context.Context, o *outcome, work func(context.Context) answer) answer {
	defer o.finish(nil)
	return work(ctx)
}

// ackWhenDone acknowledges with the act's outcome, or with an empty payload at ackBound.
func (a *App) ackWhenDone(ctx context.Context, by act, o *outcome, ack acker) {
	a.background(ctx, by, func(context.Context) {
		timer := time.NewTimer(a.ackBound)
		defer timer.Stop()
		select {
		case <-o.done:
		case <-timer.C:
		}
		ack(o.give())
	})
}

// background runs work that shutdown waits for, so that a stored change is
// also answered.
func (a *App) background(ctx context.Context, by act, work func(context.Context)) {
	a.working.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workBound)
		defer cancel()
		// A panic on one person's input must not end the daemon, which watches deadlines.
		defer func() {
			if v := recover(); v != nil {
				a.Log.ErrorContext(ctx, "slack app: request failed", "panic", v, "stack", string(debug.Stack()))
				a.tell(ctx, by, plainly(a.texts.say("inside_trouble", nil)))
			}
		}()
		work(ctx)
	})
}

// incidentOf reads the incident that a button or a form names.
func (a *App) incidentOf(ctx context.Context, text string) (*sla.Incident, error) {
	id, err := sla.ParseIncidentID(text)
	if err != nil {
		return nil, err
	}
	return a.incident(ctx, id)
}
