package fakechat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Template is what a workflow makes of a request.
type Template int

// The templates.
const (
	// EachAttachment posts each attachment of a message: format message.
	EachAttachment Template = iota
	// WholeBody posts the body as a card: format card.
	WholeBody
)

// teamsLargest is how many bytes a card may have.
const teamsLargest = 28 << 10

// Teams is a workflow of Microsoft Teams. It answers each request to its address with
// 202, and posts the card afterwards, or does not: its run history says why.
type Teams struct {
	door
	template Template
	sig      string
	off      bool
	shown    []Card
	failures []string
}

// Card is a card in the channel.
type Card struct {
	Raw   json.RawMessage
	Texts []string // of all blocks, in order
	Links []string // that a person can open
}

// NewTeams makes a workflow at any path, with the signature of its address.
func NewTeams(template Template, sig string) *Teams { return &Teams{template: template, sig: sig} }

// SwitchOff turns the workflow off.
func (t *Teams) SwitchOff() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.off = true
}

// Shown returns the cards in the channel.
func (t *Teams) Shown() []Card {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.shown)
}

// RunHistory returns the failures of runs that were answered 202.
func (t *Teams) RunHistory() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.failures)
}

// ServeHTTP answers a POST to the workflow's address.
func (t *Teams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sig := r.URL.Query().Get("sig")
	t.serve(w, r, func(body []byte) answer {
		switch {
		case sig != t.sig:
			return answer{http.StatusUnauthorized, teamsError("DirectApiAuthorizationRequired", "The request must be authenticated only by Shared Access scheme.")}
		case t.off:
			return answer{http.StatusBadRequest, teamsError("WorkflowTriggerIsNotEnabled", "Could not execute workflow trigger in state 'Disabled'.")}
		}
		if fault := t.run(body); fault != "" {
			t.failures = append(t.failures, fault)
		}
		return answer{http.StatusAccepted, nil}
	})
}

func teamsError(code, message string) any {
	return map[string]any{"error": map[string]string{"code": code, "message": message}}
}

// run is what the workflow does after its answer. It returns why it failed.
func (t *Teams) run(body []byte) string {
	var message struct {
		Attachments []struct {
			ContentType string          `json:"contentType"`
			Content     json.RawMessage `json:"content"`
		} `json:"attachments"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return "InvalidTemplate: " + err.Error()
	}
	if t.template == WholeBody {
		return t.post(body)
	}
	if message.Attachments == nil {
		return "The execution of template action 'Send_each_adaptive_card' failed: the result of the evaluation of 'foreach' expression '@triggerOutputs()?['body']?['attachments']' is of type 'Null'. The result must be a valid array."
	}
	for _, a := range message.Attachments {
		if a.ContentType != "application/vnd.microsoft.card.adaptive" {
			return "BadRequest: unknown contentType " + a.ContentType
		}
		if fault := t.post(a.Content); fault != "" {
			return fault
		}
	}
	return ""
}

func (t *Teams) post(raw json.RawMessage) string {
	if len(raw) > teamsLargest {
		return fmt.Sprintf("RequestEntityTooLarge: the card has %d bytes", len(raw))
	}
	var content map[string]any
	if err := json.Unmarshal(raw, &content); err != nil {
		return "InvalidJsonInBotAdaptiveCard: " + err.Error()
	}
	if content["type"] != "AdaptiveCard" {
		return "InvalidBotAdaptiveCard: AdaptiveCards.AdaptiveSerializationException: Property 'type' must be 'AdaptiveCard'"
	}
	card := Card{Raw: raw}
	if fault := card.read(content); fault != "" {
		return "InvalidBotAdaptiveCard: " + fault
	}
	t.shown = append(t.shown, card)
	return ""
}

// allowed lists the values of the properties that have names for values.
var allowed = map[string][]string{
	"color":   {"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"},
	"style":   {"default", "emphasis", "good", "attention", "warning", "accent"},
	"weight":  {"Lighter", "Default", "Bolder"},
	"size":    {"Small", "Default", "Medium", "Large", "ExtraLarge"},
	"spacing": {"None", "Small", "Default", "Medium", "Large"},
	"width":   {"Full"},
}

// read walks through the card, collects what it shows, and returns what Teams would refuse.
func (c *Card) read(node any) string {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			if fault := c.read(child); fault != "" {
				return fault
			}
		}
	case map[string]any:
		return c.readObject(node)
	}
	return ""
}

func (c *Card) readObject(node map[string]any) string {
	for key, names := range allowed {
		if value, ok := node[key].(string); ok && !slices.Contains(names, value) {
			return fmt.Sprintf("property %s has the unknown value %q", key, value)
		}
	}
	kind, _ := node["type"].(string)
	switch kind {
	case "", "AdaptiveCard", "Container", "RichTextBlock":
	case "TextRun":
		text, ok := node["text"].(string)
		if !ok {
			return "a TextRun has no text"
		}
		c.Texts = append(c.Texts, text)
	case "Action.OpenUrl":
		url, _ := node["url"].(string)
		if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
			return "an Action.OpenUrl leads to " + url
		}
		c.Links = append(c.Links, url)
	case "TextBlock": // it reads Markdown, so that a text from outside could make a link
		return "a TextBlock is not expected here"
	default:
		return "unknown element " + kind
	}
	for _, part := range []string{"body", "items", "inlines", "selectAction", "actions"} {
		if fault := c.read(node[part]); fault != "" {
			return fault
		}
	}
	return ""
}

// Text is everything that the card shows.
func (c *Card) Text() string { return strings.Join(c.Texts, "\n") }
