package web

import (
	"compress/gzip"
	"log/slog"
	"net/http"
	"strings"

	"kigen/cmd/kigen/internal/chasing"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// New returns the handler of all routes: health, metrics, and the routes of the
// parts, which are pages.Mount and api.Mount.
func New(o Options, parts ...func(*Server)) http.Handler {
	s := newServer(o, parts...)
	return s.below(s.noteDenials(s.guard(compressed(s.authorize(s.Mux)))))
}

// compressed compresses texts for clients that accept it. What is compressed
// already, such as a shared part of the board, is left as it is, and a stream of
// events would wait in the compressor. So is the answer to a change: it is short, and
// the next change waits for it.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.ContentTypeFilter(isText), gzhttp.CompressionLevel(gzip.BestSpeed+2))
	if err != nil {
		panic("web: " + err.Error()) // the options are constant
	}
	packed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			packed.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isText reports whether a media type is that of a page, a style, a script or data.
func isText(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	switch mediaType {
	case "text/event-stream":
		return false
	case "application/json", "application/problem+json", "application/javascript", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(mediaType, "text/")
}

// newServer returns a server with the routes of the parts.
func newServer(o Options, parts ...func(*Server)) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Chasing == nil {
		o.Chasing = &chasing.Service{Tracker: o.Tracker, Zone: o.Zone, Lang: o.Lang, Now: o.Now}
	}
	s := &Server{
		Options: o, Mux: &routes{ServeMux: http.NewServeMux()}, least: leastRoles(),
		requests: newLimiter(requestRate, requestBurst), strangers: newLimiter(strangerRate, strangerBurst),
	}
	s.Mux.HandleFunc("GET /healthz", s.healthz)
	s.Mux.HandleFunc("GET /readyz", s.readyz)
	if o.Metrics != nil {
		s.Mux.Handle("GET /metrics", promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	}
	for _, mount := range parts {
		mount(s)
	}
	return s
}

// below strips the path prefix Base from requests that have it.
func (s *Server) below(next http.Handler) http.Handler {
	if s.Base == "" {
		return next
	}
	stripped := http.StripPrefix(s.Base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == s.Base:
			http.Redirect(w, r, s.Base+"/", http.StatusPermanentRedirect)
		case strings.HasPrefix(r.URL.Path, s.Base+"/"):
			stripped.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// healthz reports that the process is alive.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.Plain(w, http.StatusOK, "ok\n")
}
