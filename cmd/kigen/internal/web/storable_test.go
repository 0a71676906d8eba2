package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kigen/sla/tracker"
	"kigen/store/storetest"
)

// TestTextsOnPostgres: what one database takes, the other one takes, too.
func TestTextsOnPostgres(t *testing.T) {
	storetest.AgainOnPostgres(t, "^(TestTextsThatNoDatabaseTakes|TestFieldsOfOneLine|TestFormsOfOneLine)$")
}

// unstorable are texts with what no database takes, and how a refusal calls it.
var unstorable = map[string]string{"a\x00b": "NUL", "a\xffb": "UTF-8"}

// TestTextsThatNoDatabaseTakes sends them in every address, query, header and form; bodies
// of the API are in TestFieldsOfOneLine. The refusal names the field.
func TestTextsThatNoDatabaseTakes(t *testing.T) {
	s := newSite(t, everyOperation)
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07T10:00"}`)
	recorded := s.get("/api/v1/incidents/KGN-1/events")
	doc := object(t, s.send(http.MethodGet, "/openapi.json", ""))
	fill := strings.NewReplacer("{id}", "KGN-1", "{month}", "2026-04", "{n}", "1", "{promise}", "incident-notice", "{duty}", "eu-gdpr")
	queries := 0
	for text, called := range unstorable {
		encoded := url.QueryEscape(text)
		refused := func(method, address, field string, body url.Values, header http.Header) {
			t.Helper()
			r := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:8080"+address, strings.NewReader(body.Encode()))
			for name := range header {
				r.Header[name] = header[name]
			}
			if body != nil {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			if answer := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(answer, field) || !strings.Contains(answer, called) {
				t.Errorf("%s %s, %s %q: %d %.300s", method, address, field, text, w.Code, answer)
			}
		}
		for path, operations := range doc["paths"].(map[string]any) {
			for method, operation := range operations.(map[string]any) {
				method, here := strings.ToUpper(method), fill.Replace(path)
				parameters, _ := operation.(map[string]any)["parameters"].([]any)
				for _, p := range parameters {
					name := fmt.Sprint(p.(map[string]any)["name"])
					switch p.(map[string]any)["in"] {
					case "query":
						queries++
						refused(method, here+"?"+name+"="+encoded, name, nil, nil)
					case "path":
						refused(method, fill.Replace(strings.Replace(path, "{"+name+"}", encoded, 1)), "path", nil, nil)
					}
				}
			}
		}
		for _, page := range []string{"/?q=", "/?vendor=", "/?owner=", "/vendors?q=", "/reports?month=", "/incidents/new?vendor=", "/register?q="} {
			_, field, _ := strings.Cut(strings.TrimSuffix(page, "="), "?")
			refused(http.MethodGet, page+encoded, field, nil, nil)
		}
		refused(http.MethodGet, "/incidents/"+encoded, "path", nil, nil)
		for form, field := range map[string]string{
			"/login": "name", "/incidents": "title", "/incidents/KGN-1/notes": "text", "/incidents/KGN-1/amend": "description", "/incidents/preview": "vendor", "/incidents/import": "map",
		} {
			refused(http.MethodPost, form, field, url.Values{field: {text}}, nil)
		}
		refused(http.MethodPost, "/api/v1/incidents", "Idempotency-Key", nil, http.Header{"Idempotency-Key": {text}})
		_, err := s.store.List(t.Context(), tracker.Query{Text: text})
		if invalid, ok := tracker.AsInvalid(err); !ok || invalid[0].Field != "q" {
			t.Errorf("a search of a program: %v", err)
		}
	}
	if queries < 20 {
		t.Errorf("only %d parameters were tried", queries)
	}
	if events := s.get("/api/v1/incidents/KGN-1/events"); events != recorded {
		t.Errorf("something was recorded: %s", events)
	}
}
