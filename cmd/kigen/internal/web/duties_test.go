package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// The API decides and submits, once for each key, and keeps our clocks apart from the
// vendor's.
func TestDutiesOfTheAPI(t *testing.T) {
	s := newSite(t, withDuties("eu-gdpr", "us-sec"))
	s.setClock("2026-05-07 12:00")
	s.log(`{"vendor":"sotas","title":"leak","aware_at":"2026-05-07T10:00:00+09:00"}`)
	inc := object(t, s.send(http.MethodGet, "/api/v1/incidents/KGN-1", ""))
	duties := inc["duties"].([]any)
	gdpr := duties[0].(map[string]any)
	clock := gdpr["clocks"].([]any)[0].(map[string]any)
	if len(duties) != 2 || gdpr["duty"] != "eu-gdpr" || gdpr["decision"] != nil || gdpr["owed_by"] != "us" || !strings.Contains(gdpr["notice"].(string), "not legal advice") {
		t.Errorf("duties: %v", duties)
	}
	if clock["state"] != "running" || !strings.HasPrefix(clock["due"].(string), "2026-05-10T01:00:00") { // 72 h, in UTC
		t.Errorf("clock: %v", clock)
	}
	if clocks := inc["clocks"].([]any); len(clocks) != 1 {
		t.Errorf("%d clocks of the vendor", len(clocks))
	}
	for range 2 { // a repeated request changes nothing more
		s.wantStatus(http.MethodPost, "/api/v1/incidents/KGN-1/duties/eu-gdpr/decision", `{"applies":true,"reason":"personal data","by":"mori","aware_at":"2026-05-07T09:00:00+09:00"}`, "d1", http.StatusOK)
		s.wantStatus(http.MethodPost, "/api/v1/incidents/KGN-1/submissions", `{"duty":"eu-gdpr","submitted_at":"2026-05-07T11:00:00+09:00","reference":"A-1","files":[{"name":"report.txt","content":"aGVsbG8="}]}`, "s1", http.StatusCreated)
	}
	inc = object(t, s.send(http.MethodGet, "/api/v1/incidents/KGN-1", ""))
	if len(inc["decisions"].([]any)) != 1 || len(inc["submissions"].([]any)) != 1 || len(inc["notices"].([]any)) != 0 {
		t.Errorf("decisions %v, submissions %v", inc["decisions"], inc["submissions"])
	}
	clock = inc["duties"].([]any)[0].(map[string]any)["clocks"].([]any)[0].(map[string]any)
	if clock["state"] != "met" || !strings.HasPrefix(clock["due"].(string), "2026-05-10T00:00:00") {
		t.Errorf("after the submission: %v", clock)
	}
	list := object(t, s.send(http.MethodGet, "/api/v1/duties", ""))
	if open := list["clocks"].([]any); len(open) != 1 || open[0].(map[string]any)["duty"] != "us-sec" || open[0].(map[string]any)["decided"] != "undecided" {
		t.Errorf("open duties: %v", list["clocks"])
	}
	s.wantStatus(http.MethodPost, "/api/v1/incidents/KGN-1/submissions/1/withdraw", `{"reason":"another incident's"}`, "", http.StatusOK)
	s.wantStatus(http.MethodPost, "/api/v1/incidents/KGN-1/duties/us-hipaa/decision", `{"applies":true,"reason":"x"}`, "", http.StatusUnprocessableEntity)
	s.wantStatus(http.MethodPost, "/api/v1/incidents/KGN-1/duties/eu-gdpr/decision", `{"reason":"x"}`, "", http.StatusUnprocessableEntity)
	if err := s.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// wantStatus sends a request under an idempotency key.
func (s *site) wantStatus(method, path, body, key string, want int) {
	s.t.Helper()
	var headers []string
	if key != "" {
		headers = []string{"Idempotency-Key: " + key}
	}
	if w := s.send(method, path, body, headers...); w.StatusCode != want {
		s.t.Errorf("%s %s answers %d, want %d: %s", method, path, w.StatusCode, want, object(s.t, w))
	}
}
