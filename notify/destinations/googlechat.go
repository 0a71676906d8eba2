package destinations

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// A webhook of Google Chat makes one message of one requestId, however often it is sent. It
// can't change messages, so that a change is an answer in the thread of the post.

const (
	// googleLimit is less than the 32,000 bytes that Google takes of a message.
	googleLimit = 30_000
	// googleLines of a digest, each with its link, are less than googleLimit.
	googleLines = 32
)

var googleChatRemedies = [...]string{googleURLRemedy, googleGoneRemedy}

const (
	googleURLRemedy  = "create a new webhook in the space (Apps & integrations, Webhooks) and set its whole address, with key= and token=, as the destination's url"
	googleGoneRemedy = "the space or its webhook no longer exists: create a webhook in a space (Apps & integrations, Webhooks) and set its address as the destination's url"
)

func googleChatSettings() []Setting {
	return []Setting{{Key: "url", Show: ShowHost, Required: true, Place: true, Check: googleChatURL}}
}

func googleChatURL(text string) string {
	if fault := secretURL(text); fault != "" {
		return fault
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || !strings.HasSuffix(u.Path, "/messages"):
		return "is not the address of a webhook: in the space, open Apps & integrations, Webhooks, and copy the address that ends in …/messages?key=…&token=…"
	case u.Query().Get("key") == "" || u.Query().Get("token") == "":
		return "has lost its key or token: copy the whole address of the webhook, in quotation marks, because & ends a word in a shell"
	}
	return ""
}

type googleChat struct {
	url   string
	scope string // of the keys: two installations may write to one space
}

func newGoogleChat(v Values, s Surroundings) Protocol {
	return &googleChat{url: v["url"], scope: s.BaseURL}
}

// Pace is the limit of a space: one write a second.
func (g *googleChat) Pace() wire.Pace {
	space := g.url
	if u, err := url.Parse(g.url); err == nil {
		space = u.Host + u.Path // two webhooks of a space share its limit
	}
	return wire.Pace{Post: time.Second, Account: space, Channel: space, UpdatesPost: true}
}

// Digest is a summary, with its pages in the thread.
func (*googleChat) Digest() outbox.DigestForm {
	return outbox.DigestForm{Above: digestAbove, Page: googleLines, Once: true}
}

// Post begins a thread. The receipt names it.
func (g *googleChat) Post(m *wire.Message) Exchange {
	thread := m.Under.TS
	if thread == "" {
		thread = "kigen-" + digest(g.scope, m.Key)
	}
	return g.exchange(thread, m)
}

// Update answers in the thread of the post.
func (g *googleChat) Update(r outbox.Receipt, m *wire.Message) Exchange {
	if m.Redundant || len(m.Items) > 0 {
		return Exchange{Receipt: r}
	}
	if m.News != nil {
		m = m.News
	}
	if r.TS == "" {
		return g.Post(m)
	}
	return g.exchange(r.TS, m)
}

