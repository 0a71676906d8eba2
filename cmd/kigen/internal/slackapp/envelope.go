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
	// acknowledgement. What changes something and takes longer than this, the
	// database being held up, is acknowledged before it is stored: a crash in
	// between is the one way in which such an act can be lost.
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

// acker tells Slack that an envelope has arrived, with what belongs to
// that, such as the errors of a form.
type acker func(payload any)

// envelope does what an envelope asks for and acknowledges it.
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

// do does the work in the background, unless it was done for this act, and
// tells the person. What changes something is acknowledged once that is
// stored: whatever kills kigen before, Slack has no acknowledgement, shows the
// person an error, and delivers again. What only reads goes on after the
// acknowledgement, and so does opening a form, for which there are three
// seconds, too.
func (a *App) do(ctx context.Context, by act, changes bool, ack acker, work func(context.Context) answer) {
	if !changes {
		ack(nil)
	}
	o, first := a.acts.begin(by.key)
	if first {
		a.background(ctx, by, func(ctx context.Context) { a.tell(ctx, by, worked(by.in(ctx), o, work)) })
	}
	if changes {
		a.ackWhenDone(ctx, by, o, ack)
	}
}

// worked ends the act also when the work panics: the person is let go.
func worked(ctx context.Context, o *outcome, work func(context.Context) answer) answer {
	defer o.finish(nil)
	return work(ctx)
}

// ackWhenDone acknowledges with the act's outcome, or without it at the bound.
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
