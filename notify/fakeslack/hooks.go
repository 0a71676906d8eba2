package fakeslack

// hook posts a message by an incoming webhook, whose address ends with the id of
// its channel. It answers in plain text, without the message's ts.
func (s *Slack) hook(call *Call) map[string]any {
	c := s.channels[call.Args["id"]]
	switch {
	case c == nil:
		return map[string]any{"plain": "no_service", "status": 404}
	case c.archived:
		return map[string]any{"plain": "channel_is_archived", "status": 410}
	case s.revoked[call.Args["id"]]:
		return map[string]any{"plain": "invalid_token", "status": 403}
	case s.opts.EnforceRate && !c.take(call.At, s.opts.Burst):
		return tooMany("1")
	}
	m := &Message{Channel: call.Args["id"], Posted: call.At, TS: s.stamp(call.At)}
	if refusal := m.fill(call); refusal != nil {
		return map[string]any{"plain": refusal["error"], "status": 400}
	}
	c.messages = append(c.messages, m)
	return nil
}
