package web

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"kigen/cmd/kigen/internal/access"
)

const (
	// livePace is the shortest time between two announcements, so that a burst of
	// commits causes one refresh a second.
	livePace = time.Second
	// heartbeat is the interval of lines that keep proxies from closing an idle
	// stream.
	heartbeat = 15 * time.Second
	// identityCheck is the interval at which a stream checks that its session or
	// token is still valid; another process may revoke it in the database.
	identityCheck = 5 * time.Second
	// streamWrite is the write timeout of a line.
	streamWrite = 10 * time.Second
	// mostStreams bounds the open streams; further pages poll.
	mostStreams = 1000
	// mostStreamsEach bounds those of one user or token; without one, of one address.
	mostStreamsEach = 100
)

// Live announces changes to open pages. An announcement is only a version, so it
// needs no query and its cost does not depend on the number of pages.
type Live struct {
	mu      sync.Mutex
	boot    string // distinguishes the versions of this run from earlier ones
	version int64
	news    chan struct{} // closed with the next announcement
	last    time.Time     // of the last announcement
	pending bool          // an announcement is scheduled
	closed  chan struct{}
	streams int
	each    map[string]int // streams by their holder
}

// NewLive returns a Live without listeners.
func NewLive() *Live {
	return &Live{boot: rand.Text()[:8], news: make(chan struct{}), closed: make(chan struct{}), each: make(map[string]int)}
}

// Changed announces that data shown on pages was committed. It never blocks.
func (l *Live) Changed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending {
		return
	}
	wait := livePace - time.Since(l.last)
	if wait <= 0 {
		l.announce()
		return
	}
	l.pending = true
	time.AfterFunc(wait, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.pending = false
		l.announce()
	})
}

// announce increments the version; the caller holds the lock.
func (l *Live) announce() {
	l.version++
	l.last = time.Now()
	close(l.news)
	l.news = make(chan struct{})
}

// Close ends every stream, so that a server with open pages can shut down.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
}

// at returns the current version, and a channel that is closed by the next one.
func (l *Live) at() (version string, news <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%s-%d", l.boot, l.version), l.news
}

// enter registers a stream of a holder; false: a limit is reached.
func (l *Live) enter(holder string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams >= mostStreams || l.each[holder] >= mostStreamsEach {
		return false
	}
	l.streams++
	l.each[holder]++
	return true
}

func (l *Live) leave(holder string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams--
	if l.each[holder]--; l.each[holder] == 0 {
		delete(l.each, holder)
	}
}

// streamHolder names whose stream a request opens.
func (s *Server) streamHolder(r *http.Request) string {
	return cmp.Or(IdentityOf(r.Context()).Actor(), s.Address(r))
}

// LiveVersion is the version that a page shows; empty: there are no announcements.
func (s *Server) LiveVersion() string {
	if s.Live == nil {
		return ""
	}
	version, _ := s.Live.at()
	return version
}

// Events streams announcements to a page until it disconnects or kigen stops.
// The page sends the version that it shows (since, or Last-Event-ID after a
// reconnect), so that no change between rendering and connecting is missed.
func (s *Server) Events(w http.ResponseWriter, r *http.Request) {
	holder := s.streamHolder(r)
	if s.Live == nil || !s.Live.enter(holder) {
		w.Header().Set("Retry-After", "30")
		s.Plain(w, http.StatusServiceUnavailable, "live updates are unavailable: reload the page every 15 seconds\n")
		return
	}
	defer s.Live.leave(holder)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // keeps nginx from buffering
	shown := r.Header.Get("Last-Event-ID")
	if shown == "" {
		shown = r.URL.Query().Get("since")
	}
	s.stream(w, r, shown)
}

// stays reports whether the stream's caller still has the same identity and role.
// The check does not count as use of the session, so a session ends when only
// its stream is open; a visible board keeps it alive by refreshing.
func (s *Server) stays(r *http.Request) bool {
	who, err := s.identify(r, access.Look)
	if err != nil && r.Context().Err() == nil {
		s.Log.Log(r.Context(), FaultLevel(r.Context()), "cannot check the identity of an open page", "error", err)
	}
	if err == nil {
		who, err = s.confine(r, who, s.Address(r))
	}
	return err == nil && who == IdentityOf(r.Context())
}

// stream writes announcements until a write fails, the page disconnects, kigen
// stops, or the caller's session or token ends.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, shown string) {
	out := http.NewResponseController(w)
	say := func(lines ...string) bool {
		// Set for each line, because a stream outlives the server's write timeout.
		// Writers without deadlines, as in tests, return an error that is ignored.
		_ = out.SetWriteDeadline(time.Now().Add(streamWrite))
		_, err := fmt.Fprint(w, strings.Join(lines, "\n")+"\n\n")
		return err == nil && out.Flush() == nil
	}
	beat, check := time.NewTicker(heartbeat), time.NewTicker(identityCheck)
	defer beat.Stop()
	defer check.Stop()
	if !say("retry: 2000", ": kigen") {
		return
	}
	for {
		version, news := s.Live.at()
		if version != shown {
			if !s.stays(r) || !say("event: changed", "id: "+version, "data: "+version) {
				return
			}
			shown = version
		}
		select {
		case <-news:
		case <-beat.C:
			if !say(": heartbeat") {
				return
			}
		case <-check.C:
			if !s.stays(r) {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.Live.closed:
			return
		}
	}
}
