package fakeslack

import (
	"net/http"
)

// Fault is one way in which a request fails.
type Fault struct {
	accept bool // carry the request out before failing
	none   bool

	status    int
	header    http.Header
	body      string
	hangUp    bool
	blackHole bool
}

// Fail scripts the next requests: each takes one fault, in order.
func (s *Slack) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, faults...)
}

// FailWhen calls judge for each request that the script does not cover; the
// result nil lets it pass. The judge must not call the workspace.
func (s *Slack) FailWhen(judge func(Call) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judge = judge
}

// Pass lets one request of a script through.
func Pass() Fault { return Fault{none: true} }

// TooMany answers 429 with a Retry-After header of any form; empty: without.
func TooMany(retryAfter string) Fault {
	header := http.Header{}
	if retryAfter != "" {
		header.Set("Retry-After", retryAfter)
	}
	return Fault{status: http.StatusTooManyRequests, header: header, body: `{"ok":false,"error":"ratelimited"}`}
}

// Status answers with an HTTP status and the page of a gateway.
func Status(code int) Fault {
	return Fault{status: code, body: "<html><body>" + http.StatusText(code) + "</body></html>"}
}

// Says answers with one of Slack's error words.
func Says(word string) Fault {
	return Fault{status: http.StatusOK, body: `{"ok":false,"error":"` + word + `"}`}
}

// Body answers 200 with the given body.
func Body(body string) Fault { return Fault{status: http.StatusOK, body: body} }

// HangUp closes the connection without an answer.
func HangUp() Fault { return Fault{hangUp: true} }

// BlackHole never answers.
func BlackHole() Fault { return Fault{blackHole: true} }

// Accepted carries the request out and then fails like f, so that the caller
// cannot know whether it succeeded.
func (f Fault) Accepted() Fault {
	f.accept = true
	return f
}

// Ptr returns the fault for a judge.
func (f Fault) Ptr() *Fault { return &f }

func (f *Fault) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.blackHole:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.hangUp:
		panic(http.ErrAbortHandler) // net/http then drops the connection
	}
	for key, values := range f.header {
		w.Header()[key] = values
	}
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(f.body))
}
