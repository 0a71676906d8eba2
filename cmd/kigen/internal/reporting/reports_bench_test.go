package reporting_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
	"kigen/store/storetest"
)

// aggregate is what somebody at a shell would ask of the same month: the
// least that a report has to find out.
const aggregate = `SELECT i.vendor, c.state, COUNT(*), AVG(c.notified_at - c.start_at)
	FROM clocks c JOIN incidents i ON i.id = c.incident_id
	WHERE c.attributed_at >= %d AND c.attributed_at < %d GROUP BY i.vendor, c.state`

// BenchmarkReport makes the report of one month out of five years as JSON and
// compares it with one bare aggregate over the same month's rows, in the
// sqlite3 shell where there is one, and through the driver. A million
// incidents take some minutes to write:
//
//	KIGEN_BENCH_INCIDENTS=1000000 go test -run '^$' -bench Report -benchtime 1x -timeout 30m ./cmd/kigen/internal/daemon
//
// KIGEN_BENCH_DIR keeps the database for another run. KIGEN_TEST_STORE=postgres measures a
// database on a server, beside the same aggregate there.
func BenchmarkReport(b *testing.B) {
	incidents := 20_000
	if text := os.Getenv("KIGEN_BENCH_INCIDENTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			b.Fatalf("KIGEN_BENCH_INCIDENTS %q: write how many", text)
		}
		incidents = n
	}
	c, err := config.Load("", nil)
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, c.Timezone)
	to := from.AddDate(0, 1, 0)
	path := benchDatabase(b, c, incidents, to)
	db, err := store.Open(b.Context(), path, from)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	reports := reporting.Reports{
		Store: db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: "ja", Kigen: "bench",
		Holidays: reporting.Holidays(), Now: func() time.Time { return to },
	}
	statement := fmt.Sprintf(aggregate, from.UnixMilli(), to.UnixMilli())
	b.Run(fmt.Sprint(incidents), func(b *testing.B) { compare(b, &reports, path, statement) })
}

