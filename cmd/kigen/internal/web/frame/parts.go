package frame

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"kigen/sla/tracker"
)

// longestPart is the timeout of a rendering, which continues when its requester
// disconnects.
const longestPart = 30 * time.Second

// mostShared bounds the cached renderings; each version, filter and language has
// one.
const mostShared = 200

// sharedParts renders a part of a page once for all open pages that show the
// same, so that fifty boards cost one query.
type sharedParts struct {
	mu    sync.Mutex
	parts map[string]*sharedPart
}

// sharedPart is a finished or running rendering.
type sharedPart struct {
	done   chan struct{}
	status int
	header http.Header
	body   []byte
	packed []byte // body, compressed once for all
	tag    string // of what the body shows
}

// serve answers with the rendering of a key. The first request calls render, the
// others wait for its result. A failed rendering is not cached.
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
	part.send(w, r)
}

// send answers with the rendering, or with 304 to a page that shows it already.
func (part *sharedPart) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range part.header {
		h[name] = values
	}
	body := part.body
	if part.status == http.StatusOK {
		h.Set("ETag", part.tag)
		h.Set("Vary", "Accept-Encoding")
		if r.Header.Get("If-None-Match") == part.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if part.packed != nil && acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = part.packed
		}
	}
	w.WriteHeader(part.status)
	_, _ = w.Write(body) // the client may have disconnected
}

// acceptsGzip reads the plain list of encodings that browsers send.
func acceptsGzip(r *http.Request) bool {
	for encoding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(encoding) == "gzip" {
			return true
		}
	}
	return false
}

// renderedAt matches what tells the time of a rendering: the page's script counts
// down itself, by clockHeader.
var renderedAt = regexp.MustCompile(` data-now="\d+"|<span class="count-value">[^<]*</span>`)

// finish compresses the body and tags it by what it shows. The tag is a weak one:
// it is that of the compressed body too.
func (part *sharedPart) finish() {
	sum := sha256.Sum256(renderedAt.ReplaceAll(part.body, nil))
	part.tag = `W/"` + hex.EncodeToString(sum[:12]) + `"`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(part.body); err == nil && z.Close() == nil {
		part.packed = packed.Bytes()
	}
}

func (c *sharedParts) part(key string) (part *sharedPart, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if part, ok := c.parts[key]; ok {
		return part, false
	}
	if c.parts == nil || len(c.parts) >= mostShared {
		c.parts = map[string]*sharedPart{} // most entries belong to outdated versions
	}
	part = &sharedPart{done: make(chan struct{}), header: http.Header{}}
	c.parts[key] = part
	return part, true
}

// fill renders the part. It releases the waiting requests even after a panic.
func (c *sharedParts) fill(part *sharedPart, key string, render func(http.ResponseWriter)) {
	defer func() {
		if part.status != http.StatusOK {
			c.forget(key)
		}
		close(part.done)
	}()
	sink := &partWriter{part: part}
	render(sink)
	part.finish()
}

func (c *sharedParts) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.parts, key)
}

// partWriter records a response.
type partWriter struct{ part *sharedPart }

// Header returns the recorded header.
func (p *partWriter) Header() http.Header { return p.part.header }

// WriteHeader records the status.
func (p *partWriter) WriteHeader(status int) { p.part.status = status }

// Write records the body.
func (p *partWriter) Write(b []byte) (int, error) {
	p.part.body = append(p.part.body, b...)
	return len(b), nil
}

// clockHeader contains kigen's time in Unix milliseconds. Countdowns use it
// instead of the time inside a shared part, which may be seconds old.
const clockHeader = "Kigen-Now"

// partLife is how long a rendering is valid without changes, because relative
// times and kigen's health change with time.
const partLife = 10 * time.Second

// LivePart answers with a part of a page, shared by version, time slot, language,
// zone and address. Without versions, each request is rendered by itself.
func (p *Reader) LivePart(w http.ResponseWriter, render func(*Reader, http.ResponseWriter)) {
	w.Header().Set(clockHeader, strconv.FormatInt(p.Now.UnixMilli(), 10))
	version := p.LiveVersion()
	if version == "" {
		render(p, w)
		return
	}
	query := p.R.URL.Query()
	query.Del("lang")
	query.Del("zone")
	then := p.Now.Truncate(partLife).Unix()
	me := ""
	if query.Get("owner") == tracker.OwnerMine { // the only part that differs from reader to reader
		me = p.Me()
	}
	key := version + " " + strconv.FormatInt(then, 10) + " " + p.Lang + " " + p.Zone.String() + " " + url.QueryEscape(me) + " " + p.R.URL.Path + "?" + query.Encode()
	p.shared.serve(w, p.R, key, func(w http.ResponseWriter) {
		// Other requests may wait for the result, so it is not cancelled with the
		// first one.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.R.Context()), longestPart)
		defer cancel()
		forAll := *p
		forAll.R = p.R.WithContext(ctx)
		render(&forAll, w)
	})
}
