package fakeslack

import "maps"

// SetMember sets fields of a user as users.info returns them, such as is_restricted.
// Every user is a full member of the workspace otherwise.
func (s *Slack) SetMember(id string, fields map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members == nil {
		s.members = map[string]map[string]any{}
	}
	s.members[id] = maps.Clone(fields)
}

func (s *Slack) userInfo(id string) map[string]any {
	if id == "" {
		return says("user_not_found")
	}
	user := map[string]any{"id": id, "team_id": team}
	fields := s.members[id]
	if word, ok := fields["error"].(string); ok {
		return says(word)
	}
	maps.Copy(user, fields)
	return map[string]any{"ok": true, "user": user}
}
