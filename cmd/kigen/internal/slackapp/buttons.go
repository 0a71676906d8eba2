package slackapp

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

// The buttons on alerts and on our own answers. Their value is the incident's
// id; alerts name them alike.
const (
	actionAcknowledge = "kigen_ack"
	actionNotice      = "kigen_notice"
	actionSnooze      = "kigen_snooze"
	actionChaser      = "kigen_chaser"
)

// buttons offers what can be done about an incident.
func (a *App) buttons(inc *sla.Incident) []slack.BlockElement {
	if !open(inc) {
		return nil
	}
	button := func(action string) *slack.ButtonBlockElement {
		return slack.NewButtonBlockElement(action, inc.ID.String(), plain(a.words.say(action, nil)))
	}
	first := button(actionAcknowledge)
	first.Style = slack.StylePrimary
	buttons := []slack.BlockElement{first, button(actionNotice), button(actionSnooze)}
	if a.Chaser != nil {
		buttons = append(buttons, button(actionChaser))
	}
	return buttons
}

// clickChanges reports whether a click changes something by itself. The other
// buttons show something, or open the form that does.
func clickChanges(actions []*slack.BlockAction) bool {
	return len(actions) > 0 && actions[0].ActionID == actionAcknowledge
}

// clicked does what a button asks for. A button that leads somewhere is
// reported too; there is nothing to do about it.
func (a *App) clicked(ctx context.Context, by act, actions []*slack.BlockAction) answer {
	if len(actions) == 0 {
		return answer{}
	}
	button := actions[0]
	switch button.ActionID {
	case actionAcknowledge, actionNotice, actionSnooze, actionChaser, actionList:
	default:
		return answer{}
	}
	if a.bots[by.channel] == nil {
		return a.elsewhere()
	}
	if button.ActionID == actionList {
		return a.turnPage(ctx, button.Value)
	}
	inc, err := a.incidentOf(ctx, button.Value)
	if err != nil {
		return a.trouble(ctx, "button", err)
	}
	switch button.ActionID {
	case actionNotice:
		return a.openForm(ctx, by, a.noticeForm(by, inc))
	case actionSnooze:
		return a.openForm(ctx, by, a.snoozeForm(by, inc))
	case actionChaser:
		return a.chaser(inc)
	}
	return a.acknowledge(ctx, by, inc.ID, keyPrefix+by.key, time.Time{})
}

func (a *App) turnPage(ctx context.Context, value string) answer {
	var at place
	if err := json.Unmarshal([]byte(value), &at); err != nil {
		a.Log.WarnContext(ctx, "slack app: a list's button came back changed", "error", err)
		return answer{}
	}
	return a.list(ctx, at)
}

// acknowledge records that this person has the incident, once for the key.
func (a *App) acknowledge(ctx context.Context, by act, id sla.IncidentID, key string, until time.Time) answer {
	inc, err := a.Tracker.Acknowledge(tracker.Once(ctx, key), by.actor, id, until)
	if err != nil {
		return a.trouble(ctx, "acknowledge", err)
	}
	return a.acknowledged(inc, until)
}

func (a *App) acknowledged(inc *sla.Incident, until time.Time) answer {
	b := blanks{"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine)}
	if until.IsZero() {
		return plainly(a.words.say("acknowledged", b))
	}
	b["Until"] = a.zoned(until.In(a.Zone))
	return plainly(a.words.say("snoozed", b))
}

// chaser shows the message to the vendor, ready to be copied.
func (a *App) chaser(inc *sla.Incident) answer {
	var text string
	if a.Chaser != nil {
		text = a.Chaser(inc, a.Lang)
	}
	if text == "" {
		return plainly(a.words.say("no_chaser", blanks{"ID": a.name(inc.ID)}))
	}
	told := plainly(a.words.say("chaser", blanks{"ID": a.name(inc.ID), "Contact": escaped(a.contact(inc.Vendor))}))
	for _, piece := range pieces(text) {
		told.sections = append(told.sections, "```\n"+piece+"\n```")
	}
	return told
}

func (a *App) contact(vendor string) string {
	if v, ok := a.Catalogue.Vendor(vendor); ok && v.Contact != "" {
		return v.Contact
	}
	return a.vendorName(vendor)
}

// pieces cuts a text at its lines so that each piece fits a section with the
// signs around it. Those signs inside the text would end it early.
func pieces(text string) []string {
	const longest = longestSection - 10
	var all []string
	var piece strings.Builder
	for l := range strings.Lines(escaped(strings.ReplaceAll(text, "```", "'''"))) {
		l = cutMarkup(strings.TrimRight(l, "\n"), longest-1) + "\n"
		if len([]rune(piece.String()))+len([]rune(l)) > longest {
			all = append(all, strings.TrimRight(piece.String(), "\n"))
			piece.Reset()
		}
		piece.WriteString(l)
	}
	if rest := strings.TrimRight(piece.String(), "\n"); rest != "" {
		all = append(all, rest)
	}
	return all
}
