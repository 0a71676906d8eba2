package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/tracker"
	"kigen/store"
)

// liveSite is a site whose pages are told of news, and counts what they ask
// the store.
func liveSite(t *testing.T, change ...func(*web.Options)) (s *site, live *web.Live, asked *atomic.Int64) {
	t.Helper()
	live, asked = web.NewLive(), new(atomic.Int64)
	s = newSite(t, append(change, func(o *web.Options) {
		o.Live = live
		o.Incidents = countedLists{o.Incidents, asked}
		watch(o, live)
	})...)
	return s, live, asked
}

// watch has the pages hear of commits, as the daemon does.
func watch(o *web.Options, live *web.Live) {
	o.Tracker.Store.(*store.DB).Subscribe(func(_ context.Context, c store.Committed) {
		if len(c.Incidents) > 0 || c.Intake {
			live.Changed()
		}
	})
}

type countedLists struct {
	web.Incidents
	asked *atomic.Int64
}

func (c countedLists) List(ctx context.Context, q tracker.Query) (tracker.Page, error) {
	c.asked.Add(1)
	return c.Incidents.List(ctx, q)
}

// stream opens /events and hands on its lines.
func stream(t *testing.T, url, lastID string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, got)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(res.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	return lines
}

// next returns the value of the next line with this name; empty: the stream ended.
func next(t *testing.T, lines <-chan string, name string) string {
	t.Helper()
	bound := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return ""
			}
			if value, found := strings.CutPrefix(line, name+": "); found {
				return value
			}
		case <-bound:
			t.Fatalf("no %s within 20 s", name)
		}
	}
}

func TestOpenPagesAreToldOfEveryChange(t *testing.T) {
	s, live, _ := liveSite(t)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	_, since, _ := strings.Cut(s.get("/"), `data-events="/events?since=`)
	since, _, _ = strings.Cut(since, `"`)
	if since == "" {
		t.Fatal("the board does not say what it shows")
	}
	lines := stream(t, server.URL+"/events?since="+since, "")
	if got := next(t, lines, "retry"); got != "2000" {
		t.Fatalf("retry %q", got)
	}
	s.log(`{"vendor":"sotas","title":"One"}`)
	first := next(t, lines, "id")
	s.log(`{"vendor":"sotas","title":"Two"}`)
	second := next(t, lines, "id")
	if first == "" || second == "" || first == second || first == since {
		t.Errorf("versions %q, %q, %q", since, first, second)
	}
	// Whoever comes back after a break is told at once, unless it has missed nothing.
	if got := next(t, stream(t, server.URL+"/events?since="+since, first), "id"); got != second {
		t.Errorf("after a break: %q, want %q", got, second)
	}
	quiet := stream(t, server.URL+"/events", second)
	next(t, quiet, "retry")
	live.Close()
	for _, l := range []<-chan string{quiet, lines} {
		if got := next(t, l, "id"); got != "" {
			t.Errorf("told %q with nothing new", got)
		}
	}
}

// A burst of commits is one announcement, and fifty boards cost one query.
func TestManyBoardsAskOnce(t *testing.T) {
	s, _, asked := liveSite(t)
	for range 20 {
		s.log(`{"vendor":"sotas","title":"Burst"}`)
	}
	version := func() string {
		_, v, _ := strings.Cut(s.get("/"), "events?since=")
		v, _, _ = strings.Cut(v, `"`)
		return v
	}
	if before := version(); !strings.HasSuffix(before, "-1") && !strings.HasSuffix(before, "-2") {
		t.Errorf("20 commits at once led to %s", before)
	}
	asked.Store(0)
	var boards sync.WaitGroup
	for i := range 50 {
		boards.Go(func() {
			path := []string{"/board", "/board?state=running"}[i%2]
			if page := s.get(path); !strings.Contains(page, "KGN-20") {
				t.Error("the board lacks what was logged")
			}
		})
	}
	boards.Wait()
	// An announcement on its way may come in between.
	if n := asked.Load(); n < 2 || n > 4 {
		t.Errorf("50 boards with 2 filters asked %d times", n)
	}
	if h := s.send(http.MethodGet, "/board", "").Header; h.Get("Kigen-Now") == "" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", h)
	}
}

// Behind a proxy below a path, every link, form, redirect and cookie has it,
// whether the proxy takes it away from the request or leaves it.
func TestBelowAPath(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Base = "/soc/kigen"; o.Live = web.NewLive() })
	s.seed()
	for _, path := range []string{"/", "/incidents/new", "/incidents/KGN-6", "/vendors", "/vendors/sotas", "/reports", "/board"} {
		for _, page := range []string{s.get(path), s.get("/soc/kigen" + path)} {
			for _, attribute := range []string{`href="`, `action="`, `src="`, `data-part="`, `data-events="`} {
				for _, rest := range strings.Split(page, attribute)[1:] {
					if strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "/soc/kigen/") {
						t.Errorf("%s leads to %.30s", path, rest)
					}
				}
			}
		}
	}
	res := s.send(http.MethodPost, "/soc/kigen/incidents/KGN-6/ack", "by=Mori", "Content-Type: application/x-www-form-urlencoded")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/soc/kigen/incidents/KGN-6?done=ack" {
		t.Errorf("%d, to %q", res.StatusCode, got)
	}
	if got := res.Header.Get("Set-Cookie"); !strings.Contains(got, "Path=/soc/kigen/") {
		t.Errorf("cookie %q", got)
	}
	if got := s.send(http.MethodGet, "/soc/kigen", "").Header.Get("Location"); got != "/soc/kigen/" {
		t.Errorf("the path itself leads to %q", got)
	}
	for path, want := range map[string]int{"/soc/kigen/healthz": 200, "/healthz": 200, "/soc/kigen/api/v1/vendors": 200, "/soc/kigenx/": 404} {
		if got := s.send(http.MethodGet, path, "").StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
