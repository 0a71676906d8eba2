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
func (s *Server) WriteFault(w http.ResponseWriter, err error) {
	status, detail := FaultStatus(w.Header(), err), InternalTrouble
	if status == http.StatusServiceUnavailable {
		detail = BusyTrouble
	}
	s.WriteProblem(w, status, detail)
}

// WriteRefusal answers outside huma's routes that one field is invalid.
func (s *Server) WriteRefusal(w http.ResponseWriter, p tracker.Problem) {
	d := &huma.ErrorDetail{Location: p.Field, Message: p.Message, Value: p.Value}
	s.WriteProblem(w, http.StatusUnprocessableEntity, Sentence(d), d)
}

// WriteProblem writes a problem document outside huma's routes.
func (s *Server) WriteProblem(w http.ResponseWriter, status int, detail string, fields ...*huma.ErrorDetail) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	err := json.NewEncoder(w).Encode(huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail, Errors: fields})
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
