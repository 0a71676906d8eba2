package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// site is a handler over a real database and the built-in vendors, with a
// clock that the test moves.
type site struct {
	place   string // of the database
	t       testing.TB
	clock   atomic.Pointer[time.Time]
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
	s := &site{t: t}
	s.set(time.Date(2026, 5, 7, 12, 0, 0, 0, builtIn.Timezone))
	s.place = storetest.Path(t)
	if s.store, err = store.Open(t.Context(), s.place, s.now()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.tracker = &tracker.Tracker{Store: s.store, Catalogue: builtIn.Catalogue, Policies: builtIn.Alerts, Now: s.now}
	s.options = web.Options{
		Tracker: s.tracker, Incidents: s.store, Catalogue: builtIn.Catalogue, Zone: builtIn.Timezone, Lang: "en",
		Version: "1.2.3", Now: s.now, Reach: web.Reach{Loopback: true}, Metrics: prometheus.NewRegistry(),
		Reports: fakeReports{}, Operations: web.Operations{Replay: fakeReplay},
	}
	s.options.Register = &registry.Registry{Store: s.store, Papers: s.store, Config: builtIn, TakeOver: s.takeOver, Now: s.now}
	for _, f := range change {
		f(&s.options)
	}
	s.handler = web.New(s.options, pages.Mount, api.Mount)
	return s
}

// takeOver puts in force what was published, as the daemon does.
func (s *site) takeOver(ctx context.Context) error {
	published, err := s.store.Published(ctx)
	if err != nil {
		return err
	}
	next, err := s.options.Register.Config.With(published)
	if err != nil {
		return err
	}
	whole := *s.options.Register
	whole.Config = next
	s.options.Register, s.options.Catalogue, s.tracker.Catalogue = &whole, next.Catalogue, next.Catalogue
	handler := web.New(s.options, pages.Mount, api.Mount)
	if present, ok := s.handler.(*switching); ok { // a browser is open
		present.Store(&handler)
		return nil
	}
	s.handler = handler
	return nil
}

// now is the site's time, which a browser's requests read while the test moves it.
func (s *site) now() time.Time { return *s.clock.Load() }

func (s *site) set(now time.Time) { s.clock.Store(&now) }

// fakeReports stands in for the reports, which have tests of their own.
type fakeReports struct{ fakeIndex }

// Render makes a file of the request's own words.
func (fakeReports) Render(_ context.Context, q reporting.Request) (*reporting.File, error) {
	if q.Period > "2026-05" {
		return nil, tracker.Invalidf("month", q.Period, "has not begun: use 2026-05 or earlier")
	}
	body := q.Period + " " + q.Lang
	return &reporting.File{MediaType: "text/" + q.Format, Content: io.NewSectionReader(strings.NewReader(body), 0, int64(len(body)))}, nil
}

// fakeIndex is of 2026: a year with two months that have clocks, of which one
// was kept and has changed since.
type fakeIndex struct{}

func (fakeIndex) Year(_ context.Context, year int) (*reporting.ReportYear, error) {
	if year > 2026 {
		return nil, tracker.Invalidf("month", year, "has not begun")
	}
	y := &reporting.ReportYear{Year: year, Years: []int{2026, 2025}}
	if year < 2026 {
		y.Periods = []reporting.ReportEntry{{Label: strconv.Itoa(year), Kind: "year", Finished: true}}
		return y, nil
	}
	y.Periods = []reporting.ReportEntry{
		{Label: "2026", Kind: "year", Clocks: 5, Due: 3, Kept: 2}, {Label: "2026-Q2", Kind: "quarter", Clocks: 5, Due: 3, Kept: 2},
		{Label: "2026-05", Kind: "month", Clocks: 2}, {Label: "2026-04", Kind: "month", Finished: true, Clocks: 3, Due: 3, Kept: 2, Edition: 2},
		{Label: "2026-03", Kind: "month", Finished: true},
	}
	return y, nil
}

func (fakeIndex) Page(_ context.Context, label, vendor, lang string) (*reporting.ReportPage, error) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		return nil, err
	}
	period, err := report.ParsePeriod(label, zone, time.Date(2026, 5, 7, 12, 0, 0, 0, zone))
	if err != nil {
		return nil, tracker.Invalidf("month", label, "is none")
	}
	s := &reporting.ReportPage{Name: "Report of " + label + " " + lang, Report: report.Report{Period: period, VendorFilter: vendor}}
	if vendor != "" && vendor != "sotas" {
		return nil, tracker.Invalidf("vendor", vendor, "is not in the catalogue")
	}
	if label != "2026-04" {
		return s, nil
	}
	s.Previous, s.Next = "2026-03", "2026-05"
	s.Report.Totals.Incidents = 3
	s.Report.Vendors = []report.Vendor{
		{ID: "sotas", Name: calendar.Text{Ja: "Sotas株式会社", En: "Sotas"}, Figures: report.Figures{Incidents: 3, Counts: report.Counts{Clocks: 3, Met: 2, Late: 1}, Compliance: report.Compliance{Share: report.Share{Due: 3, Kept: 2}}}},
		{ID: "b", Name: calendar.Text{Ja: "<b>", En: "<b>"}},
	}
	s.Report.Totals.Compliance.Share = report.Share{Due: 3, Kept: 2}
	s.Report.SinceEdition = &report.EditionChanges{Edition: 2, Corrections: []report.Correction{{
		Incident: 7, VendorName: calendar.Text{Ja: "Sotas株式会社", En: "Sotas"}, Title: "<script>", Effect: report.EffectVerdict,
		Was: &report.Standing{Verdict: report.Overdue}, Is: &report.Standing{Verdict: report.Late},
	}}}
	s.Editions = []store.Edition{
		{Number: 2, MadeAt: period.To.Add(9 * time.Hour), Kigen: "1.2.3", SHA256: strings.Repeat("ab", 32)},
		{Number: 1, MadeAt: period.To, Kigen: "1.2.3", SHA256: strings.Repeat("cd", 32)},
	}
	return s, nil
}

