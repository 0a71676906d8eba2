package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
)

func TestHosts(t *testing.T) {
	loopback := newSite(t, func(o *web.Options) { o.Hosts = []string{"kigen.example.jp"} })
	open := newSite(t, func(o *web.Options) { o.Loopback = false })
	for host, ok := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:8080": true, "LOCALHOST": true, "[::1]:8080": true, "[::1]": true,
		"127.1.2.3": true, "kigen.example.jp": true,
		"evil.example": false, "evil.example:8080": false, "192.168.0.7:8080": false, "": false, "localhost.evil.example": false,
	} {
		want := http.StatusOK
		if !ok {
			want = http.StatusMisdirectedRequest
		}
		if got := loopback.send(http.MethodGet, "/api/v1/vendors", "", "Host: "+host).StatusCode; got != want {
			t.Errorf("host %q on loopback: got %d, want %d", host, got, want)
		}
		if got := open.send(http.MethodGet, "/api/v1/vendors", "", "Host: "+host).StatusCode; got != http.StatusOK {
			t.Errorf("host %q elsewhere: got %d, want 200", host, got)
		}
	}
}

func TestCrossOriginWritesAreRefused(t *testing.T) {
	s := newSite(t)
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"} {
		res := s.send(http.MethodPost, "/api/v1/incidents", `{"vendor":"sotas","title":"x"}`, header)
		if res.StatusCode != http.StatusForbidden || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %v, want 403 as a problem document", header, res.StatusCode, res.Header)
		}
	}
	if got := s.get("/api/v1/incidents"); !strings.Contains(got, `"incidents":[]`) {
		t.Errorf("something was logged: %s", got)
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/api/v1/vendors", "/healthz", "/nothing"} {
		h := s.send(http.MethodGet, path, "").Header
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestLargeBodyIsRefused(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("x", 1<<20)
	for _, ask := range []struct{ path, body, kind, says string }{
		{"/api/v1/incidents", `{"vendor":"sotas","title":"` + long + `"}`, "application/json", "larger than the limit of 1 MiB: send less"},
		{"/api/v1/incidents/batch", `{"incidents":[{"vendor":"` + strings.Repeat(long, 8) + `"}]}`, "application/json", "larger than the limit of 8 MiB"},
		{"/incidents", "title=" + long, "application/x-www-form-urlencoded", "It is larger than 1 MiB. Go back"},
	} {
		res := s.send(http.MethodPost, ask.path, ask.body, "Content-Type: "+ask.kind)
		if got := text(t, res); res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(got, ask.says) {
			t.Errorf("%s: got %d, want 413 and %q:\n%s", ask.path, res.StatusCode, ask.says, got)
		}
	}
	if res := s.send(http.MethodPost, "/incidents", "title=%zz", "Content-Type: application/x-www-form-urlencoded"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("half a form: %d", res.StatusCode)
	}
}

// panicking panics on every report.
type panicking struct{ fakeReports }

func (panicking) Render(context.Context, reporting.Request) (*reporting.File, error) {
	panic("at the disco")
}

// What goes wrong inside is logged, and the caller learns nothing of it.
func TestFaultsStayInside(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Health = func(context.Context) (h web.Health) {
			h.Fault(true, calendar.Text{Ja: "監視が止まっています", En: "the watch loop stands still"})
			return h
		}
		o.Reports = panicking{}
	})
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/incidents", "/api/v1/incidents/1", "/api/v1/reports/2026-05"} {
		res := s.send(http.MethodGet, path, "")
		if got := text(t, res); res.StatusCode != http.StatusInternalServerError || strings.Contains(got, "closed") || strings.Contains(got, "disco") {
			t.Errorf("%s: %d %s", path, res.StatusCode, got)
		}
	}
	res := s.send(http.MethodGet, "/readyz", "")
	if got := text(t, res); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got, "stands still") {
		t.Errorf("readyz: %d %s", res.StatusCode, got)
	}
	if res := s.send(http.MethodGet, "/readyz?replica", ""); res.StatusCode != http.StatusOK {
		t.Errorf("a replica that can serve: %d %s", res.StatusCode, text(t, res))
	}
}

// Who knows a year's profile already is not sent it again.
func TestProfileIsSentOnce(t *testing.T) {
	s := newSite(t)
	const path = "/api/v1/vendors/sustaina/profile?year=2026"
	first := s.send(http.MethodGet, path, "")
	tag := first.Header.Get("ETag")
	if body := text(t, first); len(tag) < 10 || !strings.Contains(body, `"max_s":86400`) {
		t.Fatalf("tag %q, %s", tag, body)
	}
	again := s.send(http.MethodGet, path, "", "If-None-Match: "+tag)
	if body := text(t, again); again.StatusCode != http.StatusNotModified || body != "" || again.Header.Get("ETag") != tag {
		t.Errorf("the same again: %d %q %s", again.StatusCode, body, again.Header.Get("ETag"))
	}
	other := s.send(http.MethodGet, "/api/v1/vendors/sustaina/profile?year=2025", "", "If-None-Match: "+tag)
	if other.StatusCode != http.StatusOK || other.Header.Get("ETag") == tag {
		t.Errorf("another year: %d, tag %s", other.StatusCode, other.Header.Get("ETag"))
	}
}
