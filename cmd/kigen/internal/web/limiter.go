package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many requests one client may send, in a second and at once. Fifty open
// boards and a busy script behind one address stay far below the first; the
// second is for who has not said who they are.
const (
	requestRate, requestBurst   = 2000, 4000
	strangerRate, strangerBurst = 20, 200

	mostClients = 10_000
	idleClient  = time.Minute // after that its bucket is full again anyway
)

// limiter bounds the requests of each client.
type limiter struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	clients map[string]*client
}

type client struct {
	bucket *rate.Limiter
	seen   time.Time
}

func newLimiter(perSecond rate.Limit, burst int) *limiter {
	return &limiter{rate: perSecond, burst: burst, clients: map[string]*client{}}
}

// allow takes one request of a client, and reports false when it sent too many.
func (l *limiter) allow(address string, now time.Time) bool {
	key := network(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.clients[key]
	if c == nil {
		l.makeRoom(now)
		c = &client{bucket: rate.NewLimiter(l.rate, l.burst)}
		l.clients[key] = c
	}
	c.seen = now
	return c.bucket.AllowN(now, 1)
}

// makeRoom keeps the map bounded: idle clients go, or else any one.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.clients) < mostClients {
		return
	}
	for key, c := range l.clients {
		if now.Sub(c.seen) > idleClient {
			delete(l.clients, key)
		}
	}
	for key := range l.clients {
		if len(l.clients) < mostClients {
			return
		}
		delete(l.clients, key)
	}
}

// network is what one client can choose its addresses from: with IPv6, a /64.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Is4() {
		return address
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// tooMany asks a client to slow down.
func (s *server) tooMany(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	s.writeProblem(w, http.StatusTooManyRequests, "too many requests from this address: send fewer in a second")
}
