package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla/inbox"
)

const hookSecret = "a-secret-of-the-hook"

// withIntake adds an inbox with a hook and a page.
func withIntake(hints *[]string) func(*web.Options) {
	return func(o *web.Options) {
		o.Intake = &intake.Service{
			Store: o.Incidents.(intake.Store), Tracker: o.Tracker, Zone: o.Zone, Lang: "en", Now: o.Now, Mails: plainMails{},
			Config: config.Intake{Sources: map[string]config.Source{
				"siem":   {Kind: config.SourceWebhook, Secret: hookSecret, Map: map[string]string{"id": "id", "title": "name", "vendor": "vendor"}},
				"github": {Kind: config.SourceStatuspage, Vendor: "sotas"},
			}},
		}
		o.Intake.Fetch = func(_ context.Context, source string, _ []byte) error {
			*hints = append(*hints, source)
			return nil
		}
	}
}

// plainMails takes the first line of a mail as its id.
type plainMails struct{}

func (plainMails) Read(raw []byte, _ intake.Known) inbox.Item {
	id, text, _ := strings.Cut(string(raw), "\n")
	return inbox.Item{SourceID: id, Vendor: "sotas", Kind: inbox.KindFirst, Title: "mail", Text: text, Channel: "email"}
}

func (p plainMails) ReadHeader(header []byte, _ intake.Unread, known intake.Known) inbox.Item {
	return p.Read(header, known)
}

// A candidate goes through the API: pushed, listed, accepted, undone, linked, dismissed.
func TestIntakeAPI(t *testing.T) {
	var hints []string
	s := newSite(t, withIntake(&hints))
	s.log(`{"vendor":"sotas","title":"x"}`)
	answer := func(method, path, body string, headers ...string) (int, string) {
		t.Helper()
		if !slices.ContainsFunc(headers, func(h string) bool { return strings.HasPrefix(h, "Content-Type") }) && body != "" {
			headers = append(headers, "Content-Type: application/json")
		}
		r := s.send(method, path, body, headers...)
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(text)
	}
	for _, want := range []int{http.StatusCreated, http.StatusOK} {
		code, text := answer(http.MethodPost, "/api/v1/intake/mail", "<a@sotas>\nabout it", "Content-Type: message/rfc822")
		if code != want || !strings.Contains(text, `"state":"candidate"`) {
			t.Error(code, text)
		}
	}
	if code, _ := answer(http.MethodPost, "/api/v1/intake/github", `{}`); code != http.StatusAccepted || len(hints) != 1 {
		t.Error(code, hints)
	}
	if code, text := answer(http.MethodPost, "/api/v1/intake/nowhere", `{}`); code != http.StatusUnprocessableEntity || !strings.Contains(text, "github, siem") {
		t.Error(code, text)
	}
	for _, step := range []struct {
		method, path, body string
		status             int
		says               string
		header             []string
	}{
		{"GET", "/intake?state=candidate", "", 200, `"candidates":1`, nil},
		{"GET", "/intake?vendor=nobody", "", 422, "nobody", nil},
		{"GET", "/intake?cursor=x", "", 422, "is not a cursor", nil},
		{"GET", "/intake/99", "", 404, "kigen intake list", nil},
		{"GET", "/intake/x", "", 422, "is not an item's id", nil},
		{"GET", "/intake/1/original", "", 200, "about it", nil},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1"}`, 412, "is at version 1", []string{`If-Match: "7"`}},
		{"POST", "/intake/1/accept", `{"incident":"KGN-99"}`, 404, "KGN-99", nil},
		{"POST", "/intake/1/accept", `{"incident":"x"}`, 422, "KGN-1", nil},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1","title":"y","occurred_at":"2026-05-07T09:00"}`, 422, "occurred_at", nil},
		{"POST", "/intake/1/accept", `{"received_at":"2026-05-07T10:30"}`, 422, "name it by incident", nil},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1","received_at":"soon"}`, 422, "received_at", nil},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1","received_at":"2026-05-07T10:30","channel":"phone","by":"sato"}`, 200, `"state":"recorded"`, nil},
		{"GET", "/incidents/KGN-1", "", 200, `"received_at":"2026-05-07T10:30:00+09:00"`, nil},
		{"GET", "/incidents/KGN-1", "", 200, `"channel":"phone"`, nil},
		{"GET", "/incidents/KGN-1", "", 200, "about it", nil},
		{"POST", "/intake/1/undo", `{"reason":"by mail"}`, 200, `"state":"candidate"`, nil},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1","by":"sato"}`, 412, "is at version", []string{`If-Match: "1"`}},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1","by":"sato"}`, 200, `"state":"recorded"`, []string{`If-Match: "3"`, "Idempotency-Key: k"}},
		{"POST", "/intake/1/accept", `{"incident":"KGN-1","by":"sato"}`, 200, `"state":"recorded"`, []string{"Idempotency-Key: k"}},
		{"POST", "/intake/1/accept", `{}`, 409, "recorded by", nil},
		{"GET", "/incidents/KGN-1", "", 200, `"channel":"email"`, nil},
		{"POST", "/intake/1/undo", `{"reason":""}`, 422, "reason", nil},
		{"POST", "/intake/1/undo", `{"reason":"another one"}`, 200, `"state":"candidate"`, nil},
		{"POST", "/intake/1/link", `{"incident":"KGN-1"}`, 200, `"state":"logged"`, nil},
		{"POST", "/intake/1/undo", `{"reason":"no"}`, 200, `"state":"candidate"`, nil},
		{"POST", "/intake/1/dismiss", ``, 200, `"state":"dismissed"`, nil},
		{"POST", "/intake/1/undo", `{"reason":"no"}`, 200, `"state":"candidate"`, nil},
		{"POST", "/intake/1/accept", `{"occurred_at":"2026-05-07T09:10"}`, 200, `"incident":"KGN-2"`, nil},
		{"GET", "/incidents/KGN-2", "", 200, `"occurred_at":"2026-05-07T09:10:00+09:00"`, nil},
		{"GET", "/intake/1", "", 200, `"action":"dismiss"`, nil},
	} {
		code, text := answer(step.method, "/api/v1"+step.path, step.body, step.header...)
		if code != step.status || !strings.Contains(text, step.says) {
			t.Errorf("%s %s %s: %d\n%s", step.method, step.path, step.body, code, text)
		}
	}
}

