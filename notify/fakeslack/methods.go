package fakeslack

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

func says(word string) map[string]any { return map[string]any{"ok": false, "error": word} }

// handle executes the call and returns the answer.
func (s *Slack) handle(call *Call) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if call.Method == "hooks" {
		return s.hook(call)
	}
	switch token := call.Args["token"]; {
	case call.Method == "upload":
		return s.upload(call)
	case s.revoked[token]:
		return says("token_revoked")
	case token == "":
		return says("not_authed")
	case s.opts.Token != "" && token != s.opts.Token:
		return says("invalid_auth")
	}
	if s.opts.EnforceRate && !s.within(call) {
		return tooMany("30")
	}
	switch call.Method {
	case "auth.test":
		return map[string]any{
			"ok": true, "url": "https://fake.slack.example/", "team": "fake", "user": "kigen",
			"team_id": "T0000000001", "user_id": "U0000000001", "bot_id": "B0000000001",
		}
	case "users.info":
		return s.userInfo(call.Args["user"])
	case "chat.postMessage":
		return s.post(call)
	case "chat.update":
		return s.update(call)
	case "conversations.history":
		return s.history(call)
	case "conversations.replies":
		return s.replies(call)
	case "files.getUploadURLExternal":
		return s.uploadURL(call)
	case "files.completeUploadExternal":
		return s.completeUpload(call)
	default:
		return says("unknown_method")
	}
}

// find returns the channel of the call, or Slack's error word.
func (s *Slack) find(call *Call) (*channel, string) {
	c := s.channels[call.Args["channel"]]
	word := c.refuses(call.Args["thread_ts"])
	return c, word
}

// refuses returns the error word for a message to the channel or to one of its
// threads; empty: accepted. A nil channel is one that the bot cannot see.
func (c *channel) refuses(thread string) string {
	switch {
	case c == nil:
		return "channel_not_found"
	case c.archived:
		return "is_archived"
	case c.left:
		return "not_in_channel"
	case c.locked[thread]:
		return "restricted_action_thread_locked"
	}
	return ""
}

func (s *Slack) post(call *Call) map[string]any {
	c, word := s.find(call)
	if word != "" {
		return says(word)
	}
	now := call.At
	if s.opts.EnforceRate && !c.take(now, s.opts.Burst) {
		return tooMany("1")
	}
	m := &Message{Channel: call.Args["channel"], ThreadTS: call.Args["thread_ts"], Posted: now}
	if refusal := m.fill(call); refusal != nil {
		return refusal
	}
	m.TS = s.stamp(now)
	c.messages = append(c.messages, m)
	return map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "message": m.json(true)}
}

// find returns the index of the message with this ts, or the index for inserting
// it. Messages are sorted by ts, and all ts have the same length.
func (c *channel) find(ts string) (int, bool) {
	return slices.BinarySearchFunc(c.messages, ts, func(m *Message, ts string) int { return strings.Compare(m.TS, ts) })
}

// take uses one post of the channel's budget of one post a second. It returns
// false if the budget is used up.
func (c *channel) take(now time.Time, burst int) bool {
	c.budget = min(c.budget+now.Sub(c.refilled).Seconds(), float64(burst))
	c.refilled = now
	// A tolerance of a millionth: a sum of fractions of a second is not exact.
	if c.budget < 1-1e-6 {
		return false
	}
	c.budget--
	return true
}

func (s *Slack) update(call *Call) map[string]any {
	c, word := s.find(call)
	if word != "" {
		return says(word)
	}
	i, found := c.find(call.Args["ts"])
	if !found {
		return says("message_not_found")
	}
	m := c.messages[i]
	if s.opts.EditWindow > 0 && call.At.Sub(m.Posted) > s.opts.EditWindow {
		return says("edit_window_closed")
	}
	changed := *m
	if refusal := changed.fill(call); refusal != nil {
		return refusal
	}
	changed.Edits++
	changed.Edited = call.At
	*m = changed
	return map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "text": m.Text, "message": m.json(true)}
}

