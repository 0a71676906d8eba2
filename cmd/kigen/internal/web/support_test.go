package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

// site is a handler over real use cases, with a clock that the test moves.
type site struct {
	t       *testing.T
	now     time.Time
	store   *memory
	tracker *tracker.Tracker
	options web.Options
	handler http.Handler
}

var tokyo = time.FixedZone("Asia/Tokyo", 9*60*60)

func newSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	s := &site{t: t, now: time.Date(2026, 5, 7, 12, 0, 0, 0, tokyo), store: newMemory()}
	now := func() time.Time { return s.now }
	s.tracker = &tracker.Tracker{
		Store: s.store, Catalogue: catalogue(t), Now: now,
		Policies: sla.Policies{{To: []string{"console"}, Warn: []sla.Lead{{Share: 0.5}}, Repeat: 4 * time.Hour}},
	}
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s.options = web.Options{
		Tracker: s.tracker, Incidents: s.store, Catalogue: s.tracker.Catalogue, Zone: zone, Lang: "en",
		Version: "1.2.3", Now: now, Loopback: true, Metrics: prometheus.NewRegistry(),
		Report: func(_ context.Context, month, format, lang string) (string, []byte, error) {
			if month > "2026-05" {
				return "", nil, tracker.Invalid{{Field: "month", Value: month, Message: "has not begun: use 2026-05 or earlier"}}
			}
			return "text/" + format, []byte(month + " " + lang), nil
		},
	}
	for _, f := range change {
		f(&s.options)
	}
	s.handler = web.New(s.options)
	return s
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

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// object reads a JSON answer.
func object(t *testing.T, res *http.Response) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// log records an incident through the API and returns its id.
func (s *site) log(body string) string {
	s.t.Helper()
	res := s.send(http.MethodPost, "/api/v1/incidents", body)
	v := object(s.t, res)
	if res.StatusCode != http.StatusCreated {
		s.t.Fatalf("log %s: %d %v", body, res.StatusCode, v)
	}
	return v["id"].(string)
}

var errBroken = errors.New("disk on fire at /secret/path")

func catalogue(t *testing.T) sla.Catalogue {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	holidays, err := calendar.National("jp", 2020, 2030)
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{ID: "sotas", Zone: zone, Holidays: holidays, FirstYear: 2020, LastYear: 2030}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = []calendar.Span{{Open: 9 * 60, Close: 18 * 60}}
	}
	hours, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	six := sla.Rule{Op: sla.OpElapsed, Length: 6 * time.Hour}
	outside := func(opening sla.Op) sla.Rule {
		return sla.Rule{Op: sla.OpHours, Args: []sla.Rule{six, {Op: sla.OpLaterOf, Args: []sla.Rule{{Op: opening}, six}}}}
	}
	return sla.Catalogue{
		{ID: "sotas", Name: calendar.Text{Ja: "Sotas株式会社", En: "Sotas"}, Services: []string{"Sotas工程管理"}, Promises: []*sla.Promise{{
			ID: "incident-notice", Vendor: "sotas", Strength: sla.Firm, Start: sla.Occurred, Calendar: hours,
			Source:  sla.Source{Document: "SECURITY WHITE PAPER", Edition: "2024-09-01", Section: "第2章 34.2", Quote: "標準営業時間内の場合:発生から6時間以内"},
			Due:     outside(sla.OpNextOpening),
			Reading: "next-opening",
			Readings: []sla.Reading{
				{ID: "next-opening", Says: calendar.Text{Ja: "次の営業開始", En: "the next opening"}, Due: outside(sla.OpNextOpening)},
				{ID: "next-business-date", Says: calendar.Text{Ja: "翌営業日の日付", En: "the next business date"}, Due: outside(sla.OpNextDayStart)},
			},
		}}},
		{ID: "sustaina", Name: calendar.Text{Ja: "CCJ株式会社", En: "CCJ"}, Promises: []*sla.Promise{{
			ID: "incident-notice", Vendor: "sustaina", Strength: sla.Target, Start: sla.Confirmed, Calendar: hours,
			Gate: sla.Gate{Impact: []sla.Impact{sla.ImpactSerious}},
			Due:  sla.Rule{Op: sla.OpElapsed, Length: 24 * time.Hour},
		}}},
		{ID: "cybertrust", Name: calendar.Text{Ja: "サイバートラスト株式会社", En: "Cybertrust"}, Promises: []*sla.Promise{{
			ID: "incident-notice", Vendor: "cybertrust", Strength: sla.AsNeeded, Start: sla.Noticed, Calendar: hours,
			Due: sla.Rule{Op: sla.OpNone},
		}}},
	}
}
