package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kigen/sla/outbox"
	"kigen/store"
)

// TestRenamedOutboxColumnsKeepTheirValues: the pages, threads and searches of an
// outbox from before the columns were renamed are those of the renamed ones.
func TestRenamedOutboxColumnsKeepTheirValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 15); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path,
		`INSERT INTO alerts (id, key, reason, at, destinations) VALUES (1, 'digest/3', 'digest', 1000, '["soc"]'), (2, 'a', 'overdue', 1000, '["soc"]')`,
		`INSERT INTO deliveries (id, key, alert_id, destination, kind, state, attempts, attempt_at, queued_at, next_at, channel, ts, sent_at)
		VALUES (1, 'digest/3@soc', 1, 'soc', 'post', 'sent', 1, 1000, 1000, 1000, 'C1', '1.1', 2000)`,
		`INSERT INTO deliveries (id, key, alert_id, head_id, part, destination, kind, state, attempts, attempt_at, looks, queued_at, next_at)
		VALUES (2, 'digest/3@soc/1', 1, 1, 1, 'soc', 'page', 'unknown', 1, 2000, 3, 1000, 3000)`,
		`INSERT INTO deliveries (id, key, alert_id, teller_id, destination, kind, state, queued_at, next_at)
		VALUES (3, 'a@soc', 2, 2, 'soc', 'post', 'merged', 1000, 1000)`)
	db := openAt(t, path)
	unconfirmed, err := db.Unconfirmed(t.Context(), "soc")
	if err != nil || len(unconfirmed) != 1 || unconfirmed[0].Lookups != 3 || unconfirmed[0].Thread != (outbox.Receipt{Channel: "C1", TS: "1.1"}) {
		t.Errorf("unconfirmed %+v, %v", unconfirmed, err)
	}
	findings := db.Verify(t.Context())
	if slices.ContainsFunc([]string{"in no digest", "part of no digest"}, func(s string) bool { return strings.Contains(fmt.Sprint(findings), s) }) {
		t.Errorf("a page or its summary was lost: %v", findings)
	}
}
