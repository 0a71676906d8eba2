package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
)

// newOpen is a site on loopback without users.
func newOpen(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	s := newSite(t)
	s.options.Access = access.New(s.store, s.options.Now, access.Limits{Idle: time.Hour, Life: time.Hour}, cheap)
	for _, f := range change {
		f(&s.options)
	}
	s.handler = web.New(s.options, pages.Mount, api.Mount)
	return s
}

// While access control is off, a caller on this machine is an admin. One behind a
// proxy may be anywhere, also when the proxy asks for 127.0.0.1, and is refused.
func TestOpenIsForThisMachineAlone(t *testing.T) {
	s := newOpen(t)
	const settings = "/settings"
	if res := s.send(http.MethodGet, settings, ""); res.StatusCode != http.StatusOK {
		t.Fatalf("from this machine: %d", res.StatusCode)
	}
	for _, header := range []string{
		"X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: kigen.example.jp", "X-Forwarded-User: x",
		"Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9", "Via: 1.1 proxy", "CF-Connecting-IP: 203.0.113.9", "X-Original-Forwarded-For: x",
	} {
		for _, path := range []string{settings, "/", "/api/v1/incidents", "/metrics", "/events"} {
			if res := s.send(http.MethodGet, path, "", header); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %s: %d", path, header, res.StatusCode)
			}
		}
		if res := s.send(http.MethodPost, "/api/v1/incidents", `{"vendor":"sotas","title":"x"}`, header); res.StatusCode != http.StatusForbidden {
			t.Errorf("a change with %s: %d", header, res.StatusCode)
		}
		if res := s.send(http.MethodGet, "/healthz", "", header); res.StatusCode != http.StatusOK {
			t.Errorf("/healthz with %s: %d", header, res.StatusCode)
		}
	}
}

// nginx as it is installed: HTTP/1.0, Host as in proxy_pass, no header of its own.
func TestOpenIsNotForPlainProxies(t *testing.T) {
	s := newOpen(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/settings", http.NoBody)
	r.Host, r.Proto, r.ProtoMajor, r.ProtoMinor = "127.0.0.1:8080", "HTTP/1.0", 1, 0
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("HTTP/1.0: %d", w.Code)
	}
}

// A configuration that names a proxy is never open, also to a request from loopback.
func TestPublishedIsNeverOpen(t *testing.T) {
	s := newOpen(t, func(o *web.Options) {
		o.Published, o.Proxies = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	if res := s.send(http.MethodGet, "/settings", ""); res.StatusCode != http.StatusForbidden {
		t.Errorf("from this machine: %d", res.StatusCode)
	}
}
