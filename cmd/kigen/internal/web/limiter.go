package web

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kigen/cmd/kigen/internal/access"
)

// Requests that one client may send, per second and in a burst. Fifty open boards
// and a busy script behind one address stay far below requestRate; strangerRate
// applies to anonymous clients.
const (
	requestRate, requestBurst   = 2000, 4000
	strangerRate, strangerBurst = 20, 200

	// A generation of clients ends at this size or age. By then, the buckets of
	// idle clients are full again and can be forgotten.
	generationSize = 5_000
	generationLife = 4 * time.Minute
)

// limiter is a rate limiter per client. It keeps two generations of clients, so
// that its memory and the cost of a request stay bounded during a flood from many
// addresses.
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

// allow counts a request and reports whether the client is within its limit.
func (l *limiter) allow(address string, now time.Time) bool {
	return l.bucket(access.Network(address), now).AllowN(now, 1)
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

// tooMany answers a client above its limit.
func (s *Server) tooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1")
	s.WriteProblem(w, r, http.StatusTooManyRequests, "too many requests from this address: send fewer per second")
}

// within counts a request against the client's bucket of a limiter. A client above
// its limit is counted as the known device that it may be, so that a flood from an
// address does not keep out the users behind the same address.
func (s *Server) within(l *limiter, r *http.Request) bool {
	if l.allow(s.Address(r), s.Now()) {
		return true
	}
	if s.Access == nil {
		return false
	}
	id := s.Access.KnownDevice(r.Context(), s.Cookie(r, DeviceCookie))
	return id != "" && l.allow("device "+id, s.Now())
}