// fill sets the content in the call. Parts that are missing in the call stay.
func (m *Message) fill(call *Call) map[string]any {
	if refusal := check(call); refusal != nil {
		return refusal
	}
	if text, ok := call.Args["text"]; ok {
		m.Text = text
	}
	for field, to := range map[string]*json.RawMessage{
		"blocks": &m.Blocks, "attachments": &m.Attachments, "metadata": &m.Metadata,
	} {
		if raw, ok := call.Args[field]; ok {
			*to = json.RawMessage(raw)
		}
	}
	return nil
}

// json is the message in the API's form.
func (m *Message) json(withMetadata bool) map[string]any {
	out := map[string]any{"type": "message", "bot_id": "B0000000001", "user": "U0000000001", "ts": m.TS, "text": m.Text}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		out["attachments"] = m.Attachments
	}
	if len(m.Files) > 0 {
		out["files"] = m.Files
	}
	if withMetadata && len(m.Metadata) > 0 {
		out["metadata"] = m.Metadata
	}
	if m.Edits > 0 {
		out["edited"] = map[string]any{"user": "U0000000001", "ts": seconds(m.Edited)}
	}
	return out
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) + ".000000" }

// history returns the channel's messages, newest first, without replies.
func (s *Slack) history(call *Call) map[string]any {
	c := s.channels[call.Args["channel"]]
	if c == nil || c.left {
		return says("channel_not_found")
	}
	var found []*Message
	for _, m := range slices.Backward(c.messages) {
		if oldest := call.Args["oldest"]; oldest != "" && later(oldest, m.TS) {
			break // all earlier messages are out of range too
		}
		if s.visible(call, m) && m.ThreadTS == "" && call.within(m.TS) {
			found = append(found, m)
		}
	}
	return page(call, found)
}

// replies returns a thread, oldest first. The root comes first on the first page
// even if it is out of bounds.
func (s *Slack) replies(call *Call) map[string]any {
	c := s.channels[call.Args["channel"]]
	if c == nil || c.left {
		return says("channel_not_found")
	}
	var found []*Message
	first, _ := c.find(call.Args["ts"])
	for _, m := range c.messages[first:] {
		if m.TS == call.Args["ts"] || m.ThreadTS == call.Args["ts"] && s.visible(call, m) && call.within(m.TS) {
			found = append(found, m)
		}
	}
	if len(found) == 0 || found[0].ThreadTS != "" {
		return says("thread_not_found")
	}
	return page(call, found)
}

// visible reports whether the history shows a message yet, see HistoryLag.
func (s *Slack) visible(call *Call, m *Message) bool {
	return call.At.Sub(m.Posted) >= s.opts.HistoryLag
}

// within reports whether ts lies between the call's bounds.
func (c *Call) within(ts string) bool {
	inclusive := c.Args["inclusive"] == "1" || c.Args["inclusive"] == "true"
	oldest, latest := c.Args["oldest"], c.Args["latest"]
	if oldest != "" && (later(oldest, ts) || oldest == ts && !inclusive) {
		return false
	}
	return latest == "" || later(latest, ts) || latest == ts && inclusive
}

// later reports whether ts a is after b. They are decimal numbers of seconds.
func later(a, b string) bool {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return x > y
}

func page(call *Call, found []*Message) map[string]any {
	limit, err := strconv.Atoi(call.Args["limit"])
	if err != nil || limit <= 0 || limit > 999 {
		limit = 100
	}
	from, _ := strconv.Atoi(call.Args["cursor"])
	from = min(max(from, 0), len(found))
	to := min(from+limit, len(found))
	withMetadata := call.Args["include_all_metadata"] == "1" || call.Args["include_all_metadata"] == "true"
	messages := []map[string]any{}
	for _, m := range found[from:to] {
		messages = append(messages, m.json(withMetadata))
	}
	answer := map[string]any{"ok": true, "messages": messages, "has_more": to < len(found)}
	if to < len(found) {
		answer["response_metadata"] = map[string]any{"next_cursor": strconv.Itoa(to)}
	}
	return answer
}
