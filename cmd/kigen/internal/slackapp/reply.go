package slackapp

import (
	"context"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"kigen/sla/tracker"
)

// Slack's limits, in characters. All blocks of a message together must stay
// under about 9,000.
const (
	longestPlain   = 4000
	longestSection = 3000
	longestAnswer  = 8500
	mostBlocks     = 50
)

// answer is what one person is told; nobody else sees it.
type answer struct {
	sections []string // in Slack's markup, escaped
	actions  []slack.BlockElement
	replace  bool // it takes the place of the answer that was clicked
}

// plainly is an answer of one section.
func plainly(text string) answer { return answer{sections: []string{text}} }

// tell gives a person an answer: by the address that Slack gave for it, which
// works in every channel, or, once that has expired, as the bot.
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
		a.Log.Warn("slack app: an answer was not taken by its response_url", "error", a.reason(err))
	}
	bot := a.bots[to.channel]
	if bot == nil {
		return
	}
	_, err := bot.PostEphemeralContext(ctx, to.channel, to.user,
		slack.MsgOptionText(text, false), slack.MsgOptionBlocks(blocks...))
	if err != nil {
		a.Log.Error("slack app: an answer was not delivered", "error", a.reason(err))
	}
}

// blocks puts the answer into Slack's form, inside Slack's limits.
func (w *answer) blocks() []slack.Block {
	var blocks []slack.Block
	left := longestAnswer
	for _, section := range w.sections {
		if left < 100 || len(blocks) == mostBlocks-1 {
			break
		}
		section = cutMarkup(section, min(longestSection, left))
		left -= utf8.RuneCountInString(section)
		blocks = append(blocks, slack.NewSectionBlock(markup(section), nil, nil))
	}
	if len(w.actions) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", w.actions...))
	}
	return blocks
}

func markup(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, false)
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

// trouble is what a person is told when a use case failed: what they can mend,
// or that it is not their fault.
func (a *App) trouble(ctx context.Context, what string, err error) answer {
	if invalid, ok := tracker.AsInvalid(err); ok {
		return a.refused(invalid)
	}
	if id := knownTrouble(err); id != "" {
		return plainly(a.words.say(id, nil))
	}
	a.Log.ErrorContext(ctx, "slack app: an act failed", "act", what, "error", a.reason(err))
	return plainly(a.words.say("inside_trouble", nil))
}
