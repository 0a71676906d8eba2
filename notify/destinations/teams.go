package destinations

import (
	"net/http"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// A workflow of Microsoft Teams takes a card, answers 202 and posts it afterwards, so that
// no answer says whether the card was shown, and no card can be found or changed.

const (
	teamsFormat = "format"
	// teamsCard is the bare card, which one template of workflows wants; teamsMessage has it
	// as an attachment, which the other one wants.
	teamsCard    = "card"
	teamsMessage = "message"

	// teamsLimit is less than the 28 KB that Teams takes of a card, because the workflow adds
	// to it.
	teamsLimit = 24 << 10
	// teamsLines of a digest, each with its link, are less than teamsLimit.
	teamsLines = 20
)

// What a person can do about a workflow that takes no cards.
var teamsRemedies = [...]string{
	teamsURLRemedy,
	teamsOffRemedy,
}

const (
	teamsURLRemedy = "copy the whole address of the workflow once more (Workflows, edit the trigger, HTTP URL), with everything after sig=, as the destination's url"
	teamsOffRemedy = "switch the workflow on in Power Automate, or create it again and set the destination's url"
)

func teamsSettings() []Setting {
	return []Setting{
		{Key: "url", Show: ShowHost, Required: true, Place: true, Check: teamsURL},
		{Key: teamsFormat, Show: ShowAll, Check: func(value string) string {
			if value == teamsCard || value == teamsMessage {
				return ""
			}
			return "is not a form of messages: use message, or card for a workflow that wants the bare card"
		}},
	}
}

func teamsURL(text string) string {
	if fault := secretURL(text); fault != "" {
		return fault
	}
	if strings.Contains(text, ".webhook.office.com/") || strings.Contains(text, "outlook.office.com/webhook") {
		return "is an Office 365 connector, which Microsoft has shut down: create a workflow in the channel (Workflows, Send webhook alerts to a channel) and copy its address"
	}
	return ""
}

type teams struct {
	url  string
	card bool // the bare card
}

func newTeams(v Values, _ Surroundings) Protocol {
	return &teams{url: v["url"], card: v[teamsFormat] == teamsCard}
}

// Pace stays below the four requests a second that a workflow takes.
func (t *teams) Pace() wire.Pace {
	return wire.Pace{Post: 500 * time.Millisecond, Account: t.url, Channel: t.url, UpdatesPost: true}
}

// Digest is a summary, followed by its pages.
func (*teams) Digest() outbox.DigestForm {
	return outbox.DigestForm{Above: digestAbove, Page: teamsLines, Once: true, Flat: true}
}

// digestAbove is how many alerts at once are still sent one by one.
const digestAbove = 50

// Post sends a card. The receipt is empty: nothing is known of the message.
func (t *teams) Post(m *wire.Message) Exchange { return t.exchange(m, false) }

// Update sends a short card that closes the matter, because none can be changed.
func (t *teams) Update(_ outbox.Receipt, m *wire.Message) Exchange {
	if m.Redundant || len(m.Items) > 0 {
		return Exchange{}
	}
	if m.News != nil {
		m = m.News
	}
	return t.exchange(m, true)
}

func (t *teams) exchange(m *wire.Message, short bool) Exchange {
	body := fitted(teamsLimit, func(r room) any {
		if m.Plain {
			return t.envelope(m, plainCard(m, r))
		}
		return t.envelope(m, card(m, r, short))
	})
	return Exchange{Requests: []Request{{URL: t.url, Body: body}}}
}

func (t *teams) envelope(m *wire.Message, content object) any {
	content["type"], content["version"] = "AdaptiveCard", "1.4"
	content["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json"
	content["msteams"] = object{"width": "Full"}
	content["fallbackText"] = cut(defused(m.Title), 400)
	if t.card {
		return content
	}
	return object{"type": "message", "attachments": []object{{
		"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": content,
	}}}
}

// card is the content of a message. All texts are runs of rich text, in which Teams reads no
// Markdown.
func card(m *wire.Message, r room, short bool) object {
	body := []object{{"type": "Container", "style": teamsStyle(m.Status), "bleed": true, "items": []object{
		rich(run(cut(m.Title, r.title), object{"weight": "Bolder", "size": "Medium"})),
	}}}
	for _, f := range m.Fields {
		if short && len(body) > 3 {
			break
		}
		name := run(f.Name+": ", object{"weight": "Bolder"})
		for _, value := range r.linesOf(f.Value, r.field) {
			body = append(body, tight(rich(name, run(value, nil))))
			name = run("  ", nil)
		}
	}
	for _, note := range m.Notes {
		body = append(body, rich(run("⚠ "+cut(note, r.line), object{"color": "Warning"})))
	}
	if !short {
		body = append(body, clause(m, r)...)
	}
	for i, item := range m.Items {
		label := run(cut(item.Label, r.field), object{"weight": "Bolder"})
		if web(item.URL) && len(item.URL) <= longestURL/4 {
			label["selectAction"] = object{"type": "Action.OpenUrl", "url": item.URL}
		}
		line := rich(label, run(" "+cut(item.Text, r.item), nil))
		if i > 0 {
			line = tight(line)
		}
		body = append(body, line)
	}
	return withLinks(object{"body": body}, m)
}

// clause is the published clause, and how the deadline was counted.
func clause(m *wire.Message, r room) (blocks []object) {
	if m.Quote.Text != "" && r.quote > 0 {
		blocks = append(blocks, object{"type": "Container", "style": "emphasis", "items": []object{
			rich(run(m.Quote.Heading, object{"weight": "Bolder"})),
			rich(run(cut(strings.Join(strings.Fields(m.Quote.Text), " "), r.quote), nil)),
		}})
	}
	if m.Quote.Source != "" {
		blocks = append(blocks, rich(run(cut(m.Quote.Source, r.field), object{"isSubtle": true})))
	}
	look := object{"isSubtle": true}
	if m.Explanation.Heading == "" { // a report: its lines are the message
		look = nil
	} else if r.explanation > 0 {
		blocks = append(blocks, rich(run(m.Explanation.Heading, object{"weight": "Bolder"})))
	}
	text := strings.Join(m.Explanation.Lines, "\n")
	if text == "" {
		return blocks
	}
	for _, line := range r.linesOf(text, max(r.explanation, r.line)) {
		blocks = append(blocks, tight(rich(run(line, look))))
	}
	return blocks
}

func plainCard(m *wire.Message, r room) object {
	var body []object
	for _, line := range r.linesOf(m.Text, 10*r.title) {
		body = append(body, tight(rich(run(line, nil))))
	}
	return withLinks(object{"body": body}, m)
}

func withLinks(content object, m *wire.Message) object {
	var actions []object
	for _, l := range linksOf(m) {
		actions = append(actions, object{"type": "Action.OpenUrl", "title": l.text, "url": l.url})
	}
	if actions != nil {
		content["actions"] = actions
	}
	return content
}

func run(text string, look object) object {
	r := object{"type": "TextRun", "text": defused(text)}
	for key, value := range look {
		r[key] = value
	}
	return r
}

func rich(runs ...object) object { return object{"type": "RichTextBlock", "inlines": runs} }

func tight(block object) object {
	block["spacing"] = "None"
	return block
}

// teamsStyle is the colour of a title. Teams takes names alone.
func teamsStyle(s wire.Status) string {
	switch s {
	case wire.StatusOverdue, wire.StatusLate:
		return "attention"
	case wire.StatusWarning:
		return "warning"
	case wire.StatusMet:
		return "good"
	case wire.StatusAcknowledged, wire.StatusWaiting:
		return "accent"
	}
	return "emphasis"
}

// Judge takes any 2xx for queued.
func (*teams) Judge(a Answer) *wire.Failure {
	if a.Status >= 200 && a.Status < 300 {
		return nil
	}
	f := judged("the workflow", a)
	switch {
	case strings.Contains(a.Body, "WorkflowTriggerIsNotEnabled"), a.Status == http.StatusNotFound, a.Status == http.StatusGone:
		return broken(f, teamsOffRemedy)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return broken(f, teamsURLRemedy)
	}
	return f
}
