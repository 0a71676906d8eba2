package web

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
)

const (
	maxBody      = 1 << 20 // bytes of one request
	maxBatchBody = 8 << 20 // of a thousand incidents

	// Scripts and styles come from files of ours alone, so that no text that
	// someone logs can ever run; nobody may put the board into a frame.
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// A report is one self-contained file with its own style and no script.
	reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
)

// guard is what every request passes first.
func (s *server) guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	if s.Origin != "" { // a proxy may pass our own pages' requests on under another host
		if err := sameOrigin.AddTrustedOrigin(s.Origin); err != nil {
			s.Log.Error("origin not trusted", "origin", s.Origin, "error", err)
		}
	}
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.writeProblem(w, http.StatusForbidden,
			"this request came from another site's page: send it from kigen's own pages or from a program")
	}))
	protected := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Frame-Options", "DENY") // for what does not know frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !s.requests.allow(s.address(r), s.Now()) {
			s.tooMany(w)
			return
		}
		if !s.knowsHost(r.Host) {
			s.writeProblem(w, http.StatusMisdirectedRequest,
				"the host "+r.Host+" is not served here: use 127.0.0.1 or localhost")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r.URL.Path))
		protected.ServeHTTP(w, r)
	})
}

// bodyLimit bounds a request's body by what it is for, in bytes.
func bodyLimit(path string) int64 {
	switch {
	case strings.HasSuffix(path, "/notices"):
		return maxNoticeBody
	case strings.HasSuffix(path, "/incidents/batch"):
		return maxBatchBody
	}
	return maxBody
}

// recovered keeps one failing request from ending the daemon that watches
// every deadline.
func (s *server) recovered(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // net/http's own way to break off an answer
	}
	s.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
	s.writeProblem(w, http.StatusInternalServerError, insideTrouble)
}

// knowsHost reports whether a request for this host is meant for us.
func (s *server) knowsHost(hostport string) bool {
	if !s.Loopback {
		return true
	}
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return strings.EqualFold(host, "localhost") ||
		slices.ContainsFunc(s.Hosts, func(known string) bool { return strings.EqualFold(host, known) })
}
