package reporting_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// FuzzReportRequest asks for reports of any period with any query, of the API
// and of the board: it is a report, or a refusal that says what to ask for.
func FuzzReportRequest(f *testing.F) {
	for _, period := range []string{
		"2026-05", "2026-Q2", "2026", "2026-04..2026-09", "2026-10-01..2026-10-15", "2026-13", "0000", "9999-12", "2026-05..2026-04", "..", "-1",
		"1900-01-01..2199-12-31", "２０２６", "2026-Q5", "2026-05-32..2026-06-01", "%00",
	} {
		f.Add(period, "")
		f.Add(period, "format=csv&table=cases&lang=en")
	}
	for _, query := range []string{"vendor=sotas", "vendor=%ff", "format=docx", "table=cases", "format=csv&table=x", "edition=1", "edition=99999999999", "bom=maybe", "lang=fr", "format=html&bom=true"} {
		f.Add("2026-05", query)
	}
	handler := reportsHandler(f)
	f.Fuzz(func(t *testing.T, period, query string) {
		if strings.Contains(period, "/") || strings.Contains(query, "pdf") || strings.Contains(query, "xlsx") || strings.HasPrefix(period, ".") {
			return // another route; or slow, and no other question
		}
		for _, path := range []string{"/api/v1/reports/", "/reports/"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.URL.Path, r.URL.RawQuery = path+period, query
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError {
				t.Fatalf("%s%q?%s: %d %s", path, period, query, w.Code, w.Body)
			}
			if w.Code < http.StatusBadRequest || path == "/reports/" {
				continue
			}
			var p struct {
				Detail string
				Errors []struct{ Location, Message string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Detail == "" {
				t.Fatalf("%s%q?%s: %v in %s", path, period, query, err, w.Body)
			}
			for _, e := range p.Errors {
				if e.Location != "path.month" && !strings.HasPrefix(e.Location, "query.") || e.Message == "" {
					t.Fatalf("%s%q?%s: a problem at %q says %q", path, period, query, e.Location, e.Message)
				}
			}
		}
	})
}

// reportsHandler is what answers over a real database with a few incidents.
func reportsHandler(f *testing.F) http.Handler {
	f.Helper()
	c, err := config.Load("", nil)
	if err != nil {
		f.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 8, 15, 12, 0, 0, 0, c.Timezone) }
	db, err := store.Open(f.Context(), storetest.Path(f), now())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := db.Close(); err != nil {
			f.Error(err)
		}
	})
	books := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: now}
	for _, month := range []time.Month{time.April, time.May, time.July} {
		e := tracker.Entry{Vendor: "sotas", Title: "x"}
		e.Times[sla.Occurred] = sla.Stamp{At: time.Date(2026, month, 1, 18, 0, 0, 0, c.Timezone), Basis: sla.Stated}
		if _, err := books.Log(f.Context(), tracker.Request{Actor: "test"}, e); err != nil {
			f.Fatal(err)
		}
	}
	reports := &reporting.Reports{Store: db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: "ja", Now: now}
	var asked atomic.Int64
	return web.New(web.Options{
		Tracker: books, Incidents: db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: "en", Reports: unsent{reports},
		Now: func() time.Time { return now().Add(time.Duration(asked.Add(1)) * time.Second) }, // nobody is slowed down here
	}, pages.Mount, api.Mount)
}

// unsent makes reports and sends none.
type unsent struct{ *reporting.Reports }

func (unsent) Send(context.Context, string, []string) (*reporting.SendResult, error) {
	return nil, errors.New("reports are not sent here")
}

func (unsent) Destinations() (all, scheduled []string) { return nil, nil }
