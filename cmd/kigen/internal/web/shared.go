package web

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// longestPart bounds a rendering that nobody may be waiting for any more.
const longestPart = 30 * time.Second

// mostShared bounds how many rendered parts are kept: one for each filter and
// language that somebody looks at.
const mostShared = 200

// sharedParts renders the part of a page that many people look at once for
// all of them: fifty boards on the wall ask one question, not fifty.
type sharedParts struct {
	mu    sync.Mutex
	parts map[string]*sharedPart
}

// sharedPart is one rendering, done or on its way.
type sharedPart struct {
	done   chan struct{}
	status int
	header http.Header
	body   []byte
}

// serve answers with the rendering under this key, which render makes if it is
// the first to ask. A rendering that failed is handed to those who wait for it
// and then forgotten.
func (c *sharedParts) serve(w http.ResponseWriter, r *http.Request, key string, render func(http.ResponseWriter)) {
	part, mine := c.part(key)
	if mine {
		c.fill(part, key, render)
	}
	select {
	case <-part.done:
	case <-r.Context().Done():
		return
	}
	if part.status == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	for name, values := range part.header {
		w.Header()[name] = values
	}
	w.WriteHeader(part.status)
	_, _ = w.Write(part.body) // who went away misses nothing
}

func (c *sharedParts) part(key string) (part *sharedPart, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if part, ok := c.parts[key]; ok {
		return part, false
	}
	if c.parts == nil || len(c.parts) >= mostShared {
		c.parts = map[string]*sharedPart{} // versions that passed make up most of it
	}
	part = &sharedPart{done: make(chan struct{}), header: http.Header{}}
	c.parts[key] = part
	return part, true
}

// fill renders; those who wait go on even when it panics.
func (c *sharedParts) fill(part *sharedPart, key string, render func(http.ResponseWriter)) {
	defer func() {
		if part.status != http.StatusOK {
			c.forget(key)
		}
		close(part.done)
	}()
	sink := &partWriter{part: part}
	render(sink)
}

func (c *sharedParts) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.parts, key)
}

// partWriter keeps an answer instead of sending it.
type partWriter struct{ part *sharedPart }

// Header is the kept answer's.
func (p *partWriter) Header() http.Header { return p.part.header }

// WriteHeader keeps the status.
func (p *partWriter) WriteHeader(status int) { p.part.status = status }

// Write keeps the body.
func (p *partWriter) Write(b []byte) (int, error) {
	p.part.body = append(p.part.body, b...)
	return len(b), nil
}

// clockHeader carries our clock's Unix milliseconds to a page's countdowns: a
// part that was rendered for somebody else a moment ago must not turn them back.
const clockHeader = "Kigen-Now"

// partLife is how long a rendering is good for when nothing happens: times in
// words move on, and so does kigen's own health.
const partLife = 10 * time.Second

// livePart answers with a part of a page, rendered once for each version, ten
// seconds, language, zone and address. Without versions it is rendered for each.
func (p *reader) livePart(w http.ResponseWriter, render func(*reader, http.ResponseWriter)) {
	w.Header().Set(clockHeader, strconv.FormatInt(p.now.UnixMilli(), 10))
	version := p.liveVersion()
	if version == "" {
		render(p, w)
		return
	}
	query := p.r.URL.Query()
	query.Del("lang")
	query.Del("zone")
	then := p.now.Truncate(partLife).Unix()
	key := version + " " + strconv.FormatInt(then, 10) + " " + p.lang + " " + p.Zone.String() + " " + p.r.URL.Path + "?" + query.Encode()
	p.shared.serve(w, p.r, key, func(w http.ResponseWriter) {
		// Others wait for it: it goes on when the first to ask goes away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.r.Context()), longestPart)
		defer cancel()
		forAll := *p
		forAll.r = p.r.WithContext(ctx)
		render(&forAll, w)
	})
}
