package web_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
)

// from asks as a client at an address, over TLS or not.
func (s *site) from(address, path string, secure bool, headers ...string) *http.Response {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, path, http.NoBody)
	r.Host, r.RemoteAddr = "127.0.0.1:8080", address
	if secure {
		r.TLS = &tls.ConnectionState{}
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

func TestStrangersAreLimited(t *testing.T) {
	g := newGuarded(t)
	ask := func(address string, headers ...string) int {
		return g.from(address, "/api/v1/vendors", false, headers...).StatusCode
	}
	for i := range 200 {
		if got := ask("203.0.113.9:1000"); got != http.StatusUnauthorized {
			t.Fatalf("request %d: %d", i, got)
		}
	}
	res := g.from("203.0.113.9:1001", "/api/v1/vendors", false)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("request 201: %d %v", res.StatusCode, res.Header)
	}
	if got := ask("203.0.113.8:1000"); got != http.StatusUnauthorized {
		t.Errorf("another address: %d", got)
	}
	if got := ask("203.0.113.9:1000", g.keys["viewer"]); got != http.StatusOK {
		t.Errorf("with a token from the same address: %d", got)
	}
	g.set(g.now().Add(time.Second))
	if got := ask("203.0.113.9:1000"); got != http.StatusUnauthorized {
		t.Errorf("a second later: %d", got)
	}
	// Whoever has a /64 has one bucket, however many addresses that is.
	for i := range 200 {
		ask(fmt.Sprintf("[2001:db8::%x]:1", i+1))
	}
	if got := ask("[2001:db8::ffff]:1"); got != http.StatusTooManyRequests {
		t.Errorf("another address of the same network: %d", got)
	}
	if got := ask("[2001:db8:0:1::1]:1"); got != http.StatusUnauthorized {
		t.Errorf("another network: %d", got)
	}
}

func TestEverybodyIsLimited(t *testing.T) {
	g := newGuarded(t)
	last := 0
	for range 4001 {
		last = g.from("203.0.113.9:1000", "/healthz", false, g.keys["viewer"]).StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("request 4001 at one instant: %d", last)
	}
}

// A flood of addresses does not grow without bound, and does not lock out who
// comes after it.
func TestLimiterIsBounded(t *testing.T) {
	if got := web.ClientsAfter(50_000); got > 10_000 {
		t.Errorf("%d clients are remembered", got)
	}
}

func TestAddressesBehindProxies(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	})
	for _, test := range []struct{ peer, header, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, // no proxy: its word counts for nothing
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "1.2.3.4, 198.51.100.1", "198.51.100.1"}, // the first one the client made up
		{"10.0.0.1:1", "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.0.0.1:1", "unknown", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1, unknown", "10.0.0.1"},
		{"10.0.0.1:1", "10.0.0.2, 10.0.0.3", "10.0.0.2"},
		{"[2001:db8::1]:1", "2001:DB9::7", "2001:db9::7"},
		{"[::ffff:10.0.0.1]:1", "198.51.100.1", "198.51.100.1"},
	} {
		var headers []string
		if test.header != "" {
			headers = append(headers, "X-Forwarded-For: "+test.header)
		}
		if got := web.AddressOf(g.options, test.peer, headers...); got != test.want {
			t.Errorf("%s with %q is %s, want %s", test.peer, test.header, got, test.want)
		}
	}
	// Several lines of the header are one list.
	if got := web.AddressOf(g.options, "10.0.0.1:1", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 198.51.100.1"); got != "198.51.100.1" {
		t.Errorf("two lines: %s", got)
	}
}

func TestHeadersUnderTLS(t *testing.T) {
	g := newGuarded(t, func(o *web.Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")} })
	if h := g.from("203.0.113.9:1", "/login", true).Header; !strings.Contains(h.Get("Strict-Transport-Security"), "max-age=") {
		t.Errorf("no HSTS over TLS: %v", h)
	}
	h := g.from("203.0.113.9:1", "/login", false).Header
	if h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without TLS")
	}
	for name, want := range map[string]string{
		"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	for _, test := range []struct {
		peer    string
		tls     bool
		header  string
		secured bool
	}{
		{"203.0.113.9:1", true, "X-None: 1", true}, {"203.0.113.9:1", false, "X-Forwarded-Proto: https", false},
		{"10.0.0.1:1", false, "X-Forwarded-Proto: https", true}, {"10.0.0.1:1", false, "X-Forwarded-Proto: http", false},
	} {
		if got := web.SecureOf(g.options, test.peer, test.tls, test.header); got != test.secured {
			t.Errorf("%+v: secure %v", test, got)
		}
	}
}

// A proxy that passes requests on under another host keeps our own pages' forms
// working, and other sites' out.
func TestOwnOriginBehindAProxy(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Origin = "https://kigen.example.jp" })
	for origin, want := range map[string]int{
		"https://kigen.example.jp": http.StatusCreated, "https://evil.example": http.StatusForbidden, "http://kigen.example.jp": http.StatusForbidden,
	} {
		res := s.send(http.MethodPost, "/api/v1/incidents", `{"vendor":"sotas","title":"x"}`, "Origin: "+origin)
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", origin, res.StatusCode, want)
		}
	}
}

// Nobody can sign somebody in or out from another site.
func TestSignInFromAnotherSiteIsRefused(t *testing.T) {
	g := newGuarded(t)
	session := g.session("a-viewer")
	for _, path := range []string{"/login", "/logout"} {
		res := g.send(http.MethodPost, path, "name=a-admin&password=x", "Sec-Fetch-Site: cross-site", session,
			"Content-Type: application/x-www-form-urlencoded")
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	g.get("/", session)
}
