package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// site is a handler over a real database and the built-in vendors, with a
// clock that the test moves.
type site struct {
	t       testing.TB
	now     time.Time
	store   *store.DB
	tracker *tracker.Tracker
	options web.Options
	handler http.Handler
}

func newSite(t testing.TB, change ...func(*web.Options)) *site {
	t.Helper()
	builtIn, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, now: time.Date(2026, 5, 7, 12, 0, 0, 0, builtIn.Timezone)}
	if s.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "kigen.db"), s.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	now := func() time.Time { return s.now }
	s.tracker = &tracker.Tracker{Store: s.store, Catalogue: builtIn.Catalogue, Policies: builtIn.Alerts, Now: now}
	s.options = web.Options{
		Tracker: s.tracker, Incidents: s.store, Catalogue: builtIn.Catalogue, Zone: builtIn.Timezone, Lang: "en",
		Version: "1.2.3", Now: now, Loopback: true, Metrics: prometheus.NewRegistry(), Report: fakeReport, Replay: fakeReplay,
	}
	for _, f := range change {
		f(&s.options)
	}
	s.handler = web.New(s.options)
	return s
}

// fakeReport stands in for the reports, which have tests of their own.
func fakeReport(_ context.Context, q web.ReportRequest) (string, []byte, error) {
	if q.Period > "2026-05" {
		return "", nil, tracker.Invalid{{Field: "month", Value: q.Period, Message: "has not begun: use 2026-05 or earlier"}}
	}
	return "text/" + q.Format, []byte(q.Period + " " + q.Lang), nil
}

// fakeReplay stands in for the replays, as fakeReport does for the reports.
func fakeReplay(_ context.Context, month string) (*tracker.Comparison, error) {
	if month > "2026-05" {
		return nil, tracker.Invalid{{Field: "month", Value: month, Message: "has not begun: use 2026-05 or earlier"}}
	}
	return &tracker.Comparison{Incidents: 4, Differences: []tracker.Difference{
		{Incident: 1, Vendor: "sotas", Promise: "incident-notice", Stands: tracker.Outcome{State: sla.Running}},
	}}, nil
}

// step lets time do its work up to now.
func (s *site) step() {
	s.t.Helper()
	if _, err := s.tracker.Step(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

// send asks and returns the answer. Headers are "Name: value".
func (s *site) send(method, path, body string, headers ...string) *http.Response {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

// get returns the text of a page that must be there.
func (s *site) get(path string, headers ...string) string {
	s.t.Helper()
	res := s.send(http.MethodGet, path, "", headers...)
	text := text(s.t, res)
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %d\n%s", path, res.StatusCode, text)
	}
	return text
}

func text(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// object reads a JSON answer.
func object(t testing.TB, res *http.Response) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// log records an incident through the API and returns its id.
func (s *site) log(body string, headers ...string) string {
	s.t.Helper()
	res := s.send(http.MethodPost, "/api/v1/incidents", body, headers...)
	v := object(s.t, res)
	if res.StatusCode != http.StatusCreated {
		s.t.Fatalf("log %s: %d %v", body, res.StatusCode, v)
	}
	return v["id"].(string)
}
