package fakechat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// googleLargest is how many bytes a message may have.
const googleLargest = 32_000

// GoogleChat is a space of Google Chat with a webhook.
type GoogleChat struct {
	door
	key, token string
	gone       bool
	messages   []ChatMessage
}

// ChatMessage is a message in the space.
type ChatMessage struct {
	Name      string
	RequestID string
	MessageID string
	Thread    string // its key
	Text      string // without a card
	Markup    string // of all widgets of the card
	Links     []string
	Raw       json.RawMessage
}

// NewGoogleChat makes a space with a webhook, at a path that ends in /messages.
func NewGoogleChat(key, token string) *GoogleChat { return &GoogleChat{key: key, token: token} }

// Delete removes the webhook.
func (g *GoogleChat) Delete() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone = true
}

// Messages returns the messages in the space.
func (g *GoogleChat) Messages() []ChatMessage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.messages)
}

var clientID = regexp.MustCompile(`^client-[a-z0-9-]{1,56}$`)

// ServeHTTP answers a POST to the webhook.
func (g *GoogleChat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	g.serve(w, r, func(body []byte) answer {
		switch {
		case !strings.HasSuffix(r.URL.Path, "/messages"), g.gone:
			return googleError(http.StatusNotFound, "NOT_FOUND", "Webhook not found.")
		case query.Get("key") != g.key:
			return googleError(http.StatusBadRequest, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
		case query.Get("token") != g.token:
			return googleError(http.StatusForbidden, "PERMISSION_DENIED", "Permission denied to perform the requested action on specified resource.")
		}
		return g.create(query.Get("requestId"), query.Get("messageId"), query.Get("messageReplyOption"), body)
	})
}

func googleError(status int, name, message string) answer {
	return answer{status, map[string]any{"error": map[string]any{"code": status, "status": name, "message": message}}}
}

func (g *GoogleChat) create(request, id, reply string, body []byte) answer {
	for _, m := range g.messages {
		switch {
		case request != "" && m.RequestID == request:
			return made(&m)
		case id != "" && m.MessageID == id:
			return googleError(http.StatusConflict, "ALREADY_EXISTS", "Message with this ID already exists.")
		}
	}
	m := ChatMessage{Name: fmt.Sprintf("spaces/S/messages/M%d", len(g.messages)+1), RequestID: request, MessageID: id, Raw: body}
	if fault := m.read(body, reply); fault != "" {
		return googleError(http.StatusBadRequest, "INVALID_ARGUMENT", fault)
	}
	g.messages = append(g.messages, m)
	return made(&m)
}

// made repeats what was asked for, as Google does, so that the answer is long.
func made(m *ChatMessage) answer {
	return answer{http.StatusOK, map[string]any{"name": m.Name, "thread": map[string]string{"name": "spaces/S/threads/" + m.Thread}, "cardsV2": m.Raw}}
}

type googleMessage struct {
	Text         string `json:"text"`
	FallbackText string `json:"fallbackText"`
	Thread       struct {
		Key string `json:"threadKey"`
	} `json:"thread"`
	Cards []struct {
		ID   string `json:"cardId"`
		Card struct {
			Sections []struct {
				Header  string                       `json:"header"`
				Widgets []map[string]json.RawMessage `json:"widgets"`
			} `json:"sections"`
		} `json:"card"`
	} `json:"cardsV2"`
}

// read returns what Google would refuse.
func (m *ChatMessage) read(body []byte, reply string) string {
	var content googleMessage
	switch {
	case len(body) > googleLargest:
		return fmt.Sprintf("Message has %d bytes, more than %d", len(body), googleLargest)
	case json.Unmarshal(body, &content) != nil:
		return "Invalid JSON payload received."
	case content.Text == "" && len(content.Cards) == 0:
		return "Message cannot be empty."
	case m.MessageID != "" && !clientID.MatchString(m.MessageID):
		return "Invalid message id."
	case content.Thread.Key != "" && reply != "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD":
		return "A thread needs messageReplyOption."
	}
	m.Thread, m.Text = content.Thread.Key, content.Text
	widgets := 0
	for _, card := range content.Cards {
		for _, section := range card.Card.Sections {
			m.Markup += section.Header + "\n"
			for _, widget := range section.Widgets {
				widgets++
				if fault := m.widget(widget); fault != "" {
					return fault
				}
			}
		}
	}
	if widgets > 100 {
		return "A card has more than 100 widgets."
	}
	return ""
}

var anchor = regexp.MustCompile(`<a href="([^"]*)">`)

func (m *ChatMessage) widget(widget map[string]json.RawMessage) string {
	var paragraph struct {
		Text string `json:"text"`
	}
	var list struct {
		Buttons []struct {
			Text    string `json:"text"`
			OnClick struct {
				OpenLink struct {
					URL string `json:"url"`
				} `json:"openLink"`
			} `json:"onClick"`
		} `json:"buttons"`
	}
	switch {
	case widget["textParagraph"] != nil && json.Unmarshal(widget["textParagraph"], &paragraph) == nil:
		m.Markup += paragraph.Text + "\n"
		for _, link := range anchor.FindAllStringSubmatch(paragraph.Text, -1) {
			m.Links = append(m.Links, link[1])
		}
	case widget["buttonList"] != nil && json.Unmarshal(widget["buttonList"], &list) == nil:
		for _, button := range list.Buttons {
			m.Links = append(m.Links, button.OnClick.OpenLink.URL)
		}
	default:
		return "Invalid widget."
	}
	return ""
}

// Shown is everything that the message shows.
func (m *ChatMessage) Shown() string { return m.Text + m.Markup }