// compare takes the best of several rounds of each: other work on the machine
// only ever adds.
func compare(b *testing.B, reports *reporting.Reports, path, statement string) {
	const rounds = 7
	var made, shell, driver time.Duration
	var before, after runtime.MemStats
	for b.Loop() {
		for range rounds {
			runtime.ReadMemStats(&before)
			made = best(made, measure(func() error {
				_, _, err := reports.Bytes(b.Context(), reporting.Request{Period: "2026-10", Format: "json", Lang: "ja"})
				return err
			}, b))
			runtime.ReadMemStats(&after)
			driver = best(driver, measure(func() error { return askDriver(b.Context(), path, statement) }, b))
			if _, err := exec.LookPath("sqlite3"); err == nil && !store.IsServer(path) {
				shell = best(shell, measure(func() error {
					return exec.CommandContext(b.Context(), "sqlite3", "-readonly", path, statement).Run()
				}, b))
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(made.Microseconds())/1000, "report-ms")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/(1<<20), "report-MB")
	b.ReportMetric(float64(driver.Microseconds())/1000, "driver-ms")
	b.ReportMetric(float64(made)/float64(driver), "x-driver")
	if shell > 0 {
		b.ReportMetric(float64(shell.Microseconds())/1000, "shell-ms")
		b.ReportMetric(float64(made)/float64(shell), "x-shell")
	}
}

// best is the shorter one; a best of zero is none yet.
func best(known, took time.Duration) time.Duration {
	if known == 0 {
		return took
	}
	return min(known, took)
}

func measure(f func() error, b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// askDriver opens the file as a shell does, and reads every row.
func askDriver(ctx context.Context, path, statement string) error {
	driver, name := "sqlite3", "file:"+path+"?mode=ro"
	if store.IsServer(path) {
		driver, name = "pgx", path
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var vendor, state string
		var n int
		var mean sql.Null[float64]
		if err := rows.Scan(&vendor, &state, &n, &mean); err != nil {
			return err
		}
	}
	return rows.Err()
}

// benchDatabase writes five years of incidents up to the end of a month,
// evenly spread, under the built-in promises.
func benchDatabase(b *testing.B, c *config.Config, incidents int, to time.Time) string {
	b.Helper()
	const fiveYears = 1826 * 24 * time.Hour
	return keptDatabase(b, fmt.Sprintf("reports-%d.db", incidents), to, incidents, func(ctx context.Context, tx tracker.Tx, i int) error {
		at := to.Add(-fiveYears + fiveYears/time.Duration(incidents)*time.Duration(i)).Truncate(time.Millisecond)
		return benchIncident(ctx, tx, c, i, at, to)
	})
}

// keptDatabase returns the path of a database of so many incidents, which insert
// stores one by one. It is kept in KIGEN_BENCH_DIR for later runs, where that is set,
// and has its name once it is whole.
func keptDatabase(b *testing.B, name string, now time.Time, incidents int, insert func(context.Context, tracker.Tx, int) error) string {
	b.Helper()
	dir := os.Getenv("KIGEN_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	if storetest.OnPostgres() {
		path := storetest.Path(b)
		fill(b, path, now, incidents, insert)
		if _, err := pgtest.Open(b, path).ExecContext(b.Context(), "ANALYZE"); err != nil {
			b.Fatal(err)
		}
		return path
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	fill(b, path+".part", now, incidents, insert)
	if err := os.Rename(path+".part", path); err != nil {
		b.Fatal(err)
	}
	return path
}

// fill stores the incidents in a new database.
func fill(b *testing.B, place string, now time.Time, incidents int, insert func(context.Context, tracker.Tx, int) error) {
	b.Helper()
	db, err := store.Open(b.Context(), place, now)
	if err != nil {
		b.Fatal(err)
	}
	const perTx = 5000
	for first := 0; first < incidents; first += perTx {
		err := db.Update(b.Context(), func(tx tracker.Tx) error {
			for i := first; i < min(incidents, first+perTx); i++ {
				if err := insert(b.Context(), tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// benchIncident is the i-th: of a hundred with a deadline, ninety-seven are
// answered in time and two late; one in ten thousand is never answered; one in
// a hundred was none.
func benchIncident(ctx context.Context, tx tracker.Tx, c *config.Config, i int, at, now time.Time) error {
	vendor := c.Catalogue[i%len(c.Catalogue)]
	inc := &sla.Incident{
		Vendor: vendor.ID, Title: fmt.Sprintf("障害 %d", i), Reference: fmt.Sprintf("SOC-%d", i),
		Description: "ログインできない利用者がいる。影響範囲を確認している。",
	}
	if n := len(vendor.Services); n > 0 {
		inc.Service = vendor.Services[i%n]
	}
	inc.Times[sla.Occurred] = sla.Stamp{At: at, Basis: sla.Stated}
	inc.Times[sla.Detected] = inc.Times[sla.Occurred]
	inc.Times[sla.Confirmed] = inc.Times[sla.Occurred]
	inc.Times[sla.Logged] = sla.Stamp{At: at, Basis: sla.Observed}
	if err := tx.InsertIncident(ctx, inc); err != nil {
		return err
	}
	for _, p := range vendor.Applying(inc.Kind, &inc.Times) {
		deadline, explanation, err := p.Explain(&inc.Facts)
		if err != nil {
			return err
		}
		terms := p.Terms()
		if err := tx.KeepTerms(ctx, terms); err != nil {
			return err
		}
		clock := sla.Clock{Incident: inc.ID, Promise: p.ID, Terms: terms.Hash, Explanation: explanation, State: deadline.State}
		span := 24 * time.Hour
		if !deadline.Due.IsZero() {
			span = deadline.Due.Sub(at)
		}
		switch {
		case i%10_000 == 9999: // silent
		case i%50 == 49:
			clock.NotifiedAt = at.Add(span + time.Duration(i%100)*time.Hour)
		default:
			clock.NotifiedAt = at.Add(span * time.Duration(i%97) / 100).Truncate(time.Millisecond)
		}
		clock.Settle(deadline, policy.Policies(nil), sla.Acknowledgement{}, now)
		if i%100 == 50 {
			clock.State = sla.Cancelled
		}
		if err := tx.InsertClock(ctx, &clock); err != nil {
			return err
		}
	}
	return tx.AppendEvent(ctx, &sla.Event{Incident: inc.ID, At: at, Actor: "bench", Kind: sla.EventLogged, Body: []byte("{}")})
}
