package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
)

// wire answers as the network carries it: compressed, to a client that accepts it.
func wire(t *testing.T, server *httptest.Server, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

// With 60 open incidents a board costs 10 KB, a change of it on 50 boards less than
// 1 MB, and nothing where nothing has changed.
func TestBoardsAreSmallOnTheWire(t *testing.T) {
	live := web.NewLive()
	defer live.Close()
	s := newSite(t, withIntake(&[]string{}), func(o *web.Options) {
		o.Live = live
		watch(o, live)
	})
	server := httptest.NewServer(s.handler)
	defer server.Close()
	for i := range 60 {
		s.send(http.MethodPost, "/api/v1/incidents", fmt.Sprintf(`{"vendor":"sotas","title":"工程管理にログインできない %d","reference":"SOC-%d","occurred_at":"2026-05-07 %02d:%02d"}`, i, i, 9+i/30, i%60))
	}
	page, body := wire(t, server, "/")
	if len(body) > 10_000 || page.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the board is %d bytes, %q", len(body), page.Header.Get("Content-Encoding"))
	}
	part, body := wire(t, server, "/board")
	tag := part.Header.Get("ETag")
	if 50*len(body) > 1<<20 || part.Header.Get("Content-Encoding") != "gzip" || tag == "" {
		t.Errorf("a part is %d bytes, %q, tag %s", len(body), part.Header.Get("Content-Encoding"), tag)
	}
	same, body := wire(t, server, "/board", "If-None-Match", tag)
	if same.StatusCode != http.StatusNotModified || len(body) != 0 || same.Header.Get("Kigen-Now") == "" {
		t.Errorf("what is shown already: %s, %d bytes", same.Status, len(body))
	}
	s.set(s.now().Add(12e9)) // a rendering of its own, within the minute that the page shows
	if later, _ := wire(t, server, "/board", "If-None-Match", tag); later.StatusCode != http.StatusNotModified {
		t.Errorf("twelve seconds later: %s", later.Status)
	}
	s.send(http.MethodPost, "/api/v1/incidents", `{"vendor":"sotas","title":"another","occurred_at":"2026-05-07 11:00"}`)
	s.set(s.now().Add(12e9))
	if news, _ := wire(t, server, "/board", "If-None-Match", tag); news.StatusCode != http.StatusOK {
		t.Errorf("news: %s", news.Status)
	}
	if plain := s.get("/board"); !strings.Contains(plain, "another") {
		t.Error("a client that accepts no compression gets none of it")
	}
	if list, _ := wire(t, server, "/api/v1/incidents"); list.Header.Get("Content-Encoding") != "gzip" {
		t.Error("the list is not compressed")
	}
	change, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/v1/incidents",
		strings.NewReader(`{"vendor":"sotas","title":"one more","occurred_at":"2026-05-07 11:00"}`))
	if err != nil {
		t.Fatal(err)
	}
	change.Header.Set("Accept-Encoding", "gzip")
	change.Header.Set("Content-Type", "application/json")
	answer, err := server.Client().Do(change)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated || answer.Header.Get("Content-Encoding") != "" {
		t.Errorf("the answer to a change: %s, %q", answer.Status, answer.Header.Get("Content-Encoding"))
	}
}

// A stream of events is never held up in a compressor, and one client cannot take
// all of them.
func TestStreamsOfOneClientAreBounded(t *testing.T) {
	live := web.NewLive()
	s := newSite(t, func(o *web.Options) { o.Live = live })
	server := httptest.NewServer(s.handler)
	defer server.Close()
	defer live.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	open := func() *http.Response {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	for i := range 100 {
		res := open()
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "" {
			t.Fatalf("stream %d: %s, %q", i, res.Status, res.Header.Get("Content-Encoding"))
		}
		first := make([]byte, 5)
		if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != "retry" {
			t.Fatalf("stream %d: %q, %v", i, first, err)
		}
	}
	if res := open(); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more: %s", res.Status)
	}
}
