package fakeslack

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Slack's limits, in characters.
const (
	maxText    = 4000
	maxBlocks  = 50
	maxHeader  = 150
	maxSection = 3000
	maxField   = 2000
	maxFields  = 10
	maxContext = 10
	maxActions = 25
	maxButton  = 75
	maxValue   = 2000
	maxTotal   = 9000
)

// block is the part of a block that the limits concern.
type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text"`
	Fields   []text `json:"fields"`
	Elements []struct {
		Type  string          `json:"type"`
		Text  json.RawMessage `json:"text"` // an object of a button, a string of a context
		Value string          `json:"value"`
	} `json:"elements"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// check returns Slack's refusal of the call's content, nil if there is none.
func check(call *Call) map[string]any {
	if utf8.RuneCountInString(call.Args["text"]) > maxText {
		return says("msg_too_long")
	}
	var blocks []block
	if raw := call.Args["blocks"]; raw != "" && json.Unmarshal([]byte(raw), &blocks) != nil {
		return says("invalid_blocks_format")
	}
	var attachments []struct {
		Blocks []block `json:"blocks"`
		Text   string  `json:"text"`
	}
	if raw := call.Args["attachments"]; raw != "" && json.Unmarshal([]byte(raw), &attachments) != nil {
		return says("invalid_attachments")
	}
	if call.Args["text"] == "" && len(blocks) == 0 && len(attachments) == 0 {
		return says("no_text")
	}
	all := [][]block{blocks}
	for _, a := range attachments {
		all = append(all, a.Blocks)
	}
	total := 0
	for _, set := range all {
		size, problem := checkBlocks(set)
		if problem != "" {
			refusal := says("invalid_blocks")
			refusal["response_metadata"] = map[string]any{"messages": []string{"[ERROR] " + problem}}
			return refusal
		}
		total += size
	}
	if total > maxTotal {
		return says("msg_blocks_too_long")
	}
	return checkMetadata(call.Args["metadata"])
}

func checkMetadata(raw string) map[string]any {
	if raw == "" {
		return nil
	}
	var meta struct {
		Type    string          `json:"event_type"`
		Payload json.RawMessage `json:"event_payload"`
	}
	if json.Unmarshal([]byte(raw), &meta) != nil || meta.Type == "" || len(meta.Payload) == 0 {
		return says("invalid_metadata_format")
	}
	return nil
}

// checkBlocks returns the number of characters in the blocks, or the problem.
func checkBlocks(blocks []block) (size int, problem string) {
	if len(blocks) > maxBlocks {
		return 0, fmt.Sprintf("no more than %d items allowed [json-pointer:/blocks]", maxBlocks)
	}
	for i := range blocks {
		n, problem := blocks[i].check()
		if problem != "" {
			return 0, fmt.Sprintf("%s [json-pointer:/blocks/%d]", problem, i)
		}
		size += n
	}
	return size, ""
}

func (b *block) check() (size int, problem string) {
	length := func(s string, limit int) {
		n := utf8.RuneCountInString(s)
		size += n
		if n == 0 && problem == "" {
			problem = "must be more than 0 characters"
		} else if n > limit && problem == "" {
			problem = fmt.Sprintf("must be less than %d characters", limit+1)
		}
	}
	switch b.Type {
	case "header":
		if b.Text == nil || b.Text.Type != "plain_text" {
			return 0, "missing required field: text"
		}
		length(b.Text.Text, maxHeader)
	case "section":
		if b.Text == nil && len(b.Fields) == 0 {
			return 0, "missing required field: text or fields"
		}
		if b.Text != nil {
			length(b.Text.Text, maxSection)
		}
		if len(b.Fields) > maxFields {
			return 0, fmt.Sprintf("no more than %d items allowed", maxFields)
		}
		for _, f := range b.Fields {
			length(f.Text, maxField)
		}
	case "context", "actions":
		return b.checkElements()
	case "divider":
	default:
		return 0, "unsupported type: " + b.Type
	}
	return size, problem
}

func (b *block) checkElements() (size int, problem string) {
	limit := maxContext
	if b.Type == "actions" {
		limit = maxActions
	}
	if len(b.Elements) == 0 || len(b.Elements) > limit {
		return 0, fmt.Sprintf("must have 1 to %d elements", limit)
	}
	for _, e := range b.Elements {
		var label text
		if json.Unmarshal(e.Text, &label) != nil {
			_ = json.Unmarshal(e.Text, &label.Text) // a context's text is the string itself
		}
		n := utf8.RuneCountInString(label.Text)
		size += n
		switch {
		case b.Type == "actions" && n > maxButton:
			return 0, fmt.Sprintf("must be less than %d characters", maxButton+1)
		case n > maxSection:
			return 0, fmt.Sprintf("must be less than %d characters", maxSection+1)
		case utf8.RuneCountInString(e.Value) > maxValue:
			return 0, fmt.Sprintf("must be less than %d characters", maxValue+1)
		}
	}
	return size, ""
}
