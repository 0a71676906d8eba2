package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/store"
)

// TestOldListsAreListedLikeNewOnes: the migration gives severities, settled
// incidents and clocks that follow others as this version writes them itself.
func TestOldListsAreListedLikeNewOnes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 8); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity, occurred_basis, detected_basis,
			confirmed_basis, declared_basis, noticed_basis, logged_at, logged_offset, logged_basis, reference, tags, ack_by, cancel_reason, folded, version)
		SELECT value, 'v' || (value % 2), '', 't', '', 'unknown', 'unknown', CASE value WHEN 1 THEN 'high' WHEN 2 THEN '' ELSE 'low' END,
			'', '', '', '', '', 1000 * value, 0, 'observed', '', '[]', '', '', 't', 1
		FROM json_each('[1, 2, 3, 4, 5, 6]')`,
		`INSERT INTO clocks (incident_id, promise, stage, terms, state, start_from, start_basis, due_at, due_offset, zone, explanation, attributed_at) VALUES
		(1, 'p', '', '', 'met', '', '', 5000, 0, 'UTC', '{}', 4999),
		(1, 'q', '', '', 'met', '', '', 9000, 0, 'UTC', '{}', 8999),
		(2, 'p', '', '', 'overdue', '', '', 3000, 0, 'UTC', '{}', 2999),
		(2, 'q', '', '', 'late', '', '', 1000, 0, 'UTC', '{}', 999),
		(2, 'r', '', '', 'late', '', '', 2000, 0, 'UTC', '{}', 1999),
		(3, 'p', '', '', 'no_commitment', '', '', NULL, NULL, '', '{}', 3000),
		(4, 'p', '', '', 'cancelled', '', '', 7000, 0, 'UTC', '{}', 6999),
		(5, 'p', '', '', 'late', '', '', NULL, NULL, '', '{}', 5000),
		(5, 'q', '', '', 'late', '', '', 4000, 0, 'UTC', '{}', 3999)`,
		// As version 8 wrote them: the soonest due of the first state.
		`INSERT INTO places (incident_id, listing, vendor, rank, sort_due, newest)
		SELECT p.value ->> 0, l.value, 'v' || ((p.value ->> 0) % 2), p.value ->> 1, p.value ->> 2, -(p.value ->> 0)
		FROM json_each('[[1, 5, 5000, ["", "met"]], [2, 0, 3000, ["", "overdue", "late"]], [3, 6, 9223372036854775807, ["", "no_commitment"]],
			[4, 9, 7000, ["", "cancelled"]], [5, 4, 4000, ["", "late"]], [6, 10, 9223372036854775807, [""]]]') p, json_each(p.value ->> 3) l`,
		`INSERT INTO tallies (listing, vendor, incidents) SELECT listing, vendor, COUNT(*) FROM places GROUP BY listing, vendor`)
	db := openAt(t, path)
	misplaced, err := db.WrongEntries(t.Context())
	if err != nil || len(misplaced) > 0 {
		t.Errorf("listed otherwise than new ones: %v, %v", misplaced, err)
	}
	// The raw rows have no report dimensions; nothing is wrong with the lists.
	findings := fmt.Sprint(db.Verify(t.Context()))
	for _, finding := range []string{"counter of list", "missing from the list", "has_earlier_clock"} {
		if strings.Contains(findings, finding) {
			t.Errorf("%q is found:\n%s", finding, findings)
		}
	}
}

// TestUnalertedDeadlinesSurviveTheirRenaming: the auditor goes on with the rows
// that version 15 wrote under other names.
func TestUnalertedDeadlinesSurviveTheirRenaming(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 15); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO untold (clock_id, due_at, after_ms, destinations, since, told_at) VALUES (1, 1000, 0, 'soc', 2000, 3000)`)
	got, err := openAt(t, path).UnalertedDeadlines(t.Context())
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	want := store.UnalertedDeadline{
		Clock: 1, Due: time.UnixMilli(1000).UTC(), To: "soc",
		Since: time.UnixMilli(2000).UTC(), FallbackSentAt: time.UnixMilli(3000).UTC(),
	}
	if got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}
