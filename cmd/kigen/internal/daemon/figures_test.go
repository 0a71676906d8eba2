package daemon

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// figure reads the size of a benchmark from the environment.
func figure(b *testing.B, name string, otherwise int) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(otherwise)))
	if err != nil || n < 1 {
		b.Fatalf("%s is %q: give a number, such as %d", name, os.Getenv(name), otherwise)
	}
	return n
}

// withClocks makes a database with so many running clocks of 24 hours, due
// within a span from the given instant on, which ends in 23 hours at the latest.
func withClocks(b *testing.B, path string, c *config.Config, n int, due time.Time, span time.Duration) {
	b.Helper()
	db, err := store.Open(b.Context(), path, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	t := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: time.Now}
	if err := t.Adopt(b.Context()); err != nil { // or a daemon would plan all clocks anew
		b.Fatal(err)
	}
	e := tracker.Entry{Vendor: "sustaina", Title: "running", Facts: sla.Facts{Impact: sla.ImpactSerious}}
	const perTransaction = 5000
	for made := 0; made < n; {
		err := db.Update(b.Context(), func(tx tracker.Tx) error {
			t.Store = inOneTransaction{db, tx}
			for i := 0; i < perTransaction && made < n; i++ {
				later := time.Duration(made) * time.Second % span
				e.Times[sla.Confirmed] = sla.Stamp{At: due.Add(later - 24*time.Hour)}
				if _, err := t.Log(b.Context(), tracker.Request{Actor: "bench"}, e); err != nil {
					return err
				}
				made++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// inOneTransaction lets many use cases share one commit.
type inOneTransaction struct {
	*store.DB
	tx tracker.Tx
}

func (s inOneTransaction) Update(_ context.Context, f func(tracker.Tx) error) error { return f(s.tx) }

// benched starts a daemon on loopback that alerts a fake Slack there.
func benched(b *testing.B, slack http.Handler, prepare func(path string, c *config.Config)) *Daemon {
	b.Helper()
	return benchedAt(b, filepath.Join(b.TempDir(), "kigen.db"), slack, prepare)
}

// benchedAt is benched with a database of a name.
func benchedAt(b *testing.B, path string, slack http.Handler, prepare func(path string, c *config.Config)) *Daemon {
	b.Helper()
	server := httptest.NewServer(slack)
	b.Cleanup(server.Close)
	c, err := config.Parse("kigen.yaml", fmt.Appendf(nil, `
listen: 127.0.0.1:0
database: %q
destinations:
  soc: {slack: {token: xoxb-test, channel: C0123456789, api_url: "%s/api/"}}
alerts:
  - {to: [soc]}
`, path, server.URL), nil)
	if err != nil {
		b.Fatal(err)
	}
	prepare(path, c)
	d, err := New(b.Context(), c, Options{Console: &bytes.Buffer{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	d.Start()
	b.Cleanup(func() {
		if err := d.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return d
}

// BenchmarkLag measures, on a real daemon with KIGEN_BENCH_CLOCKS running
// clocks, how long after a due instant the request arrives at Slack: in peace,
// and while new policies have all clocks planned again. The deadlines fall so
// far apart that the channel's limit of one message a second is not what is
// measured.
func BenchmarkLag(b *testing.B) {
	b.Run("in-peace", func(b *testing.B) { benchLag(b, filepath.Join(b.TempDir(), "kigen.db"), func(*config.Config) {}) })
	b.Run("new-policies", func(b *testing.B) {
		benchLag(b, filepath.Join(b.TempDir(), "kigen.db"), func(c *config.Config) { c.Alerts[0].Repeat = time.Hour }) // those before
	})
	b.Run("postgres", func(b *testing.B) { benchLag(b, pgtest.URL(b), func(*config.Config) {}) })
}

func benchLag(b *testing.B, place string, before func(*config.Config)) {
	clocks, deadlines := figure(b, "KIGEN_BENCH_CLOCKS", 100_000), figure(b, "KIGEN_BENCH_DEADLINES", 60)
	slack := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	d := benchedAt(b, place, slack, func(path string, c *config.Config) {
		was := *c
		was.Alerts = slices.Clone(c.Alerts)
		before(&was)
		withClocks(b, path, &was, clocks, time.Now().Add(time.Hour), 22*time.Hour)
	})
	var dues []time.Time
	first := time.Now().Add(20 * time.Second).Truncate(time.Second) // they are logged until then
	for i := range deadlines {
		due := first.Add(time.Duration(i) * 1337 * time.Millisecond)
		e := tracker.Entry{Vendor: "sustaina", Title: "due", Facts: sla.Facts{Impact: sla.ImpactSerious}}
		e.Times[sla.Confirmed] = sla.Stamp{At: due.Add(-24 * time.Hour)}
		if _, err := d.Tracker().Log(b.Context(), tracker.Request{Actor: "bench"}, e); err != nil {
			b.Fatal(err)
		}
		dues = append(dues, due)
	}
	for b.Loop() { // the deadlines pass once
		timer := time.NewTimer(time.Until(dues[len(dues)-1]) + 3*time.Second)
		<-timer.C
	}
	calls := slack.Calls("chat.postMessage")
	if len(calls) != len(dues) {
		b.Fatalf("%d requests for %d deadlines", len(calls), len(dues))
	}
	lags := make([]time.Duration, len(dues))
	for i, call := range calls {
		lags[i] = call.At.Sub(dues[i])
	}
	slices.Sort(lags)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(lags[len(lags)/2]), "ms-p50")
	b.ReportMetric(milliseconds(lags[len(lags)*99/100]), "ms-p99")
	b.ReportMetric(milliseconds(lags[len(lags)-1]), "ms-max")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkIdleTick measures a step of the watch loop that finds nothing to
// do, beside a thousand open clocks and beside KIGEN_BENCH_OPEN.
func BenchmarkIdleTick(b *testing.B) {
	c, err := config.Load("", nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1000, figure(b, "KIGEN_BENCH_OPEN", 1_000_000)} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "kigen.db")
			// Half of the time and an hour before due lie ahead, too.
			withClocks(b, path, c, n, time.Now().Add(14*time.Hour), 9*time.Hour)
			db, err := store.Open(b.Context(), path, time.Now())
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			t := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: time.Now}
			for b.Loop() {
				if _, err := t.Step(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIncidents measures incidents logged over HTTP, one by one and a
// hundred at a time, beside bare commits of one row by SQLite with the same
// durability, on the same disk.
func BenchmarkIncidents(b *testing.B) {
	b.Run("bare-commit", func(b *testing.B) {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if _, err := db.ExecContext(b.Context(), `CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT`); err != nil {
			b.Fatal(err)
		}
		body := strings.Repeat("x", 1000)
		for b.Loop() {
			if _, err := db.ExecContext(b.Context(), `INSERT INTO t (body) VALUES ($1)`, body); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	one := map[string]any{
		"vendor": "sotas", "title": "ログインできない", "impact": "serious", "occurred_at": "2026-05-01T18:00:00+09:00",
	}
	b.Run("single", func(b *testing.B) { benchPost(b, "/api/v1/incidents", one, 1) })
	b.Run("16-clients", func(b *testing.B) { benchClients(b, "/api/v1/incidents", one, 16) })
	many := make([]any, 100)
	for i := range many {
		many[i] = one
	}
	b.Run("batch-of-100", func(b *testing.B) {
		benchPost(b, "/api/v1/incidents/batch", map[string]any{"incidents": many}, len(many))
	})
}

// benchClients logs incidents from many clients at once, each of which waits for
// its answers, and reports how long an answer takes.
func benchClients(b *testing.B, path string, body any, clients int) {
	b.Helper()
	slack := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	d := benched(b, slack, func(string, *config.Config) {})
	text, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var took []time.Duration
	b.SetParallelism((clients + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			began := time.Now()
			response, err := client.Post(d.URL()+path, "application/json", bytes.NewReader(text))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode != http.StatusCreated {
				b.Error(response.Status)
				return
			}
			mine = append(mine, time.Since(began))
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, mine...)
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "incidents/s")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func benchPost(b *testing.B, path string, body any, incidents int) {
	b.Helper()
	slack := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	d := benched(b, slack, func(string, *config.Config) {})
	text, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		response, err := http.Post(d.URL()+path, "application/json", bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body) // or the connection is not used again
		_ = response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			b.Fatal(response.Status)
		}
	}
	b.ReportMetric(float64(b.N*incidents)/b.Elapsed().Seconds(), "incidents/s")
}
