package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/store"
)

func (g *guarded) logOf(kinds ...string) (lines []store.AccessLine) {
	g.t.Helper()
	lines, err := g.store.AccessLog(g.t.Context(), 0)
	g.must(err)
	return slices.DeleteFunc(lines, func(l store.AccessLine) bool { return !slices.Contains(kinds, l.Kind) })
}

// TestDenialsAreLogged: every answer 401, 403 and 421 stands in the access log, with the
// caller and the request, and many of strangers leave room for those of users.
func TestDenialsAreLogged(t *testing.T) {
	g := newGuarded(t)
	g.seed()
	g.send(http.MethodGet, "/api/v1/incidents?q=secret", "", "Authorization: Bearer kgn_wrong")
	g.send(http.MethodPost, "/api/v1/incidents", `{}`, g.keys["viewer"])
	g.send(http.MethodGet, "/settings", "", g.session("a-analyst"))
	g.send(http.MethodPost, "/incidents/1/ack", "", "Sec-Fetch-Site: cross-site")
	g.send(http.MethodGet, "/", "", "Sec-Fetch-Mode: navigate") // leads to the sign-in
	g.signIn("a-viewer", "wrong", "/")                          // is a refusal
	var got []string
	for _, l := range g.logOf(store.AccessDenied, store.AccessUnknown) {
		got = append(got, fmt.Sprint(l.Kind, " ", l.Actor, " ", l.Subject, " ", l.Origin))
	}
	want := []string{
		"unknown_caller ? GET /api/v1/incidents 192.0.2.1",
		"denied token:t-viewer POST /api/v1/incidents 192.0.2.1",
		"denied user:a-analyst GET /settings 192.0.2.1",
		"unknown_caller ? POST /incidents/1/ack 192.0.2.1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for range 300 { // from as many addresses
		g.must(g.options.Access.Denied(t.Context(), "", "198.51.100.7", "GET /"))
	}
	if n := len(g.logOf(store.AccessUnknown)); n != 200 {
		t.Errorf("%d lines of strangers", n)
	}
	g.send(http.MethodPost, "/api/v1/incidents", `{}`, g.keys["viewer"])
	if lines := g.logOf(store.AccessDenied); len(lines) != 3 {
		t.Errorf("strangers keep a denial out: %+v", lines)
	}
	g.set(g.now().Add(time.Second))
	g.must(g.options.Access.Denied(t.Context(), "", "198.51.100.7", "GET /"))
	if lines := g.logOf(store.AccessUnknown); lines[len(lines)-1].Subject != "GET / (102 more before it)" {
		t.Errorf("what was left out is not said: %+v", lines[len(lines)-1])
	}
	if err := g.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestReadsOfTheRecordAreLogged: evidence, bundles and reports, by program and browser.
func TestReadsOfTheRecordAreLogged(t *testing.T) {
	g := newGuarded(t)
	g.seed()
	sum := g.noticeAs(g.keys["analyst"], "KGN-5", "a.eml", "We are sorry.")
	cookie := g.session("a-viewer")
	for _, path := range []string{"/incidents/KGN-5/evidence/" + sum, "/incidents/KGN-5/bundle", "/reports/2026-05?format=csv"} {
		if res := g.send(http.MethodGet, "/api/v1"+path, "", g.keys["viewer"]); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for _, path := range []string{"/incidents/5/evidence/" + sum, "/reports/2026-05?format=pdf", "/reports/2026-05"} {
		if res := g.send(http.MethodGet, path, "", cookie); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	g.send(http.MethodGet, "/api/v1/incidents/KGN-5/evidence/"+strings.Repeat("0", 64), "", g.keys["viewer"]) // there is none
	var got []string
	for _, l := range g.logOf("evidence_read", "bundle_read", "report_read") {
		got = append(got, l.Actor+" "+l.Kind+" "+l.Subject)
	}
	want := []string{
		"token:t-viewer evidence_read KGN-5 " + sum, "token:t-viewer bundle_read KGN-5", "token:t-viewer report_read 2026-05 csv",
		"user:a-viewer evidence_read KGN-5 " + sum, "user:a-viewer report_read 2026-05 pdf", "user:a-viewer report_read 2026-05",
	}
	if !slices.Equal(got, want) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
