package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// InternalTrouble is the text of every internal error. Details go to the log only.
const InternalTrouble = "internal error in kigen: see its log for the cause, then try again"

// BusyTrouble is the error text while nothing can be written; BusyRetry is the
// value of Retry-After, in seconds.
const (
	BusyTrouble = "kigen cannot write now, because its database is locked by another process, its disk is full, or its configuration is being reloaded; nothing was changed: try again after the seconds in Retry-After"
	BusyRetry   = "10"
)

// FaultStatus returns the status for an internal error, and sets Retry-After if
// the error is temporary.
func FaultStatus(h http.Header, err error) int {
	if errors.Is(err, tracker.ErrUnavailable) {
		h.Set("Retry-After", BusyRetry)
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// FaultLevel is the level at which an error of a request is logged. One after the client
// left, such as a person who opened another page before this one was loaded, is no fault
// of kigen.
func FaultLevel(ctx context.Context) slog.Level {
	if errors.Is(ctx.Err(), context.Canceled) {
		return slog.LevelDebug
	}
	return slog.LevelError
}

// WriteFault answers with an internal error outside huma's routes.
func (s *Server) WriteFault(w http.ResponseWriter, r *http.Request, err error) {
	status, detail := FaultStatus(w.Header(), err), InternalTrouble
	if status == http.StatusServiceUnavailable {
		detail = BusyTrouble
	}
	s.WriteProblem(w, r, status, detail)
}

// WriteRefusal answers outside huma's routes that one field is invalid.
func (s *Server) WriteRefusal(w http.ResponseWriter, r *http.Request, p tracker.Problem) {
	d := &huma.ErrorDetail{Location: p.Field, Message: Said(acceptedLang(r), p), Value: p.Value}
	s.WriteProblem(w, r, http.StatusUnprocessableEntity, Sentence(d), d)
}

// WriteProblem writes a problem document outside huma's routes, in the language that
// the request accepts.
func (s *Server) WriteProblem(w http.ResponseWriter, r *http.Request, status int, detail string, fields ...*huma.ErrorDetail) {
	lang := acceptedLang(r)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	err := json.NewEncoder(w).Encode(huma.ErrorModel{
		Title: localizer.Sentence(lang, http.StatusText(status)), Status: status, Detail: localizer.Sentence(lang, detail), Errors: fields,
	})
	if err != nil {
		s.Log.Debug("answer not delivered", "error", err)
	}
}

// Sentence writes one detail as a line.
func Sentence(d *huma.ErrorDetail) string {
	field := d.Location
	for _, part := range []string{"body.", "path.", "query.", "header."} {
		field = strings.TrimPrefix(field, part)
	}
	if d.Value == nil || d.Value == "" {
		return field + ": " + d.Message
	}
	value, err := json.Marshal(d.Value)
	if err != nil || len(value) > 200 {
		return field + ": " + d.Message
	}
	return fmt.Sprintf("%s %s: %s", field, value, d.Message)
}

// Plain answers with text.
func (s *Server) Plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write([]byte(text)); err != nil {
		s.Log.Debug("answer not delivered", "error", err)
	}
}
