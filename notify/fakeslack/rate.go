package fakeslack

import (
	"time"
)

// perMinute is Slack's limit for calls of one method by one token, except posts.
const perMinute = 50

// within uses one call of a method's budget. Posts are exempt: they have a budget
// for each channel.
func (s *Slack) within(call *Call) bool {
	switch call.Method {
	case "chat.postMessage", "hooks", "upload":
		return true
	}
	name := call.Method + " " + call.Args["token"]
	recent := s.recent[name]
	for len(recent) > 0 && call.At.Sub(recent[0]) >= time.Minute {
		recent = recent[1:]
	}
	ok := len(recent) < perMinute
	if ok {
		recent = append(recent, call.At)
	}
	s.recent[name] = recent
	return ok
}

func tooMany(wait string) map[string]any {
	refusal := says("ratelimited")
	refusal["retry_after"] = wait
	return refusal
}

// Revoke makes a token invalid, until Grant.
func (s *Slack) Revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[token] = true
}

// Grant makes a revoked token valid again.
func (s *Slack) Grant(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.revoked, token)
}
