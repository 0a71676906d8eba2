package web

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	maxBody      = 1 << 20 // bytes of a request body
	maxBatchBody = 8 << 20 // the same for a thousand incidents

	maxSignInBody = 8 << 10 // the same for a password, which anyone may send

	// Scripts and styles load from kigen's own files only, so that logged text
	// cannot run as a script; the board cannot be framed.
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// ReportPolicy fits a report, a self-contained file with inline style and no
	// script.
	ReportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
)

// EvidencePolicy prevents the browser from running anything in a file, which may
// be malicious.
const EvidencePolicy = "default-src 'none'; sandbox"

// guard protects every request: it sets the security headers, limits rate and
// body, checks host and origin, and recovers from panics.
func (s *Server) guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	if s.Origin != "" { // a proxy may forward requests of kigen's pages under another host
		if err := sameOrigin.AddTrustedOrigin(s.Origin); err != nil {
			s.Log.Error("origin not trusted", "origin", s.Origin, "error", err)
		}
	}
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.WriteProblem(w, r, http.StatusForbidden,
			"the request comes from a page of another site: send it from kigen's own pages or from a program")
	}))
	protected := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Frame-Options", "DENY") // for browsers without frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.Secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !s.within(s.requests, r) {
			s.tooMany(w, r)
			return
		}
		if !s.knowsHost(r.Host) {
			s.WriteProblem(w, r, http.StatusMisdirectedRequest,
				"the host "+r.Host+" is not served by kigen: use 127.0.0.1 or localhost")
			return
		}
		if problems := s.storable(r); len(problems) > 0 {
			s.WriteRefusal(w, r, problems[0])
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, BodyLimit(r.URL.Path))
		protected.ServeHTTP(w, r)
	})
}

// storable checks the texts of an address: names and searches in it reach the database.
func (s *Server) storable(r *http.Request) (problems tracker.Invalid) {
	_, route := s.Mux.Handler(r)
	_, route, _ = strings.Cut(route, " ") // without its method
	names := strings.Split(route, "/")
	for i, part := range strings.Split(r.URL.Path, "/") {
		field := "path"
		if i < len(names) && strings.HasPrefix(names[i], "{") {
			field = "path." + strings.Trim(names[i], "{.}")
		}
		problems.CheckStorable(field, part)
	}
	query := r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		field := "query." + phrase.Line(strings.ToValidUTF8(name, "\uFFFD"))
		problems.CheckStorable(field, name)
		for _, value := range query[name] {
			problems.CheckStorable(field, value)
		}
	}
	const key = "Idempotency-Key" // what is compared only, as If-Match, reaches no database
	problems.CheckStorable("header."+key, r.Header.Get(key))
	return problems
}

// BodyLimit is the largest body that a path accepts, in bytes.
func BodyLimit(path string) int64 {
	switch {
	case strings.HasSuffix(path, "/notices"), strings.HasSuffix(path, "/notes"), strings.HasSuffix(path, "/submissions"),
		strings.HasSuffix(path, "/documents"), path == "/register", strings.HasSuffix(path, "/register/publish"), path == "/register/import":
		return MaxNoticeBody
	case isPush(path):
		return intake.LargestMail
	case strings.HasSuffix(path, "/incidents/import"):
		return maxImportBody
	case strings.HasSuffix(path, "/incidents/batch"):
		return maxBatchBody
	case path == "/login" || strings.HasPrefix(path, "/login/") || path == "/logout" || strings.HasPrefix(path, "/account"):
		return maxSignInBody
	}
	return maxBody
}

// isPush reports whether what came in may be sent to a path: /intake/ and the name of a
// source.
func isPush(path string) bool {
	_, source, ok := strings.Cut(path, "/intake/")
	return ok && source != "" && !strings.Contains(source, "/")
}

// recovered turns a panic in a handler into an error response, so that it does
// not end the daemon.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // net/http aborts responses this way
	}
	s.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
	s.WriteProblem(w, r, http.StatusInternalServerError, InternalTrouble)
}

// knowsHost reports whether the Host header names this kigen. It refuses foreign
// names on loopback, which prevents DNS rebinding.
func (s *Server) knowsHost(hostport string) bool {
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

// MaxNoticeBody bounds a request with evidence, in bytes: files in base64 and
// the other fields.
const MaxNoticeBody = tracker.LargestFile/3*4 + 2<<20
