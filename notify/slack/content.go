package slack

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"kigen/notify/wire"
)

// Slack's limits are 4,000 characters of text, 150 of a header, 3,000 of a
// section, 2,000 of a field and ten fields a section. All blocks together must
// stay under about 9,000, so most limits here are lower.
const (
	textLimit        = 4000
	headerLimit      = 150
	fieldLimit       = 250
	fieldCount       = 10
	notesLimit       = 1000
	quoteLimit       = 1500
	explanationLimit = 2000
	linkLimit        = 300
	buttonLimit      = 75
	valueLimit       = 2000
	buttonCount      = 25
)

// content returns the message as blocks and attachments, or as plain text
// only. It always sets blocks and attachments, so that an update replaces them.
func content(m *wire.Message) []slack.MsgOption {
	text, blocks, attachments := parts(m)
	return []slack.MsgOption{
		slack.MsgOptionText(text, false), slack.MsgOptionBlocks(blocks...), slack.MsgOptionAttachments(attachments...),
	}
}

func parts(m *wire.Message) (text string, blocks []slack.Block, attachments []slack.Attachment) {
	text = plainText(m)
	if m.Plain {
		return text, []slack.Block{}, []slack.Attachment{}
	}
	header := slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, escaped(m.Title, headerLimit), false, false))
	return text, []slack.Block{header}, attachmentsOf(m)
}

// attachmentsOf returns the body and the explanation. The explanation is an
// attachment of bare text, because Slack collapses long text behind "Show more"
// but never collapses blocks.
func attachmentsOf(m *wire.Message) []slack.Attachment {
	attachments := []slack.Attachment{{Color: colour(m.Status), Blocks: slack.Blocks{BlockSet: body(m)}}}
	if m.Explanation.Heading == "" || len(m.Explanation.Lines) == 0 {
		return attachments
	}
	heading := escaped(m.Explanation.Heading, fieldLimit)
	return append(attachments, slack.Attachment{
		Color: grey, Title: heading, Fallback: heading,
		Text: escaped(strings.Join(m.Explanation.Lines, "\n"), explanationLimit),
	})
}

const grey = "#8a8f98"

func colour(s wire.Status) string {
	switch s {
	case wire.StatusOverdue:
		return "#c9302c"
	case wire.StatusLate: // the notice came: not the red that calls for action
		return "#8c4526"
	case wire.StatusWarning:
		return "#e6a117"
	case wire.StatusMet:
		return "#2e8b57"
	case wire.StatusAcknowledged:
		return "#2f6fb0"
	default:
		return grey
	}
}

// body is everything under the header.
func body(m *wire.Message) []slack.Block {
	var blocks []slack.Block
	if len(m.Fields) > 0 {
		blocks = append(blocks, fieldsOf(m.Fields))
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
	section(escaped(strings.TrimSpace(notes.String()), notesLimit))
	section(quotation(m.Quote))
	if m.Explanation.Heading == "" { // a report: its lines are the message
		section(escaped(strings.Join(m.Explanation.Lines, "\n"), explanationLimit))
	}
	for _, text := range itemSections(m.Items) {
		section(text)
	}
	if actions := actions(m.Actions); actions != nil {
		return append(blocks, actions)
	}
	section(link(m.Link.URL, m.Link.Text))
	return blocks
}

// actions returns one row of buttons, nil if the only action is a link.
// Without an app that answers clicks, Slack shows an error even for a button that
// only opens a page.
func actions(actions []wire.Action) slack.Block {
	var buttons []slack.BlockElement
	interactive := false
	for _, a := range actions[:min(len(actions), buttonCount)] {
		text := slack.NewTextBlockObject(slack.PlainTextType, escaped(a.Text, buttonLimit), false, false)
		button := slack.NewButtonBlockElement(a.ID, escaped(a.Value, valueLimit), text).WithStyle(slack.Style(a.Style))
		button.URL = a.URL
		buttons = append(buttons, button)
		interactive = interactive || a.URL == ""
	}
	if !interactive {
		return nil
	}
	return slack.NewActionBlock("", buttons...)
}

func fieldsOf(fields []wire.Field) slack.Block {
	fields = fields[:min(len(fields), fieldCount)]
	objects := make([]*slack.TextBlockObject, len(fields))
	for i, f := range fields {
		objects[i] = mrkdwn("*" + escaped(f.Name, fieldLimit) + "*\n" + escaped(f.Value, fieldLimit))
	}
	return slack.NewSectionBlock(nil, objects, nil)
}

func quotation(q wire.Quote) string {
	var parts []string
	if q.Text != "" {
		// One paragraph, because a line break ends Slack's quote.
		text := strings.Join(strings.Fields(q.Text), " ")
		parts = append(parts, "*"+escaped(q.Heading, fieldLimit)+"*", "> "+escaped(text, quoteLimit))
	}
	if q.Source != "" {
		source := link(q.URL, q.Source)
		if source == "" {
			source = escaped(q.Source, linkLimit)
		}
		parts = append(parts, source)
	}
	return strings.Join(parts, "\n")
}

// link returns a link with a text; empty if the URL is empty or too long.
func link(url, text string) string {
	// These characters would end the URL.
	url = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(url)
	if url == "" || utf8.RuneCountInString(url) > linkLimit {
		return ""
	}
	return "<" + url + "|" + escaped(text, linkLimit) + ">"
}

// mrkdwn makes a text object of escaped text, in which Slack does not detect
// names and links.
func mrkdwn(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

// escaped escapes text from outside (no <!channel>, no false link) and cuts it,
// never inside an entity, to at most limit characters.
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
