// Package fakechat holds fakes of the chats and pagers that kigen speaks to by one address:
// a workflow of Microsoft Teams, a webhook of Google Chat, and PagerDuty's Events API v2. It
// is for tests only. Each fake has the limits and the answers of its original, as their
// public documents and issue trackers describe them.
//
// Each is one http.Handler.
package fakechat

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Call is one request that arrived.
type Call struct {
	N    int // 1, 2, 3 …
	Path string
	Body []byte
}

// Fault is one way in which a request fails.
type Fault struct {
	accept     bool // carry the request out before failing
	status     int
	retryAfter string
	hangUp     bool
	blackHole  bool
}

// Status answers with an HTTP status and the page of a gateway.
func Status(code int) Fault { return Fault{status: code} }

// TooMany answers 429 with a Retry-After header; empty: without.
func TooMany(retryAfter string) Fault {
	return Fault{status: http.StatusTooManyRequests, retryAfter: retryAfter}
}

// HangUp closes the connection without an answer.
func HangUp() Fault { return Fault{hangUp: true} }

// BlackHole never answers.
func BlackHole() Fault { return Fault{blackHole: true} }

// Accepted carries the request out and then fails like f: the answer is lost.
func (f Fault) Accepted() Fault {
	f.accept = true
	return f
}

// door takes the requests of a fake: it notes them and makes them fail.
type door struct {
	mu    sync.Mutex
	calls []Call
	judge func(Call) *Fault
}

// FailWhen calls judge for each request; the result nil lets it pass. The judge must not
// call the fake.
func (d *door) FailWhen(judge func(Call) *Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.judge = judge
}

// Calls returns the requests so far.
func (d *door) Calls() []Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

// serve answers a request by handle, which runs under the lock, or by a fault.
func (d *door) serve(w http.ResponseWriter, r *http.Request, handle func(body []byte) answer) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	call := Call{N: len(d.calls) + 1, Path: r.URL.Path, Body: body}
	d.calls = append(d.calls, call)
	var fault *Fault
	if d.judge != nil {
		fault = d.judge(call)
	}
	var said answer
	if fault == nil || fault.accept {
		said = handle(body)
	}
	d.mu.Unlock()
	if fault != nil {
		fault.answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(said.status)
	if said.body != nil {
		_ = json.NewEncoder(w).Encode(said.body) // the client may be gone
	}
}

type answer struct {
	status int
	body   any
}

func (f *Fault) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.blackHole:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.hangUp:
		panic(http.ErrAbortHandler) // net/http then drops the connection
	}
	if f.retryAfter != "" {
		w.Header().Set("Retry-After", f.retryAfter)
	}
	w.WriteHeader(f.status)
	_, _ = io.WriteString(w, "<html><body>"+http.StatusText(f.status)+"</body></html>")
}
