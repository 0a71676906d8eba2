package feed_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// story is a source over several polls: what its server answers, and what follows.
type story struct {
	dir       string
	Story     string                 `json:"story"`
	Format    string                 `json:"format"`
	Rebasable bool                   `json:"rebasable"`
	Sources   map[string]storySource `json:"sources"`
	Polls     []storyPoll            `json:"polls"`
}

type storySource struct {
	Kind        string            `json:"kind"`
	Path        string            `json:"path"`
	Vendor      string            `json:"vendor"`
	Service     string            `json:"service"`
	Services    map[string]string `json:"services"`
	Every       string            `json:"every"`
	Anchor      map[string]string `json:"anchor"`
	Select      string            `json:"select"`
	MustContain string            `json:"must_contain"`
	Confirm     string            `json:"confirm"`
	Auth        string            `json:"auth"`
}

type storyPoll struct {
	N          int             `json:"n"`
	At         time.Time       `json:"at"`
	Responses  []storyResponse `json:"responses"`
	ServerDate string          `json:"server_date"`
	Deliver    []struct {
		File string `json:"file"`
	} `json:"deliver"`
}

type storyResponse struct {
	Path     string            `json:"path"`
	Host     string            `json:"host"`
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body"`
	Template bool              `json:"template"`
	Gzip     any               `json:"gzip"`
	Fault    string            `json:"fault"`
	Generate *struct {
		Kind string `json:"kind"`
		As   string `json:"as"`
		File string `json:"file"`
		To   int    `json:"to"`
	} `json:"generate"`
}

type recorded struct {
	poll       int
	host, path string
	header     http.Header
	sent       int
}

// replay serves a story on three hosts: SELF, the source; OTHER, another host; and TRAP, a
// private address that must not be asked.
type replay struct {
	t        *testing.T
	story    story
	mu       sync.Mutex
	n        int
	served   map[string]int
	requests []recorded
	base     map[string]string
	closed   chan struct{}
}

func readStory(t *testing.T, dir string) story {
	t.Helper()
	s := story{dir: dir}
	readJSON(t, filepath.Join(dir, "story.json"), &s)
	return s
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func serve(t *testing.T, s story) *replay {
	t.Helper()
	r := &replay{t: t, story: s, n: 1, served: map[string]int{}, base: map[string]string{}, closed: make(chan struct{})}
	for name, ip := range map[string]string{"SELF": "127.0.0.1", "OTHER": "127.0.0.2", "TRAP": "127.0.0.3"} {
		listener, err := net.Listen("tcp", ip+":0")
		if err != nil {
			t.Fatal(err)
		}
		srv := &httptest.Server{Listener: listener, Config: &http.Server{Handler: r.handler(name), ReadHeaderTimeout: time.Minute}}
		srv.Start()
		r.base[name] = srv.URL
		t.Cleanup(srv.Close)
	}
	t.Cleanup(func() { close(r.closed) })
	return r
}

func (r *replay) next(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n, r.served = n, map[string]int{}
}

func (r *replay) made(poll int) []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []recorded
	for _, q := range r.requests {
		if q.poll == poll {
			out = append(out, q)
		}
	}
	return out
}

func (r *replay) fill(text string) string {
	for name, base := range r.base {
		text = strings.ReplaceAll(text, "{{"+name+"}}", base)
		_, host, _ := strings.Cut(base, "//")
		text = strings.ReplaceAll(text, "{{"+name+"_HOST}}", host)
	}
	return text
}

func (r *replay) file(name string) []byte {
	b, err := os.ReadFile(filepath.Join(r.story.dir, name))
	if err != nil {
		r.t.Error(err)
	}
	return b
}

func (r *replay) handler(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		poll, at := r.story.Polls[r.n-1], len(r.requests)
		r.requests = append(r.requests, recorded{poll: r.n, host: host, path: q.URL.RequestURI(), header: q.Header.Clone()})
		var fit []storyResponse
		for _, a := range poll.Responses {
			if a.Path == q.URL.Path && (a.Host == host || a.Host == "" && host == "SELF") {
				fit = append(fit, a)
			}
		}
		i := r.served[host+q.URL.Path]
		r.served[host+q.URL.Path]++
		r.mu.Unlock()
		if poll.ServerDate != "" {
			w.Header().Set("Date", poll.ServerDate)
		}
		switch {
		case host == "TRAP":
			_, _ = io.WriteString(w, "secret-of-a-private-address")
		case len(fit) == 0:
			http.Error(w, "not in this poll", http.StatusNotFound)
		default:
			sent := r.answer(w, q, fit[min(i, len(fit)-1)])
			r.mu.Lock()
			r.requests[at].sent = sent
			r.mu.Unlock()
		}
	})
}

func (r *replay) answer(w http.ResponseWriter, q *http.Request, a storyResponse) int {
	if a.Fault == "drop" {
		panic(http.ErrAbortHandler)
	}
	for k, v := range a.Headers {
		w.Header().Set(k, r.fill(v))
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if a.Status == http.StatusOK && unmodified(q, w.Header()) {
		w.WriteHeader(http.StatusNotModified)
		return 0
	}
	body := r.body(a)
	if z, ok := a.Gzip.(bool); ok && z && strings.Contains(q.Header.Get("Accept-Encoding"), "gzip") || a.Gzip == "always" || a.Generate != nil && a.Generate.Kind == "bomb" {
		w.Header().Set("Content-Encoding", "gzip")
		if a.Generate == nil || a.Generate.Kind != "bomb" {
			body = squeeze(body)
		}
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(a.Status)
	switch a.Fault {
	case "truncate":
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case "stall":
		_, _ = w.Write(body[:min(64, len(body))])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-q.Context().Done():
		case <-r.closed:
		}
		return 64
	}
	sent := 0
	for part := range slices.Chunk(body, 1<<16) {
		n, err := w.Write(part)
		if sent += n; err != nil {
			break
		}
	}
	return sent
}

func unmodified(q *http.Request, h http.Header) bool {
	tag, asked := strings.TrimPrefix(h.Get("ETag"), "W/"), q.Header.Get("If-None-Match")
	if tag != "" && asked != "" {
		return strings.TrimPrefix(asked, "W/") == tag
	}
	return asked == "" && h.Get("Last-Modified") != "" && q.Header.Get("If-Modified-Since") == h.Get("Last-Modified")
}

func (r *replay) body(a storyResponse) []byte {
	if g := a.Generate; g != nil {
		if g.Kind == "bomb" {
			return squeeze(make([]byte, g.To))
		}
		b := bytes.TrimRight(r.file(g.File), " \n")
		cut, pad := len(b)-1, bytes.Repeat([]byte(" "), g.To-len(b))
		if g.As == "xml" {
			cut, pad = bytes.LastIndexByte(b, '<'), []byte("<!--"+strings.Repeat("x", g.To-len(b)-7)+"-->")
		}
		return slices.Concat(b[:cut], pad, b[cut:])
	}
	if a.Body == "" {
		return nil
	}
	b := r.file(a.Body)
	if a.Template {
		b = []byte(r.fill(string(b)))
	}
	return b
}

func squeeze(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}
