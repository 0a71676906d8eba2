package feed_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/fetch"
)

// half serves the incidents of a page, and its planned work only sometimes.
type half struct{ works bool }

func (h *half) Get(_ context.Context, r fetch.Request) (fetch.Response, error) {
	switch {
	case strings.Contains(r.URL, "/incidents.json"):
		return fetch.Response{Body: []byte(pageWith(trouble))}, nil
	case h.works:
		return fetch.Response{Body: []byte(`{"page": {"id": "kaz3"}, "scheduled_maintenances": []}`)}, nil
	}
	return fetch.Response{Body: []byte("<html>")}, nil
}

// TestReadInPart: a source whose second document is broken is no healthy one; people hear of
// it once, and of its return. What the first document says counts.
func TestReadInPart(t *testing.T) {
	docs, err := feed.Documents("statuspage", "https://status.kaze.example")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	get := &half{works: true}
	p := feed.New(feed.Source{Name: "kaze", Documents: docs, Every: 5 * time.Minute}, feed.Options{Get: get, Keep: &memory{}, Now: func() time.Time { return now }})
	for n, want := range []struct {
		works bool
		news  []feed.News
	}{{true, nil}, {false, []feed.News{feed.Failing}}, {false, nil}, {true, []feed.News{feed.Back}}, {true, nil}} {
		get.works = want.works
		poll, err := p.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h := p.Health()
		if !slices.Equal(poll.News, want.news) || h.OK() != want.works || (h.Error == "") != want.works || poll.Result != feed.OK {
			t.Errorf("poll %d: %+v, health %+v", n, poll, h)
		}
		now = now.Add(5 * time.Minute)
	}
}

// TestTokens: a token is kept while it is good, and what the server says of a refusal goes
// into no error.
func TestTokens(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("client_secret") != "good" || r.FormValue("scope") != "graph" || r.FormValue("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client","error_description":"` + r.FormValue("client_secret") + `"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"t","token_type":"Bearer","expires_in":3600}`))
	}))
	defer server.Close()
	now := time.Now()
	clock := func() time.Time { return now }
	good := feed.Tokens(feed.Credentials{TokenURL: server.URL, ClientID: "kigen", ClientSecret: "good", Scope: "graph"}, clock)
	for range 2 {
		if token, err := good(t.Context()); token != "t" || err != nil {
			t.Error(token, err)
		}
	}
	now = now.Add(59*time.Minute + time.Second) // less than what a request may need is left
	if token, err := good(t.Context()); token != "t" || err != nil || asked.Load() != 2 {
		t.Errorf("%s, %v, asked %d times", token, err, asked.Load())
	}
	bad := feed.Tokens(feed.Credentials{TokenURL: server.URL, ClientID: "kigen", ClientSecret: "SECRET", Scope: "graph"}, clock)
	if _, err := bad(t.Context()); err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "client_secret") {
		t.Error(err)
	}
	gone := feed.Tokens(feed.Credentials{TokenURL: "http://127.0.0.1:1/SECRET", ClientSecret: "SECRET"}, clock)
	if _, err := gone(t.Context()); err == nil || strings.Contains(err.Error(), "SECRET") || errors.Unwrap(err) != nil {
		t.Error(err)
	}
}
