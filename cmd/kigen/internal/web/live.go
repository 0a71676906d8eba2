package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/sla/tracker"
)

const (
	// livePace is the shortest time between two announcements. A burst of two
	// hundred commits a second becomes one, and is on the wall within a second.
	livePace = time.Second
	// heartbeat keeps proxies from taking a quiet stream for a dead one.
	heartbeat = 15 * time.Second
	// identityCheck is how long a stream may outlive what it was opened with: a
	// session or a token that ends, here or in the database, by another process.
	identityCheck = 5 * time.Second
	// streamWrite is how long a page may take to accept a line.
	streamWrite = 10 * time.Second
	// mostStreams bounds what open pages can cost; whoever comes later polls.
	mostStreams = 1000
)

// Live tells open pages that something changed. A change costs no query, and
// the number of pages does not matter: each is told only that there is news,
// under a version that names what is rendered since.
type Live struct {
	mu      sync.Mutex
	boot    string // tells this run's versions from an earlier one's
	version int64
	news    chan struct{} // closed with the next announcement
	last    time.Time     // of the last announcement
	pending bool          // one is on its way
	closed  chan struct{}
	streams int
}

// NewLive returns a Live without listeners.
func NewLive() *Live {
	return &Live{boot: rand.Text()[:8], news: make(chan struct{}), closed: make(chan struct{})}
}

// Changed says that something a page shows was committed. It never blocks.
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

// announce opens the next version; the caller holds the lock.
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

// at is the version that stands, and a channel that closes with the next one.
func (l *Live) at() (version string, news <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%s-%d", l.boot, l.version), l.news
}

// enter counts a stream in; false: there are too many.
func (l *Live) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams >= mostStreams {
		return false
	}
	l.streams++
	return true
}

func (l *Live) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams--
}

// Watch returns the store with every commit of a use case, or of time's own
// step, told to the open pages.
func (l *Live) Watch(store tracker.Store) tracker.Store { return watched{store, l} }

type watched struct {
	tracker.Store
	live *Live
}

// Update tells of a commit after it is one.
func (w watched) Update(ctx context.Context, f func(tracker.Tx) error) error {
	err := w.Store.Update(ctx, f)
	if err == nil {
		w.live.Changed()
	}
	return err
}

// liveVersion is what a page is rendered at; empty: pages are not told.
func (s *server) liveVersion() string {
	if s.Live == nil {
		return ""
	}
	version, _ := s.Live.at()
	return version
}

// events streams announcements to one page until it goes away or kigen stops.
// A page says what it shows (since, or after a break the browser's own
// Last-Event-ID), so that nothing is missed between rendering and listening.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	if s.Live == nil || !s.Live.enter() {
		w.Header().Set("Retry-After", "30")
		s.plain(w, http.StatusServiceUnavailable, "no live updates right now: ask for the page again every 15 seconds\n")
		return
	}
	defer s.Live.leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold lines back
	shown := r.Header.Get("Last-Event-ID")
	if shown == "" {
		shown = r.URL.Query().Get("since")
	}
	s.stream(w, r, shown)
}

// stays reports whether whoever opened a stream is still who they were, with
// the role that they had. A stream is no use of its session: one that nobody
// but the stream keeps open ends when it has been idle for too long, while the
// board that somebody looks at asks for its part again and again, which is use.
func (s *server) stays(r *http.Request) bool {
	who, err := s.identify(r, access.Look)
	if err != nil && r.Context().Err() == nil {
		s.Log.ErrorContext(r.Context(), "identity of an open page not known", "error", err)
	}
	return err == nil && who == identityOf(r.Context())
}

// stream writes until a write fails, the page leaves, kigen stops, or whoever
// opened it is signed out. Nobody is told of anything after that.
func (s *server) stream(w http.ResponseWriter, r *http.Request, shown string) {
	out := http.NewResponseController(w)
	say := func(lines ...string) bool {
		// Set anew for each line: a stream outlives the server's own bound. A
		// writer that has no deadline has no bound to outlive either.
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
