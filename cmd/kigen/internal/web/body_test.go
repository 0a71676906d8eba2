package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A body that gives a field twice is refused and names it: no deadline depends on which of
// the two a parser takes.
func TestABodyIsUnambiguous(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct{ path, body, location string }{
		{"", `{"vendor":"sotas","title":"x","occurred_at":"2026-05-01 18:00","occurred_at":"2026-05-01 09:00"}`, "body.occurred_at"},
		{"", `{"vendor":"sotas","title":"x","\u0074itle":"x"}`, "body.title"},
		{"/batch", `{"incidents":[{"vendor":"sotas","title":"x"},{"vendor":"sotas","title":"x","vendor":"sotas"}]}`, "body.incidents[1].vendor"},
		{"/batch", `{"incidents":[],"incidents":[{"vendor":"sotas","title":"x"}]}`, "body.incidents"},
	} {
		for lang, message := range map[string]string{"en": "appears twice: keep one", "ja": "重複しています。1つだけにしてください。"} {
			answer := text(t, s.ask(t, http.MethodPost, "/api/v1/incidents"+c.path, "", strings.NewReader(c.body),
				http.Header{"Content-Type": {"application/json"}, "Accept-Language": {lang}}))
			var problem struct {
				Status int
				Errors []struct{ Location, Message string }
			}
			if err := json.Unmarshal([]byte(answer), &problem); err != nil {
				t.Fatalf("%v\n%s", err, answer)
			}
			if problem.Status != http.StatusBadRequest || len(problem.Errors) != 1 || problem.Errors[0].Location != c.location || problem.Errors[0].Message != message {
				t.Errorf("%s: %s", c.body, answer)
			}
		}
	}
	if list := s.get("/api/v1/incidents"); !strings.Contains(list, `"incidents":[]`) {
		t.Errorf("something was logged: %s", list)
	}
}
