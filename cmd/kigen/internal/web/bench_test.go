package web_test

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store/pgtest"
	"kigen/store/storetest"
)

// BenchmarkBoard measures, side by side, what people and tools wait for with
// a thousand incidents and with KIGEN_BENCH_INCIDENTS (100,000 where it is not
// set; a million takes minutes to make):
//
//	KIGEN_BENCH_INCIDENTS=1000000 go test -run '^$' -bench Board -benchtime 1x -timeout 1h ./cmd/kigen/internal/web
//
// KIGEN_TEST_STORE=postgres KIGEN_PGTEST_SETTINGS='shared_buffers = 1GB' before it measures
// databases on a server.
func BenchmarkBoard(b *testing.B) {
	many := 100_000
	if text := os.Getenv("KIGEN_BENCH_INCIDENTS"); text != "" {
		var err error
		if many, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	benchBoards(b, benchSite(b, 1000), benchSite(b, many))
}

func benchBoards(b *testing.B, small, large *site) {
	const create = `{"vendor":"sotas","title":"新しい障害の登録","occurred_at":"2026-05-07 11:00"}`
	for _, bc := range []struct{ name, method, path, body string }{
		{"list", http.MethodGet, "/api/v1/incidents", ""},
		{"page", http.MethodGet, "/", ""},
		{"page-vendor", http.MethodGet, "/?vendor=sotas", ""},
		{"page-state", http.MethodGet, "/?state=late", ""},
		{"page-severity", http.MethodGet, "/?severity=critical", ""},
		{"page-month", http.MethodGet, "/?month=2026-04", ""},
		{"page-month-vendor", http.MethodGet, "/?month=2026-04&vendor=sotas", ""},
		{"text-rare", http.MethodGet, "/?q=number+77", ""},
		{"text-common", http.MethodGet, "/?q=%E9%9A%9C%E5%AE%B3", ""},
		{"incident", http.MethodGet, "/incidents/KGN-500", ""},
		{"create", http.MethodPost, "/api/v1/incidents", create},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				// In turns, so that a busy machine is busy for both.
				var few, lots []time.Duration
				for range 200 {
					few = append(few, small.timed(bc.method, bc.path, bc.body))
					lots = append(lots, large.timed(bc.method, bc.path, bc.body))
				}
				latencies(b, "1k", few)
				latencies(b, "many", lots)
				b.ReportMetric(ratio(lots, few, 50), "p50-ratio")
				b.ReportMetric(ratio(lots, few, 99), "p99-ratio")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// timed asks once and returns how long the answer took.
func (s *site) timed(method, path, body string) time.Duration {
	s.t.Helper()
	began := time.Now()
	res := s.send(method, path, body)
	took := time.Since(began)
	if res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %d", method, path, res.StatusCode)
	}
	return took
}

func percentile(times []time.Duration, p int) time.Duration {
	slices.Sort(times)
	return times[min(len(times)*p/100, len(times)-1)]
}

func ratio(a, b []time.Duration, p int) float64 {
	return float64(percentile(a, p)) / float64(cmp.Or(percentile(b, p), 1))
}

func latencies(b *testing.B, name string, times []time.Duration) {
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(percentile(times, p).Microseconds())/1000, fmt.Sprintf("ms-p%d-%s", p, name))
	}
}

// benchSite holds n incidents of five years, most of them settled. They are
// stored as the use cases store them, but many in one transaction.
func benchSite(b *testing.B, n int) *site {
	b.Helper()
	s := newSite(b)
	const perTx = 5000
	for from := 0; from < n; from += perTx {
		err := s.store.Update(b.Context(), func(tx tracker.Tx) error {
			for i := from; i < min(n, from+perTx); i++ {
				if err := s.benchIncident(b, tx, i, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if storetest.OnPostgres() { // autovacuum would do it within a minute
		if _, err := pgtest.Open(b, s.place).ExecContext(b.Context(), "ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// benchSeverity grades one incident in fifty as critical and leaves one in five
// without a grade.
func benchSeverity(i int) sla.Severity {
	switch n := i * 7 % 50; {
	case n == 0:
		return sla.SeverityCritical
	case n < 8:
		return sla.SeverityHigh
	case n < 25:
		return sla.SeverityMedium
	case n < 40:
		return sla.SeverityLow
	}
	return ""
}

func (s *site) benchIncident(b *testing.B, tx tracker.Tx, i, n int) error {
	const fiveYears = 5 * 365 * 24 * time.Hour
	at := s.now().Add(-fiveYears / time.Duration(n) * time.Duration(n-i)).Truncate(time.Second)
	vendors := s.tracker.Catalogue
	inc := &sla.Incident{
		Vendor: vendors[i%len(vendors)].ID, Title: fmt.Sprintf("障害 number %d", i), Reference: fmt.Sprintf("SOC-%d", i),
		Description: "ログインできない利用者がいる。影響範囲を確認している。",
	}
	inc.Severity = benchSeverity(i)
	inc.Times[sla.Logged] = sla.Stamp{At: at, Basis: sla.Observed}
	if err := tx.InsertIncident(b.Context(), inc); err != nil {
		return err
	}
	due := at.Add(6 * time.Hour)
	clock := sla.Clock{
		Incident: inc.ID, Promise: "incident-notice", State: sla.Met, Start: sla.Start{At: at, From: sla.Logged}, Due: due,
		Explanation: sla.Explanation{Rule: "6h", Steps: []sla.Step{{Kind: sla.StepStart, At: at}, {Kind: sla.StepDue, At: due}}},
	}
	switch {
	case i > n-20:
		clock.State = sla.Running
		clock.Due = s.now().Add(time.Duration(i%20+1) * time.Hour)
	case i > n-60:
		clock.State, clock.BreachedAt = sla.Overdue, due
	case i%10 == 0:
		clock.State, clock.BreachedAt = sla.Late, due
	}
	if err := tx.InsertClock(b.Context(), &clock); err != nil {
		return err
	}
	return tx.AppendEvent(b.Context(), &sla.Event{Incident: inc.ID, At: at, Actor: "api", Kind: sla.EventLogged, Body: []byte(`{}`)})
}
