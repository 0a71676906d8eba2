package slackapp

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla"
)

// Action ids of the buttons on alerts and on the app's own answers. A button's
// value is the incident id. Package notify writes the same ids into alerts.
const (
	actionAcknowledge = "kigen_ack"
	actionNotice      = "kigen_notice"
	actionSnooze      = "kigen_snooze"
	actionChaser      = "kigen_chaser"
)

// buttons returns the buttons that apply to an incident; none when it is settled.
func (a *App) buttons(inc *sla.Incident) []slack.BlockElement {
	if !open(inc) {
		return nil
	}
	button := func(action string) *slack.ButtonBlockElement {
		return slack.NewButtonBlockElement(action, inc.ID.String(), plain(a.texts.say(action, nil)))
	}
	first := button(actionAcknowledge)
	first.Style = slack.StylePrimary
	buttons := []slack.BlockElement{first, button(actionNotice), button(actionSnooze)}
	if a.Chaser != nil {
		buttons = append(buttons, button(actionChaser))
	}
	return buttons
}

// clickChanges reports whether a click changes data by itself. The other
// buttons show data or open a form.
func clickChanges(actions []*slack.BlockAction) bool {
	return len(actions) > 0 && actions[0].ActionID == actionAcknowledge
}

// clicked handles a button click. Slack also reports clicks on link buttons;
// those need no answer.
func (a *App) clicked(ctx context.Context, by act, actions []*slack.BlockAction) answer {
	if len(actions) == 0 {
		return answer{}
	}
	button := actions[0]
	switch button.ActionID {
	case actionAcknowledge, actionNotice, actionSnooze, actionChaser, actionSend, actionList:
	default:
		return answer{}
	}
	if refusal, refused := a.gate(ctx, by, "button "+button.ActionID); refused {
		return refusal
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
	case actionSend:
		return a.send(ctx, by, inc)
	}
	return a.acknowledge(ctx, by, inc.ID, by.key, time.Time{})
}

func (a *App) turnPage(ctx context.Context, value string) answer {
	var at place
	if err := json.Unmarshal([]byte(value), &at); err != nil {
		a.Log.WarnContext(ctx, "slack app: invalid value of a list button", "error", err)
		return answer{}
	}
	return a.list(ctx, at)
}

// acknowledge records that the actor has the incident, once per key.
func (a *App) acknowledge(ctx context.Context, by act, id sla.IncidentID, key string, until time.Time) answer {
	inc, err := a.Tracker.Acknowledge(ctx, by.request(key), id, until)
	if err != nil {
		return a.trouble(ctx, "acknowledge", err)
	}
	return a.acknowledged(inc)
}

// acknowledged states until when repeats stop, as it was stored: a snooze of an hour that is delivered again ends an
// hour after the first delivery.
func (a *App) acknowledged(inc *sla.Incident) answer {
	until := inc.Acknowledged.Until
	b := blanks{"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine)}
	if until.IsZero() {
		return plainly(a.texts.say("acknowledged", b))
	}
	b["Until"] = a.zoned(until.In(a.Zone))
	return plainly(a.texts.say("snoozed", b))
}

// chaser shows the reminder to the vendor in a form that can be copied.
func (a *App) chaser(inc *sla.Incident) answer {
	var text string
	if a.Chaser != nil {
		text = a.Chaser(inc, a.Lang)
	}
	if text == "" {
		return plainly(a.texts.say("no_chaser", blanks{"ID": a.name(inc.ID)}))
	}
	result := plainly(a.texts.say("chaser", blanks{"ID": a.name(inc.ID), "Contact": escaped(a.contact(inc.Vendor))}))
	for _, piece := range pieces(text) {
		result.sections = append(result.sections, "```\n"+piece+"\n```")
	}
	result.actions = a.sendButton(inc)
	return result
}

func (a *App) contact(vendor string) string {
	if v, ok := a.Catalogue.Vendor(vendor); ok && v.Contact != "" {
		return v.Contact
	}
	return a.vendorName(vendor)
}

// pieces splits a text at line ends so that each piece, with its code fence,
// fits a section. Code fences inside the text are replaced: they would close the block.
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
