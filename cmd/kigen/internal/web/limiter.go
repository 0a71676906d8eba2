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

	// A generation of clients ends after this many, or this long: by then the
	// bucket of whoever did not ask meanwhile is full again anyway.
	generationSize = 5_000
	generationLife = 4 * time.Minute
)

// limiter bounds the requests of each client. It remembers the clients of two
// generations: however many addresses a flood comes from, it stays small and
// a request costs the same.
type limiter struct {
	rate  rate.Limit
	burst int

	mu            sync.Mutex
	fresh, former map[string]*rate.Limiter
	began         time.Time // of the fresh generation
}

func newLimiter(perSecond rate.Limit, burst int) *limiter {
	return &limiter{rate: perSecond, burst: burst, fresh: map[string]*rate.Limiter{}}
}

// allow takes one request of a client, and reports false when it sent too many.
func (l *limiter) allow(address string, now time.Time) bool {
	return l.bucket(network(address), now).AllowN(now, 1)
}

func (l *limiter) bucket(key string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.fresh) >= generationSize || now.Sub(l.began) > generationLife {
		l.former, l.fresh, l.began = l.fresh, map[string]*rate.Limiter{}, now
	}
	bucket := l.fresh[key]
	if bucket == nil {
		bucket = l.former[key]
	}
	if bucket == nil {
		bucket = rate.NewLimiter(l.rate, l.burst)
	}
	l.fresh[key] = bucket
	return bucket
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
