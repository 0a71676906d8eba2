package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/tracker"
)

// held is a store whose database another process holds.
type held struct{ tracker.Store }

func (held) Update(context.Context, func(tracker.Tx) error) error {
	return fmt.Errorf("begin to write: %w", tracker.ErrUnavailable)
}

// While another process holds the database a change is refused for now, with
// when to try again: it is no fault of the request, and none that is to stay.
func TestAHeldDatabaseIsAskedAgainLater(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Tracker.Store = held{o.Tracker.Store} })
	api := s.send(http.MethodPost, "/api/v1/incidents", `{"vendor":"sotas","title":"x"}`, "Content-Type: application/json")
	defer api.Body.Close()
	board := s.send(http.MethodPost, "/incidents", "vendor=sotas&title=x", "Content-Type: application/x-www-form-urlencoded", "Origin: http://127.0.0.1:8080", "Sec-Fetch-Site: same-origin")
	defer board.Body.Close()
	for where, answer := range map[string]*http.Response{"the API": api, "the board": board} {
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s answers %d, Retry-After %q", where, answer.StatusCode, answer.Header.Get("Retry-After"))
		}
	}
	if kind := api.Header.Get("Content-Type"); !strings.Contains(kind, "problem+json") {
		t.Errorf("the API answers with %s", kind)
	}
}

// A configuration that is refused is answered with each of its mistakes, word
// for word.
func TestRefusedReloadNamesEveryMistake(t *testing.T) {
	s := newSite(t, withEverything, func(o *web.Options) {
		o.Reload = func(context.Context) (*web.Reloaded, error) {
			return nil, &web.ReloadRefusedError{Mistakes: []web.Mistake{
				{File: "kigen.yaml", Line: 4, Field: "destinations.lead", Message: "give exactly one"},
				{File: "kigen.yaml", Line: 9, Field: "report.schedule", Value: "x", Message: `use "0 9 1 * *"`},
			}}
		}
	})
	answer := s.send(http.MethodPost, "/api/v1/reload", "")
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(kind, "problem+json") {
		t.Errorf("%d, %s", answer.StatusCode, kind)
	}
	said := text(t, answer)
	for _, want := range []string{`"location":"kigen.yaml:4 destinations.lead"`, `"location":"kigen.yaml:9 report.schedule"`, `use \"0 9 1 * *\"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the document lacks %s:\n%s", want, said)
		}
	}
}
