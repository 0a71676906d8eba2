package web

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/access"
)

// Routes shows every pattern that the mux was told, and the table of who may
// use which.
func Routes(o Options, parts ...func(*Server)) (patterns []string, least map[string]access.Role) {
	s := newServer(o, parts...)
	return s.Mux.patterns, s.least
}

// ClientsAfter is how many clients a limiter remembers after so many asked.
func ClientsAfter(n int) int {
	l := newLimiter(1, 1)
	now := time.Unix(0, 0)
	for i := range n {
		l.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), now)
	}
	return len(l.fresh) + len(l.former)
}

// AddressOf is the client's address of a request from peer.
func AddressOf(o Options, peer string, headers ...string) string {
	return newServer(o).Address(request(peer, false, headers))
}

// SecureOf reports whether the browser behind a request speaks TLS.
func SecureOf(o Options, peer string, secure bool, headers ...string) bool {
	return newServer(o).Secure(request(peer, secure, headers))
}

func request(peer string, secure bool, headers []string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = peer
	if secure {
		r.TLS = &tls.ConnectionState{}
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}
