package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// BenchmarkSize measures the bytes of the database for each incident: as it was
// logged, and after a whole life: half of the time, an hour before, overdue and
// acknowledged, then the late notice; each alert and each update of it was sent.
// With KIGEN_BENCH_KEEP the database of the whole lives is copied to that path.
func BenchmarkSize(b *testing.B) {
	incidents := figure(b, "KIGEN_BENCH_INCIDENTS", 2000)
	c, err := config.Parse("kigen.yaml", []byte(`
destinations:
  soc: {slack: {token: xoxb-test, channel: C0123456789}}
alerts:
  - {to: [soc], warn: [50%, 1h]}
`), nil)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "kigen.db")
	db, err := store.Open(b.Context(), path, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	l := &lives{db: db, now: time.Date(2026, 6, 8, 0, 0, 0, 0, time.UTC)}
	l.tracker = &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: func() time.Time { return l.now }}
	for b.Loop() { // once
		empty := sizeOf(b, db)
		l.log(b, incidents)
		b.ReportMetric(float64(sizeOf(b, db)-empty)/float64(incidents), "B/logged")
		l.live(b, incidents)
		b.ReportMetric(float64(sizeOf(b, db)-empty)/float64(incidents), "B/life")
	}
	if keep := os.Getenv("KIGEN_BENCH_KEEP"); keep != "" {
		if err := db.Backup(context.Background(), keep); err != nil {
			b.Fatal(err)
		}
	}
}

// lives leads incidents through their lives.
type lives struct {
	db      *store.DB
	tracker *tracker.Tracker
	now     time.Time
	sent    int
}

func (l *lives) log(b *testing.B, n int) {
	b.Helper()
	for i := range n {
		l.now = l.now.Add(10 * time.Millisecond)
		e := tracker.Entry{
			Vendor: "sotas", Title: "工程管理にログインできない", Reference: fmt.Sprintf("SOC-%05d", i),
			Description: "利用部門から、工程管理の画面にログインできないとの連絡があった。ベンダーの障害情報には記載がない。",
			Facts:       sla.Facts{Impact: sla.ImpactSerious},
		}
		e.Times[sla.Occurred] = sla.Stamp{At: l.now}
		if _, err := l.tracker.Log(b.Context(), tracker.Request{Actor: "api:soc"}, e); err != nil {
			b.Fatal(err)
		}
	}
}

func (l *lives) live(b *testing.B, n int) {
	b.Helper()
	by := tracker.Request{Actor: "user:tanaka"}
	each := func(f func(id sla.IncidentID) error) {
		for id := range n {
			l.now = l.now.Add(10 * time.Millisecond)
			if err := f(sla.IncidentID(id + 1)); err != nil {
				b.Fatal(err)
			}
		}
		l.send(b)
	}
	for _, later := range []time.Duration{3 * time.Hour, 2 * time.Hour, time.Hour + time.Minute} {
		l.now = l.now.Add(later)
		if _, err := l.tracker.Step(b.Context()); err != nil {
			b.Fatal(err)
		}
		l.send(b)
	}
	each(func(id sla.IncidentID) error {
		_, err := l.tracker.Acknowledge(b.Context(), by, id, time.Time{})
		return err
	})
	l.now = l.now.Add(time.Hour)
	each(func(id sla.IncidentID) error {
		_, err := l.tracker.Notice(b.Context(), by, id, tracker.NoticeEntry{
			Channel: "email", Text: "現在、工程管理へのログインに障害が発生しております。復旧次第ご連絡いたします。",
		})
		return err
	})
}

// send sends all that is due.
func (l *lives) send(b *testing.B) {
	b.Helper()
	for {
		d, err := l.db.NextDelivery(b.Context(), "soc", l.now)
		if err != nil {
			b.Fatal(err)
		}
		if d == nil {
			return
		}
		l.sent++
		receipt := outbox.Receipt{Channel: "C0123456789", TS: fmt.Sprintf("%d.%06d", l.now.Unix(), l.sent)}
		if err := l.db.Sent(b.Context(), d.ID, receipt, l.now); err != nil {
			b.Fatal(err)
		}
	}
}

// sizeOf is the size of the database without its free pages, in bytes.
func sizeOf(b *testing.B, db *store.DB) (size int64) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "copy.db")
	if err := db.Backup(context.Background(), path); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
