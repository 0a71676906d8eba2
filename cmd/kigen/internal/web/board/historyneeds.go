package board

import (
	"encoding/json"
	"strings"
	"time"
)

func (p *reader) ownerLine(raw []byte) (string, error) {
	var body struct{ Owner, Was string }
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", err
	}
	switch {
	case body.Owner == "":
		return p.Say("event_unowned", "Was", body.Was), nil
	case body.Was == "":
		return p.Say("event_owner", "Owner", body.Owner), nil
	}
	return p.Say("event_owner_changed", "Was", body.Was, "Owner", body.Owner), nil
}

func (p *reader) noteLine(raw []byte) (string, []string, error) {
	var body struct {
		Text  string
		Files []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", nil, err
	}
	var details []string
	if body.Text != "" {
		details = strings.Split(body.Text, "\n")
	}
	for _, f := range body.Files {
		details = append(details, p.Say("event_file", "Name", f.Name, "SHA256", f.SHA256))
	}
	return p.Say("event_note"), details, nil
}

func (p *reader) chasedLine(raw []byte) (string, []string, error) {
	var body struct {
		SentAt    time.Time `json:"sent_at"`
		To        string    `json:"to"`
		Channel   string    `json:"channel"`
		MessageID string    `json:"message_id"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", nil, err
	}
	var details []string
	for _, field := range []struct{ name, value string }{
		{"chaser_to", body.To}, {"field_chaser_channel", p.channel(body.Channel)}, {"field_message_id", body.MessageID},
	} {
		if field.value != "" {
			details = append(details, p.Say(field.name)+": "+field.value)
		}
	}
	return p.Say("event_chaser", "At", p.Instant(body.SentAt)), details, nil
}