// A push by a stranger needs the signature of its source's secret; a page's hook is a hint.
func TestPushes(t *testing.T) {
	var hints []string
	g := newGuarded(t, withIntake(&hints))
	const body = `{"id":"1","vendor":"sotas","name":"x"}`
	stamp := strconv.FormatInt(g.now().Unix(), 10)
	sign := func(body string) string {
		mac := hmac.New(sha256.New, []byte(hookSecret))
		mac.Write([]byte(stamp + "." + body))
		return "Kigen-Signature: sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	for _, c := range []struct {
		source, body string
		headers      []string
		want         int
	}{
		{"siem", body, []string{"Kigen-Timestamp: " + stamp, sign(body)}, http.StatusCreated},
		{"siem", body, []string{"Kigen-Timestamp: " + stamp, sign(body)}, http.StatusOK},
		{"siem", body, []string{"Kigen-Timestamp: " + stamp, sign("other")}, http.StatusUnauthorized},
		{"siem", body, []string{"Kigen-Timestamp: 1", sign(body)}, http.StatusUnauthorized},
		{"siem", body, nil, http.StatusUnauthorized},
		{"nowhere", body, []string{sign(body)}, http.StatusUnauthorized},
		{"mail", "x", []string{sign("x")}, http.StatusUnauthorized},
		{"github", `{}`, nil, http.StatusAccepted},
	} {
		res := g.send(http.MethodPost, "/api/v1/intake/"+c.source, c.body, append([]string{"X-Nobody: yes", "Content-Type: application/json"}, c.headers...)...)
		if res.StatusCode != c.want {
			t.Errorf("%s %v: %d, want %d", c.source, c.headers, res.StatusCode, c.want)
		}
	}
	if len(hints) != 1 {
		t.Error(hints)
	}
}
