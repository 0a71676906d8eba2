package notify

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Slack's limits are 4,000 characters of text, 150 of a header, 3,000 of a
// section, 2,000 of a field and ten fields a section. All blocks together must
// stay under about 9,000, so most parts get less than they could have.
const (
	slackTextLimit        = 4000
	slackHeaderLimit      = 150
	slackFieldLimit       = 250
	slackFieldCount       = 10
	slackNotesLimit       = 1000
	slackQuoteLimit       = 1500
	slackExplanationLimit = 2000
	slackLinkLimit        = 300
	slackButtonLimit      = 75
	slackValueLimit       = 2000
	slackButtonCount      = 25
)

// slackContent is the message in Slack's own form, or its plain text alone.
// Blocks and attachments are always stated, so that an update replaces them.
func slackContent(m *Message) []slack.MsgOption {
	text, blocks, attachments := slackParts(m)
	return []slack.MsgOption{
		slack.MsgOptionText(text, false), slack.MsgOptionBlocks(blocks...), slack.MsgOptionAttachments(attachments...),
	}
}

func slackParts(m *Message) (text string, blocks []slack.Block, attachments []slack.Attachment) {
	text = slackText(m)
	if m.Plain {
		return text, []slack.Block{}, []slack.Attachment{}
	}
	header := slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, escaped(m.Title, slackHeaderLimit), false, false))
	return text, []slack.Block{header}, slackAttachments(m)
}

// slackAttachments are what stands under the header, and the explanation. That
// one is an attachment of bare text because Slack folds such a text by itself,
// behind "Show more", when it has more than a few lines; blocks it never folds.
func slackAttachments(m *Message) []slack.Attachment {
	attachments := []slack.Attachment{{Color: slackColour(m.Status), Blocks: slack.Blocks{BlockSet: slackBody(m)}}}
	if m.Explanation.Heading == "" || len(m.Explanation.Lines) == 0 {
		return attachments
	}
	heading := escaped(m.Explanation.Heading, slackFieldLimit)
	return append(attachments, slack.Attachment{
		Color: slackGrey, Title: heading, Fallback: heading,
		Text: escaped(strings.Join(m.Explanation.Lines, "\n"), slackExplanationLimit),
	})
}

const slackGrey = "#8a8f98"

func slackColour(s Status) string {
	switch s {
	case StatusOverdue:
		return "#c9302c"
	case StatusLate: // the vendor has spoken: not the red that asks somebody to act
		return "#8c4526"
	case StatusWarning:
		return "#e6a117"
	case StatusMet:
		return "#2e8b57"
	case StatusAcknowledged:
		return "#2f6fb0"
	default:
		return slackGrey
	}
}

// slackBody is everything under the header.
func slackBody(m *Message) []slack.Block {
	var blocks []slack.Block
	if len(m.Fields) > 0 {
		blocks = append(blocks, slackFields(m.Fields))
	}
	section := func(text string) {
		if text != "" {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(text), nil, nil))
		}
	}
	var notes strings.Builder
	for _, note := range m.Notes {
		notes.WriteString(":warning: " + note + "\n")
	}
	section(escaped(strings.TrimSpace(notes.String()), slackNotesLimit))
	section(slackQuote(m.Quote))
	if m.Explanation.Heading == "" { // a report: its lines are the message
		section(escaped(strings.Join(m.Explanation.Lines, "\n"), slackExplanationLimit))
	}
	for _, text := range slackItems(m.Items) {
		section(text)
	}
	if actions := slackActions(m.Actions); actions != nil {
		return append(blocks, actions)
	}
	section(slackLink(m.Link.URL, m.Link.Text))
	return blocks
}

// slackActions is one row of buttons; nil where there is nothing but a link.
// Slack marks even a button that only opens a page as broken when no app
// answers its click, so that the link alone stays a link.
func slackActions(actions []Action) slack.Block {
	var buttons []slack.BlockElement
	interactive := false
	for _, a := range actions[:min(len(actions), slackButtonCount)] {
		text := slack.NewTextBlockObject(slack.PlainTextType, escaped(a.Text, slackButtonLimit), false, false)
		button := slack.NewButtonBlockElement(a.ID, escaped(a.Value, slackValueLimit), text).WithStyle(slack.Style(a.Style))
		button.URL = a.URL
		buttons = append(buttons, button)
		interactive = interactive || a.URL == ""
	}
	if !interactive {
		return nil
	}
	return slack.NewActionBlock("", buttons...)
}

func slackFields(fields []Field) slack.Block {
	fields = fields[:min(len(fields), slackFieldCount)]
	objects := make([]*slack.TextBlockObject, len(fields))
	for i, f := range fields {
		objects[i] = mrkdwn("*" + escaped(f.Name, slackFieldLimit) + "*\n" + escaped(f.Value, slackFieldLimit))
	}
	return slack.NewSectionBlock(nil, objects, nil)
}

func slackQuote(q Quote) string {
	var parts []string
	if q.Text != "" {
		// One paragraph, because Slack's quote ends with the line.
		text := strings.Join(strings.Fields(q.Text), " ")
		parts = append(parts, "*"+escaped(q.Heading, slackFieldLimit)+"*", "> "+escaped(text, slackQuoteLimit))
	}
	if q.Source != "" {
		source := slackLink(q.URL, q.Source)
		if source == "" {
			source = escaped(q.Source, slackLinkLimit)
		}
		parts = append(parts, source)
	}
	return strings.Join(parts, "\n")
}

// slackLink is a link with a text; empty without an address that fits.
func slackLink(url, text string) string {
	// These would end the address early.
	url = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(url)
	if url == "" || utf8.RuneCountInString(url) > slackLinkLimit {
		return ""
	}
	return "<" + url + "|" + escaped(text, slackLinkLimit) + ">"
}

// mrkdwn makes a text object of escaped text, in which Slack is not to look
// for names and links of its own.
func mrkdwn(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

// escaped makes outside text harmless (no <!channel>, no false link) and cuts
// it, never inside an entity, so that the result has at most limit characters.
func escaped(text string, limit int) string {
	entities := map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}
	var b strings.Builder
	room := limit
	kept := 0 // bytes of b that leave room for an ellipsis
	for _, r := range text {
		piece, special := entities[r]
		if !special {
			piece = string(r)
		}
		room -= utf8.RuneCountInString(piece)
		if room < 0 {
			return b.String()[:kept] + "…"
		}
		b.WriteString(piece)
		if room >= 1 {
			kept = b.Len()
		}
	}
	return b.String()
}
