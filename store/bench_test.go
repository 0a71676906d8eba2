package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// month is the month of the benchmarks that ask for one.
var month = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// bulk fills a database with n incidents of five years, most of them settled,
// through the same methods that the daemon uses.
func bulk(b *testing.B, n int) *store.DB {
	b.Helper()
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "kigen.db"), base)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	const perTx = 5000
	for from := 0; from < n; from += perTx {
		err := db.Update(b.Context(), func(tx tracker.Tx) error {
			for i := from; i < min(n, from+perTx); i++ {
				if err := insertNth(b, tx, i, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return db
}

func insertNth(b *testing.B, tx tracker.Tx, i, n int) error {
	const fiveYears = 5 * 365 * 24 * time.Hour
	at := month.AddDate(0, 1, 0).Add(-fiveYears / time.Duration(n) * time.Duration(n-i)).Truncate(time.Second)
	state := sla.Met
	switch {
	case i%1000 == 0:
		state = sla.Overdue
	case i%100 == 0:
		state = sla.Running
	case i%10 == 0:
		state = sla.Late
	case i%3 == 0:
		state = sla.NoCommitment
	}
	inc := &sla.Incident{
		Vendor: fmt.Sprintf("vendor%d", i%5), Title: fmt.Sprintf("障害 number %d", i),
		Description: "ログインできない利用者がいる。影響範囲を確認している。", Reference: fmt.Sprintf("SOC-%d", i),
	}
	inc.Times[sla.Logged] = sla.Stamp{At: at, Basis: sla.Observed}
	c := sla.Clock{State: state, Start: sla.Start{At: at, From: sla.Logged}, Explanation: sla.Explanation{
		Rule: "6h", Steps: []sla.Step{{Kind: sla.StepStart, At: at}, {Kind: sla.StepDue, At: at.Add(6 * time.Hour)}},
	}}
	if state != sla.NoCommitment {
		c.Due = at.Add(6 * time.Hour)
	}
	if state == sla.Running {
		c.NextStepAt = c.Due
	}
	return insert(b.Context(), tx, inc, c)
}

// BenchmarkList measures each kind of page at a thousand and at a million
// incidents, and the stream of a month. Building the larger database takes
// minutes.
func BenchmarkList(b *testing.B) {
	october := tracker.Query{From: month, To: month.AddDate(0, 1, 0)}
	inOctober := func(q tracker.Query) tracker.Query { q.From, q.To = october.From, october.To; return q }
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := bulk(b, n)
			for _, bc := range []struct {
				name string
				q    tracker.Query
			}{
				{"all", tracker.Query{}},
				{"deep", tracker.Query{Cursor: deepCursor(b, db)}},
				{"vendor", tracker.Query{Vendor: "vendor3"}},
				{"state", tracker.Query{State: sla.Late}},
				{"vendor-state", tracker.Query{Vendor: "vendor0", State: sla.Late}},
				{"month", october},
				{"month-state", inOctober(tracker.Query{State: sla.Late})},
				{"month-text", inOctober(tracker.Query{Text: "number 77"})},
				{"text", tracker.Query{Text: "number 77"}},
			} {
				b.Run(bc.name, func(b *testing.B) {
					for b.Loop() {
						if _, err := db.List(b.Context(), bc.q); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run("next-step", func(b *testing.B) { benchNextStep(b, db) })
			b.Run("attributed", func(b *testing.B) { benchAttributed(b, db) })
		})
	}
}

// deepCursor leads to the last full page, or to the 50,000th incident.
func deepCursor(b *testing.B, db *store.DB) string {
	b.Helper()
	q := tracker.Query{Limit: 500}
	for range 100 {
		page, err := db.List(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		if page.Next == "" {
			break
		}
		q.Cursor = page.Next
	}
	return q.Cursor
}

func benchNextStep(b *testing.B, db *store.DB) {
	for b.Loop() {
		err := db.View(b.Context(), func(r tracker.Reader) error {
			_, _, err := r.NextStep(b.Context())
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchAttributed(b *testing.B, db *store.DB) {
	n := 0
	for b.Loop() {
		n = 0
		err := db.Attributed(b.Context(), month, month.AddDate(0, 1, 0), func(*sla.Incident) error { n++; return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "incidents")
}
