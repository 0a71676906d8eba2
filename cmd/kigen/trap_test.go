package main_test

import (
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"kigen/notify/fakeslack"
)

// trap stands in front of Slack. Armed with a point, it holds the first
// request that comes there until the client is dead.
type trap struct {
	slack *fakeslack.Slack
	hit   chan struct{}

	mu     sync.Mutex
	random *rand.Rand
	armed  point
	held   chan struct{} // closed when the trapped client is dead
	quiet  bool          // no more faults
	spared bool          // no faults until the next point
	closed bool          // uploads are refused
}

// arm waits for kigen at a point, and spares it faults until then when told.
func (t *trap) arm(p point, spared bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.hit: // from before
	default:
	}
	t.armed, t.held, t.spared = p, make(chan struct{}), spared
}

// release lets go of whatever is held, because its client is dead.
func (t *trap) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = noPoint
	if t.held != nil {
		close(t.held)
		t.held = nil
	}
}

func (t *trap) calm() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quiet = true
}

// spare lets kigen come to the point that is armed without a fault.
func (t *trap) spare() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spared = true
}

// refuseUploads makes Slack unable to take files, or able again.
func (t *trap) refuseUploads(refuse bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = refuse
}

// refuses reports whether the request is a step of an upload, and uploads are
// refused.
func (t *trap) refuses(r *http.Request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed && during(r.URL.Path, onTheWire) != noPoint
}

// at reports whether the trap shut here. It then returns when the client is
// dead.
func (t *trap) at(p point) bool {
	t.mu.Lock()
	shut, held := p != noPoint && t.armed == p, t.held
	if shut {
		t.armed = noPoint
		t.hit <- struct{}{}
	}
	t.mu.Unlock()
	if shut {
		<-held
	}
	return shut
}

// trapped traps a connection before anything is read from it.
type trapped struct {
	net.Listener
	trap *trap
}

func (l trapped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil && l.trap.at(claimed) {
		return conn, conn.Close() // its client is dead
	}
	return conn, err
}

func (t *trap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t.at(onTheWire) || t.at(during(r.URL.Path, onTheWire)) {
		return
	}
	if t.refuses(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if fault := t.fault(); fault != nil {
		t.slack.Fail(*fault)
	}
	recorder := httptest.NewRecorder()
	if !t.serve(recorder, r) {
		panic(http.ErrAbortHandler)
	}
	after := accepted
	switch {
	case strings.HasSuffix(r.URL.Path, "chat.update"):
		after = updating
	case strings.HasSuffix(r.URL.Path, "conversations.history"), strings.HasSuffix(r.URL.Path, "conversations.replies"):
		after = searching
	case during(r.URL.Path, accepted) != noPoint:
		after = during(r.URL.Path, accepted)
	}
	if t.at(after) {
		return
	}
	for key, values := range recorder.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
	_ = http.NewResponseController(w).Flush()
	if !t.at(answered) {
		t.at(during(r.URL.Path, answered))
	}
}

// serve reports whether Slack answered, and did not hang up.
func (t *trap) serve(w http.ResponseWriter, r *http.Request) (answered bool) {
	defer func() {
		if recover() == nil {
			answered = true
		}
	}()
	t.slack.ServeHTTP(w, r)
	return true
}

// fault is what goes wrong with one request in four.
func (t *trap) fault() *fakeslack.Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.quiet || t.spared {
		return nil
	}
	faults := []fakeslack.Fault{
		fakeslack.TooMany("1"), fakeslack.Status(http.StatusInternalServerError),
		fakeslack.Status(http.StatusBadGateway).Accepted(), fakeslack.HangUp().Accepted(), fakeslack.Body("{}").Accepted(),
	}
	if n := t.random.IntN(4 * len(faults)); n < len(faults) {
		return &faults[n]
	}
	return nil
}
