package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
)

// longestRequest bounds the method and path in a line of the access log, in bytes.
const longestRequest = 200

// noteDenials writes each request that is answered with a denial to the access log.
// Refused sign-ins are there already.
func (s *Server) noteDenials(next http.Handler) http.Handler {
	if s.Access == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &caller{}
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
		if !denies(seen.status) || signsIn(r.URL.Path) {
			return
		}
		ctx := context.WithoutCancel(r.Context()) // the client may be gone
		if err := s.Access.Denied(ctx, c.who.Actor(), s.Address(r), requestText(r)); err != nil {
			s.Log.ErrorContext(ctx, "access log not written", "kind", "denied", "error", err)
		}
	})
}

func denies(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusMisdirectedRequest
}

func signsIn(path string) bool { return path == "/login" || strings.HasPrefix(path, "/login/") }

// requestText is the method and path, in printable ASCII. A query may hold a secret.
func requestText(r *http.Request) string {
	text := strings.Trim(strconv.QuoteToASCII(r.Method+" "+r.URL.Path[:min(len(r.URL.Path), longestRequest)]), `"`)
	return text[:min(len(text), longestRequest)]
}

// statusWriter keeps the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader keeps the first status that is final.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Flush sends what is buffered, for a stream of events.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() } // it fails only where nothing is buffered

// Unwrap gives http.ResponseController the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
