package fakeslack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// Envelope is a delivery of Socket Mode. Sending it twice delivers the same
// action twice.
type Envelope struct {
	ID      string         `json:"envelope_id"`
	Type    string         `json:"type"`
	Accepts bool           `json:"accepts_response_payload"`
	Payload map[string]any `json:"payload"`
}

// team is the workspace of every person.
const team = "T0000000001"

// Person is the user of an action, with the channel.
type Person struct {
	User, Name string
	Channel    string
	BaseURL    string // of the server, for response_url; empty: no response_url
}

func (s *Socket) envelope(kind string, payload map[string]any) Envelope {
	s.mu.Lock()
	s.serial++
	n := s.serial
	s.mu.Unlock()
	payload["trigger_id"] = fmt.Sprintf("trigger-%d", n)
	return Envelope{ID: fmt.Sprintf("envelope-%d", n), Type: kind, Accepts: true, Payload: payload}
}

func (p *Person) responseURL() string {
	if p.BaseURL == "" {
		return ""
	}
	return p.BaseURL + "/response/secret-of-" + p.User
}

// Command is a slash command with its text.
func (s *Socket) Command(p Person, text string) Envelope {
	return s.envelope("slash_commands", map[string]any{
		"command": "/kigen", "text": text, "team_id": team, "api_app_id": "A0000000001",
		"channel_id": p.Channel, "channel_name": "soc", "user_id": p.User, "user_name": p.Name,
		"response_url": p.responseURL(),
	})
}

// Click is a click on a button of a message.
func (s *Socket) Click(p Person, actionID, value string) Envelope {
	return s.envelope("interactive", map[string]any{
		"type": "block_actions", "team": map[string]any{"id": team, "domain": "soc"}, "user": map[string]any{"id": p.User, "name": p.Name, "username": p.Name},
		"container":    map[string]any{"type": "message", "channel_id": p.Channel, "message_ts": "1.000001"},
		"channel":      map[string]any{"id": p.Channel, "name": "soc"},
		"response_url": p.responseURL(),
		"actions":      []any{map[string]any{"type": "button", "action_id": actionID, "block_id": "b", "value": value, "action_ts": "1.000001"}},
	})
}

// Submit is the submission of a modal, with the value of each field: typed text
// or a choice from a list. An empty value is an empty field.
func (s *Socket) Submit(p Person, v View, values map[string]string) (Envelope, error) {
	var view map[string]any
	if err := json.Unmarshal(v.Raw, &view); err != nil {
		return Envelope{}, err
	}
	blocks, _ := view["blocks"].([]any)
	state := map[string]any{}
	for _, b := range blocks {
		input, _ := b.(map[string]any)
		if input["type"] != "input" {
			continue
		}
		id, _ := input["block_id"].(string)
		element, _ := input["element"].(map[string]any)
		action, _ := element["action_id"].(string)
		value, given := values[id]
		if !given {
			value, _ = element["initial_value"].(string)
			if option, ok := element["initial_option"].(map[string]any); ok {
				value, _ = option["value"].(string)
			}
		}
		state[id] = map[string]any{action: entered(element, value)}
	}
	for field := range values {
		if _, ok := state[field]; !ok {
			return Envelope{}, fmt.Errorf("fakeslack: the modal has no field %q", field)
		}
	}
	view["id"], view["state"] = v.ID, map[string]any{"values": state}
	return s.envelope("interactive", map[string]any{
		"type": "view_submission", "team": map[string]any{"id": team, "domain": "soc"}, "user": map[string]any{"id": p.User, "name": p.Name, "username": p.Name}, "view": view,
	}), nil
}

// entered is the state of one element in Slack's form.
func entered(element map[string]any, value string) map[string]any {
	kind, _ := element["type"].(string)
	state := map[string]any{"type": kind}
	switch {
	case kind == "plain_text_input" && value == "":
		state["value"] = nil
	case kind == "plain_text_input":
		state["value"] = value
	case value == "":
		state["selected_option"] = nil
	default:
		state["selected_option"] = map[string]any{"value": value, "text": map[string]any{"type": "plain_text", "text": value}}
	}
	return state
}

func (s *Socket) openView(call *Call) map[string]any {
	if word := s.refuses(views, call); word != "" {
		return says(word)
	}
	raw := json.RawMessage(call.Args["view"])
	if problem := checkView(raw); problem != "" {
		refusal := says("invalid_arguments")
		refusal["response_metadata"] = map[string]any{"messages": []string{"[ERROR] " + problem}}
		return refusal
	}
	s.mu.Lock()
	s.serial++
	id := fmt.Sprintf("V%d", s.serial)
	s.mu.Unlock()
	s.opens <- View{ID: id, Trigger: call.Args["trigger_id"], Raw: raw}
	return map[string]any{"ok": true, "view": map[string]any{"id": id, "type": "modal"}}
}

