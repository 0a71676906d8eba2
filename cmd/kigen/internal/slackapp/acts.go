package slackapp

import "sync"

// remembered is how many acts are known again. Slack delivers again within
// minutes, and no team clicks that much in an hour.
const remembered = 4096

// acts does each act once and knows the answer that it led to.
type acts struct {
	mu    sync.Mutex
	known map[string]*outcome
	order []string // oldest first
}

// outcome is what an act led to, once done is closed.
type outcome struct {
	done    chan struct{}
	mu      sync.Mutex
	payload any  // of the acknowledgement
	late    bool // somebody could not wait
}

// finish ends the act and reports whether somebody could not wait for it.
func (o *outcome) finish(payload any) (late bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.payload = payload
	close(o.done)
	return o.late
}

// give returns the payload, or nothing and notes that, when the act is not
// finished.
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

// begin returns the outcome of the act with this key, and whether it is the
// caller's to bring about.
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
