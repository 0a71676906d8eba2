package slackapp

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	// Slack shows an error to the person after three seconds without an
	// acknowledgement.
	ackBound = 2 * time.Second
	// workBound ends what is done for one act, also while kigen shuts down.
	workBound = 8 * time.Second
)

// act is one thing that one person did in Slack.
type act struct {
	key     string // names the act: delivered again it is the same
	trigger string // opens a form, within seconds
	actor   string // as the history records it
	user    string // id
	team    string // id of the workspace that the person is in
	channel string
	reply   string // response_url; empty: none was given
}

// envelope acknowledges one envelope and does what it asks for.
func (a *App) envelope(ctx context.Context, client *socketmode.Client, event socketmode.Event) {
	if event.Request == nil || event.Request.EnvelopeID == "" {
		return // the library's own news
	}
	ack := func(payload any) {
		if err := client.AckCtx(ctx, event.Request.EnvelopeID, payload); err != nil && ctx.Err() == nil {
			a.Log.Warn("slack app could not acknowledge", "error", a.reason(err))
		}
	}
	switch data := event.Data.(type) {
	case slack.SlashCommand:
		ack(nil)
		by := act{
			key: cmp.Or(data.TriggerID, event.Request.EnvelopeID), trigger: data.TriggerID,
			actor: actor(data.UserID, data.UserName), user: data.UserID, team: data.TeamID, channel: data.ChannelID, reply: data.ResponseURL,
		}
		a.once(ctx, by, func(ctx context.Context) { a.command(ctx, by, data.Text) })
	case slack.InteractionCallback:
		by := actOf(&data, event.Request.EnvelopeID)
		if data.Type == slack.InteractionTypeViewSubmission {
			a.submitted(ctx, by, &data.View, ack)
			return
		}
		ack(nil)
		if data.Type == slack.InteractionTypeBlockActions {
			a.once(ctx, by, func(ctx context.Context) { a.clicked(ctx, by, data.ActionCallback.BlockActions) })
		}
	default:
		ack(nil) // nothing that we asked Slack for
	}
}

// actOf reads who did what from a click or a form.
func actOf(data *slack.InteractionCallback, envelope string) act {
	return act{
		key: cmp.Or(data.TriggerID, envelope), trigger: data.TriggerID,
		actor: actor(data.User.ID, data.User.Name), user: data.User.ID, team: cmp.Or(data.User.TeamID, data.Team.ID),
		channel: cmp.Or(data.Container.ChannelID, data.Channel.ID), reply: data.ResponseURL,
	}
}

// in is the context of what an act changes: the history says from which
// workspace and channel it came, as it says the address of a request. Who it
// was stands beside it, as the actor.
func (by *act) in(ctx context.Context) context.Context {
	place := by.channel
	if by.team != "" {
		place = by.team + "/" + by.channel
	}
	return tracker.WithOrigin(ctx, "slack:"+place)
}

// longestName is what a history's column holds well.
const longestName = 60

// actor is how the history names a person from Slack: the name that people
// know, and the id, which unlike the name is nobody else's.
func actor(id, name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '(' || r == ')' {
			return -1
		}
		return r
	}, name))
	if name == "" {
		return "slack:" + id
	}
	return fmt.Sprintf("%s (slack:%s)", cut(name, longestName), id)
}

// once does the work in the background, unless it was done for this act.
func (a *App) once(ctx context.Context, by act, work func(context.Context)) {
	o, first := a.acts.begin(by.key)
	if !first {
		return
	}
	a.background(ctx, by, func(ctx context.Context) {
		defer o.finish(nil)
		work(by.in(ctx))
	})
}

// background does work that kigen's end lets finish: what is stored by then
// is also answered.
func (a *App) background(ctx context.Context, by act, work func(context.Context)) {
	a.working.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workBound)
		defer cancel()
		// One person's odd input must not end the daemon that watches deadlines.
		defer func() {
			if v := recover(); v != nil {
				a.Log.ErrorContext(ctx, "slack app: an act failed", "panic", v, "stack", string(debug.Stack()))
				a.tell(ctx, by, plainly(a.words.say("inside_trouble", nil)))
			}
		}()
		work(ctx)
	})
}

// incidentOf reads the incident that a button or a form is about.
func (a *App) incidentOf(ctx context.Context, text string) (*sla.Incident, error) {
	id, err := sla.ParseIncidentID(text)
	if err != nil {
		return nil, err
	}
	return a.incident(ctx, id)
}