// refuses returns the error word set by Refuse, or the one for a wrong bot token.
func (s *Socket) refuses(method string, call *Call) string {
	if word := s.refusal(method); word != "" {
		return word
	}
	if s.opts.Token != "" && call.Args["token"] != s.opts.Token {
		return "invalid_auth"
	}
	return ""
}

// Slack's limits for a modal.
const (
	maxModalTitle   = 24
	maxModalButton  = 24
	maxModalBlocks  = 100
	maxMetadata     = 3000
	maxLabel        = 2000
	maxOptions      = 100
	maxOption       = 75
	maxOptionValue  = 150
	maxInitialValue = 3000
)

type modal struct {
	Type          string `json:"type"`
	Title, Submit text
	Close         text
	Metadata      string `json:"private_metadata"`
	Blocks        []struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
		Text    *text  `json:"text"`
		Label   text   `json:"label"`
		Element struct {
			Type         string        `json:"type"`
			InitialValue string        `json:"initial_value"`
			Options      []modalOption `json:"options"`
			Groups       []struct {
				Options []modalOption `json:"options"`
			} `json:"option_groups"`
		} `json:"element"`
	} `json:"blocks"`
}

type modalOption struct {
	Text  text   `json:"text"`
	Value string `json:"value"`
}

// checkView returns the reason why Slack would refuse a modal; empty: none.
func checkView(raw json.RawMessage) string {
	var m modal
	if err := json.Unmarshal(raw, &m); err != nil {
		return err.Error()
	}
	long := func(s string, limit int) bool { return utf8.RuneCountInString(s) > limit }
	switch {
	case m.Type != "modal" || m.Title.Text == "" || len(m.Blocks) == 0 || len(m.Blocks) > maxModalBlocks:
		return "missing required field: type, title or blocks"
	case long(m.Title.Text, maxModalTitle) || long(m.Submit.Text, maxModalButton) || long(m.Close.Text, maxModalButton):
		return "title, submit and close must be less than 25 characters"
	case long(m.Metadata, maxMetadata):
		return "private_metadata must be less than 3001 characters"
	}
	for i := range m.Blocks {
		b := &m.Blocks[i]
		options := b.Element.Options
		for _, group := range b.Element.Groups {
			options = append(options, group.Options...)
		}
		isSelect := b.Element.Type == "static_select"
		switch {
		case b.Type == "section" && b.Text != nil && long(b.Text.Text, maxSection):
			return "section too long"
		case b.Type == "input" && (b.Label.Text == "" || long(b.Label.Text, maxLabel) || long(b.Element.InitialValue, maxInitialValue)):
			return "input " + b.BlockID + ": label or initial value"
		case isSelect && (len(options) == 0 || len(b.Element.Options) > maxOptions):
			return "input " + b.BlockID + ": options"
		}
		for _, o := range options {
			if o.Text.Text == "" || o.Value == "" || long(o.Text.Text, maxOption) || long(o.Value, maxOptionValue) {
				return "input " + b.BlockID + ": option " + o.Value
			}
		}
	}
	return ""
}

func (s *Socket) postEphemeral(call *Call) map[string]any {
	if word := s.refuses(ephemeral, call); word != "" {
		return says(word)
	}
	if refusal := check(call); refusal != nil {
		return refusal
	}
	s.answers <- Answer{
		Channel: call.Args["channel"], User: call.Args["user"],
		Text: call.Args["text"], Blocks: json.RawMessage(call.Args["blocks"]),
	}
	return map[string]any{"ok": true, "message_ts": "1.000001"}
}

// takeResponse handles a response_url.
func (s *Socket) takeResponse(w http.ResponseWriter, r *http.Request) {
	call, err := readCall(r)
	if err == nil && call.Args["response_type"] != "ephemeral" {
		err = fmt.Errorf("response_type %q", call.Args["response_type"])
	}
	if err != nil || check(&call) != nil || s.refusal(response) != "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.answers <- Answer{
		URL: r.URL.Path, Replace: call.Args["replace_original"] == "true",
		Text: call.Args["text"], Blocks: json.RawMessage(call.Args["blocks"]),
	}
	fmt.Fprint(w, "ok")
}
