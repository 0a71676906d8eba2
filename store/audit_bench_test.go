package store_test

import (
	"fmt"
	"testing"
	"time"

	"kigen/store"
)

// BenchmarkAudit audits a thousand clocks past their deadline, all told, beside
// so many that still run.
func BenchmarkAudit(b *testing.B) {
	for _, open := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprintf("open=%d", open), func(b *testing.B) {
			db := openAt(b, b.TempDir()+"/kigen.db")
			logged(b, db, "sotas")
			now := base.AddDate(1, 0, 0)
			writer, _ := db.Pools()
			for _, stmt := range []string{
				fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
					INSERT INTO clocks (incident_id, promise, stage, terms, state, start_from, start_basis, due_at, zone, explanation)
					SELECT 1, 'p' || i, '', '', 'running', '', '', CASE WHEN i <= 1000 THEN %d - i * 60000 ELSE %d + i END, '', '{}' FROM n`,
					open+1000, now.Add(-time.Hour).UnixMilli(), now.UnixMilli()),
				`INSERT INTO alerts (key, reason, incident_id, clock_id, due_at, at, destinations)
					SELECT 'a' || id, 'overdue', 1, id, due_at, due_at + 1, '["soc"]' FROM clocks WHERE id <= 1000`,
				`INSERT INTO deliveries (key, alert_id, destination, kind, state, queued_at, next_at)
					SELECT key || '@soc', id, 'soc', 'post', 'sent', 0, 0 FROM alerts`,
			} {
				if _, err := writer.ExecContext(b.Context(), stmt); err != nil {
					b.Fatal(err)
				}
			}
			auditor := db.Auditor()
			defer auditor.Close()
			for b.Loop() {
				found, err := auditor.Unalerted(b.Context(), now, store.Stage{To: []string{"soc"}}, 5*time.Minute, 1000)
				if err != nil || len(found) > 0 {
					b.Fatalf("%d findings (%v)", len(found), err)
				}
			}
		})
	}
}