// Destinations are two, of which soc gets the scheduled reports.
func (fakeReports) Destinations() (all, scheduled []string) {
	return []string{"lead", "soc"}, []string{"soc"}
}

// Freeze keeps a month that has ended once.
func (fakeReports) Freeze(_ context.Context, period string) (e *reporting.Edition, isNew bool, err error) {
	switch {
	case period > "2026-04":
		return nil, false, tracker.Invalidf("month", period, "has not ended: its report can be kept and sent from %s", "2026-06-01 00:00")
	case period == "2026-04":
		return &reporting.Edition{Number: 2}, false, nil
	}
	return &reporting.Edition{Number: 1}, true, nil
}

// Send sends to the named destinations, or to soc.
func (fakeReports) Send(_ context.Context, period string, to []string) (*reporting.SendResult, error) {
	switch {
	case period > "2026-04":
		return nil, tracker.Invalidf("month", period, "has not ended: its report can be sent from 2026-06-01 00:00")
	case len(to) == 0:
		to = []string{"soc"}
	case to[0] == "busy":
		return nil, fmt.Errorf("report: %w", tracker.ErrConflict)
	}
	return &reporting.SendResult{Period: period, Edition: 1, Key: "report/" + period + "/sent/1", To: to, Files: []string{"kigen-" + period + ".pdf"}}, nil
}

// fakeReplay stands in for the replays, as fakeReports does for the reports.
func fakeReplay(_ context.Context, month string) (*tracker.Comparison, error) {
	if month > "2026-05" {
		return nil, tracker.Invalidf("month", month, "has not begun: use 2026-05 or earlier")
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
	s.declared(r, w.Code)
	return w.Result()
}

// described is the description of the API, read once, with a route for each operation.
var described struct {
	sync.Once

	routes    *http.ServeMux
	responses map[string]map[string]any // by route
}

// declared checks that the description of the API names the status of an answer.
func (s *site) declared(r *http.Request, status int) {
	s.t.Helper()
	described.Do(func() {
		described.routes, described.responses = http.NewServeMux(), map[string]map[string]any{}
		w := httptest.NewRecorder()
		everything := s.options
		everything.Access, everything.Published, everything.Allow = nil, false, web.Allow{}
		everything.Reload = func(context.Context) (*web.Reloaded, error) { return &web.Reloaded{}, nil }
		everything.Trial = func(context.Context, string) (web.Trial, error) { return web.Trial{}, nil }
		everything.Reports, everything.Replay, everything.Base = fakeReports{}, fakeReplay, ""
		web.New(everything, api.Mount).ServeHTTP(w, httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://127.0.0.1:8080/openapi.json", http.NoBody))
		for path, operations := range object(s.t, w.Result())["paths"].(map[string]any) {
			for method, operation := range operations.(map[string]any) {
				route := strings.ToUpper(method) + " " + path
				described.routes.Handle(route, http.NotFoundHandler())
				described.responses[route] = operation.(map[string]any)["responses"].(map[string]any)
			}
		}
	})
	_, route := described.routes.Handler(r)
	if responses := described.responses[route]; responses != nil && responses[strconv.Itoa(status)] == nil {
		s.t.Errorf("%s: the description does not name the status %d", route, status)
	}
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
