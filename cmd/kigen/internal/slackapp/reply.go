package slackapp

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"kigen/sla/tracker"
)

// Slack's limits, in characters. All blocks of a message together must stay
// below about 9,000.
const (
	longestPlain   = 4000
	longestSection = 3000
	longestAnswer  = 8500
	mostBlocks     = 50
)

// answer is an ephemeral message: only the person who acted sees it.
type answer struct {
	sections []string // in Slack's markup, escaped
	actions  []slack.BlockElement
	replace  bool // replaces the message whose button was clicked
}

// plainly returns an answer of one section.
func plainly(text string) answer { return answer{sections: []string{text}} }

// with appends lines to an answer.
func (a answer) with(lines []string) answer {
	if len(lines) > 0 {
		a.sections = append(slices.Clone(a.sections), strings.Join(lines, "\n"))
	}
	return a
}

// tell sends an answer through the act's response_url, which works in every
// channel, or as the bot once that has expired.
func (a *App) tell(ctx context.Context, to act, what answer) {
	if len(what.sections) == 0 {
		return
	}
	blocks := what.blocks()
	text := cutMarkup(what.sections[0], longestPlain)
	if to.reply != "" {
		err := slack.PostWebhookCustomHTTPContext(ctx, to.reply, a.http, &slack.WebhookMessage{
			ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: what.replace,
			Text: text, Blocks: &slack.Blocks{BlockSet: blocks},
		})
		if err == nil {
			return
		}
		a.Log.Warn("slack app: response_url refused an answer", "error", a.reason(err))
	}
	bot := a.bots[to.channel]
	if bot == nil {
		return
	}
	_, err := bot.PostEphemeralContext(ctx, to.channel, to.user,
		slack.MsgOptionText(text, false), slack.MsgOptionBlocks(blocks...))
	if err != nil {
		a.Log.Error("slack app: answer not delivered", "error", a.reason(err))
	}
}

// blocks converts the answer to Slack blocks within Slack's limits.
func (a *answer) blocks() []slack.Block {
	var blocks []slack.Block
	left := longestAnswer
	for _, section := range a.sections {
		if left < 100 || len(blocks) == mostBlocks-1 {
			break
		}
		section = cutMarkup(section, min(longestSection, left))
		left -= utf8.RuneCountInString(section)
		blocks = append(blocks, slack.NewSectionBlock(markup(section), nil, nil))
	}
	if len(a.actions) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", a.actions...))
	}
	return blocks
}

func markup(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, false)
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

// trouble returns the answer for a failed use case: the correction where the
// person can make one, else that the failure is on kigen's side.
func (a *App) trouble(ctx context.Context, what string, err error) answer {
	if invalid, ok := tracker.AsInvalid(err); ok {
		return a.refused(invalid)
	}
	if id := knownTrouble(err); id != "" {
		return plainly(a.texts.say(id, nil))
	}
	a.Log.ErrorContext(ctx, "slack app: request failed", "act", what, "error", a.reason(err))
	return plainly(a.texts.say("inside_trouble", nil))
}
