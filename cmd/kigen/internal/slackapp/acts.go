package slackapp

import "sync"

// remembered bounds the acts whose outcome is kept for redelivery. Slack
// redelivers within minutes, and no team clicks this often in an hour.
const remembered = 4096

// acts runs each act once and keeps its outcome for redelivered envelopes.
type acts struct {
	mu    sync.Mutex
	known map[string]*outcome
	order []string // oldest first
}

// outcome is the result of an act, valid once done is closed.
type outcome struct {
	done    chan struct{}
	mu      sync.Mutex
	payload any  // of the acknowledgement
	late    bool // an acknowledgement was sent before the act finished
}

// finish stores the payload and reports whether an acknowledgement went out before.
func (o *outcome) finish(payload any) (late bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.payload = payload
	close(o.done)
	return o.late
}

// give returns the payload; before the act has finished it returns nil and
// marks the outcome as late.
func (o *outcome) give() any {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-o.done:
		return o.payload
	default:
		o.late = true
		return nil
	}
}

func newActs() *acts { return &acts{known: map[string]*outcome{}} }

// begin returns the outcome of the act with this key; first reports whether
// the caller has to run the act.
func (s *acts) begin(key string) (o *outcome, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.known[key]; known != nil {
		return known, false
	}
	if len(s.order) == remembered {
		delete(s.known, s.order[0])
		s.order = s.order[1:]
	}
	o = &outcome{done: make(chan struct{})}
	s.known[key], s.order = o, append(s.order, key)
	return o, true
}