func (g *googleChat) exchange(thread string, m *wire.Message) Exchange {
	// A plainer form after a refusal is another request; the refused one made no message.
	key := digest(g.scope, m.Key)
	u, err := url.Parse(g.url)
	if err != nil { // Check has seen to that
		u = &url.URL{}
	}
	query := u.Query()
	query.Set("requestId", "kigen-"+key)
	query.Set("messageId", "client-kigen-"+key)
	query.Set("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
	u.RawQuery = query.Encode()
	body := fitted(googleLimit, func(r room) any {
		content := object{"thread": object{"threadKey": thread}}
		if m.Plain {
			content["text"] = cut(defused(m.Text), 8*r.title)
			return content
		}
		content["fallbackText"] = cut(defused(m.Title), 400)
		content["cardsV2"] = []object{{"cardId": "kigen", "card": object{"sections": sections(m, r)}}}
		return content
	})
	return Exchange{Receipt: outbox.Receipt{TS: thread}, Requests: []Request{{URL: u.String(), Body: body}}}
}

// sections are the parts of a card.
func sections(m *wire.Message, r room) []object {
	widgets := []object{paragraph("<b><font color=\"" + googleColour(m.Status) + "\">" + safe(m.Title, r.title) + "</font></b>")}
	var facts []string
	for _, f := range m.Fields {
		facts = append(facts, "<b>"+safe(f.Name, r.field)+"</b>: "+lined(f.Value, r.field))
	}
	widgets = append(widgets, paragraphs(facts)...)
	var notes []string
	for _, note := range m.Notes {
		notes = append(notes, "⚠ "+safe(note, r.line))
	}
	widgets = append(widgets, paragraphs(notes)...)
	if m.Quote.Text != "" && r.quote > 0 {
		widgets = append(widgets, paragraph("<b>"+safe(m.Quote.Heading, r.field)+"</b><br><i>"+safe(strings.Join(strings.Fields(m.Quote.Text), " "), r.quote)+"</i>"))
	}
	if m.Quote.Source != "" {
		widgets = append(widgets, paragraph(safe(m.Quote.Source, r.field)))
	}
	explanation := lined(strings.Join(m.Explanation.Lines, "\n"), max(r.explanation, r.line))
	if explanation != "" && m.Explanation.Heading == "" { // a report: its lines are the message
		widgets = append(widgets, paragraph(explanation))
	}
	var items []string
	for _, item := range m.Items {
		label := "<b>" + safe(item.Label, r.field) + "</b>"
		if web(item.URL) && len(item.URL) <= longestURL/4 {
			label = "<a href=\"" + html.EscapeString(item.URL) + "\">" + safe(item.Label, r.field) + "</a>"
		}
		items = append(items, label+" "+safe(item.Text, r.item))
	}
	widgets = append(widgets, paragraphs(items)...)
	if buttons := googleButtons(m); buttons != nil {
		widgets = append(widgets, object{"buttonList": object{"buttons": buttons}})
	}
	all := []object{{"widgets": widgets}}
	if explanation != "" && m.Explanation.Heading != "" && r.explanation > 0 {
		all = append(all, object{
			"header": defused(m.Explanation.Heading), "collapsible": true, "uncollapsibleWidgetsCount": 0, "widgets": []object{paragraph(explanation)},
		})
	}
	return all
}

func googleButtons(m *wire.Message) (buttons []object) {
	for _, l := range linksOf(m) {
		buttons = append(buttons, object{"text": l.text, "onClick": object{"openLink": object{"url": l.url}}})
	}
	return buttons
}

// paragraphs are lines as one widget; none without lines.
func paragraphs(lines []string) []object {
	if len(lines) == 0 {
		return nil
	}
	return []object{paragraph(strings.Join(lines, "<br>"))}
}

func paragraph(markup string) object { return object{"textParagraph": object{"text": markup}} }

// safe is text from outside in Google's markup.
func safe(text string, limit int) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(defused(cut(text, limit)))
}

// lined is safe with line breaks.
func lined(text string, limit int) string {
	return strings.ReplaceAll(safe(text, limit), "\n", "<br>")
}

func googleColour(s wire.Status) string {
	switch s {
	case wire.StatusOverdue:
		return "#c9302c"
	case wire.StatusLate: // the notice came: not the red that calls for action
		return "#8c4526"
	case wire.StatusWarning:
		return "#b26a00"
	case wire.StatusMet:
		return "#2e8b57"
	case wire.StatusAcknowledged:
		return "#2f6fb0"
	}
	return "#5f6368"
}

// googleAnswer is what Google says of a message that it took, or why it took none.
type googleAnswer struct {
	Name  string `json:"name"`
	Error struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	} `json:"error"`
}

// Judge takes the answer that the message is there already for success: an earlier attempt
// made it.
func (*googleChat) Judge(a Answer) *wire.Failure {
	var said googleAnswer
	unreadable := json.Unmarshal([]byte(a.Body), &said) != nil
	switch {
	case a.Status == http.StatusConflict:
		return nil
	case a.Status == http.StatusOK && !unreadable && said.Name != "":
		return nil
	case a.Status == http.StatusOK:
		return &wire.Failure{Kind: wire.Unknown, Reason: "Google Chat answered without the name of a message"}
	}
	f := judged("Google Chat", Answer{Status: a.Status, Body: strings.TrimSpace(fmt.Sprintf("%s %s", said.Error.Status, said.Error.Message))})
	switch {
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden, strings.Contains(strings.ToLower(said.Error.Message), "api key"):
		return broken(f, googleURLRemedy)
	case a.Status == http.StatusNotFound, a.Status == http.StatusGone:
		return broken(f, googleGoneRemedy)
	}
	return f
}
