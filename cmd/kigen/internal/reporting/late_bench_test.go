package reporting_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
)

// lateCases is how many cases the report of BenchmarkLateCases lists in full.
const lateCases = 10_000

// BenchmarkLateCases renders the report of a month with 10,000 late or silent
// vendors in each format. Each rendering has a process of its own, whose peak of
// resident memory and whose time it prints:
//
//	go test -run '^$' -bench LateCases -benchtime 1x ./cmd/kigen/internal/reporting
//
// KIGEN_BENCH_DIR keeps the database for another run.
func BenchmarkLateCases(b *testing.B) {
	if job := os.Getenv("KIGEN_BENCH_RENDER"); job != "" {
		path, format, _ := strings.Cut(job, ":")
		renderLate(b, path, format)
		return
	}
	path := lateDatabase(b)
	for _, format := range render.FormNames() {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				child := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkLateCases$", "-test.benchtime=1x")
				child.Env = append(os.Environ(), "KIGEN_BENCH_RENDER="+path+":"+format)
				if out, err := child.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				usage := child.ProcessState.SysUsage().(*syscall.Rusage)
				b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MiB")
				b.ReportMetric((child.ProcessState.UserTime() + child.ProcessState.SystemTime()).Seconds(), "cpu-s")
			}
		})
	}
}

// renderLate renders the report of the database into a file.
func renderLate(b *testing.B, path, format string) {
	c, err := config.Load("", nil)
	if err != nil {
		b.Fatal(err)
	}
	to := time.Date(2026, 11, 1, 0, 0, 0, 0, c.Timezone)
	db, err := store.Open(b.Context(), path, to)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	reports := reporting.Reports{
		Store: db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: "ja", Kigen: "bench",
		Holidays: reporting.Holidays(), Now: func() time.Time { return to },
	}
	file, err := reports.Render(b.Context(), reporting.Request{Period: "2026-10", Format: format, Lang: "ja"})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if dir := os.Getenv("KIGEN_BENCH_DIR"); dir != "" {
		kept, err := os.Create(filepath.Join(dir, "late."+format))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := file.WriteTo(kept); err != nil {
			b.Fatal(err)
		}
		if err := kept.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// lateDatabase writes the incidents of a month; none was answered in time.
func lateDatabase(b *testing.B) string {
	b.Helper()
	c, err := config.Load("", nil)
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, c.Timezone)
	return keptDatabase(b, fmt.Sprintf("late-%d.db", lateCases), from, lateCases, func(ctx context.Context, tx tracker.Tx, i int) error {
		return lateIncident(ctx, tx, c, i, from)
	})
}

// lateIncident is the i-th of the month, with what happens to one: logged, taken
// by a person, moved to another deadline, answered late; each tenth is silent.
func lateIncident(ctx context.Context, tx tracker.Tx, c *config.Config, i int, from time.Time) error {
	promised := []string{"sotas", "sustaina", "tatsujin", "superstream"}
	vendor, _ := c.Catalogue.Vendor(promised[i%len(promised)])
	at := from.Add(time.Duration(i) * 20 * 24 * time.Hour / lateCases).Truncate(time.Minute)
	inc := &sla.Incident{Vendor: vendor.ID, Facts: sla.Facts{Service: vendor.Services[0]}, Title: fmt.Sprintf("工程一覧が表示されない %d", i), Reference: fmt.Sprintf("SOC-%d", i)}
	for _, m := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed} {
		inc.Times[m] = sla.Stamp{At: at, Basis: sla.Stated}
	}
	inc.Times[sla.Logged] = sla.Stamp{At: at.Add(40 * time.Minute), Basis: sla.Observed}
	if err := tx.InsertIncident(ctx, inc); err != nil {
		return err
	}
	p := vendor.Applying(inc.Kind, &inc.Times)[0]
	deadline, explanation, err := p.Explain(&inc.Facts)
	if err != nil {
		return err
	}
	terms := p.Terms()
	if err := tx.KeepTerms(ctx, terms); err != nil {
		return err
	}
	clock := sla.Clock{Incident: inc.ID, Promise: p.ID, Terms: terms.Hash, Explanation: explanation, State: deadline.State}
	if i%10 != 0 {
		clock.NotifiedAt = deadline.Due.Add(time.Duration(1+i%47) * 13 * time.Minute)
		if err := tx.InsertNotice(ctx, &sla.Notice{Incident: inc.ID, ReceivedAt: clock.NotifiedAt, Channel: "email", Stage: "first", Reference: fmt.Sprintf("V-%d", i)}); err != nil {
			return err
		}
	}
	clock.Settle(deadline, policy.Policies(nil), sla.Acknowledgement{}, from.AddDate(0, 2, 0))
	if err := tx.InsertClock(ctx, &clock); err != nil {
		return err
	}
	for n, kind := range []sla.EventKind{sla.EventLogged, sla.EventAcknowledged, sla.EventNotice} {
		e := &sla.Event{Incident: inc.ID, At: at.Add(time.Duration(n+1) * time.Hour), Actor: "佐藤", Kind: kind, Body: []byte(`{"title":"工程一覧が表示されない"}`)}
		if err := tx.AppendEvent(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
