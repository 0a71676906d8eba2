package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"kigen/sla"
	"kigen/store"
)

// TestOldNoticesAndClocksStand: notices and clocks from before there were withdrawals and
// waivers count as they did, and are sealed with the columns of both: a withdrawal or a
// waiver that someone writes into the file afterwards is found.
func TestOldNoticesAndClocksStand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 26); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity, reference, tags, ack_by, cancel_reason, folded, version)
			VALUES (1, 'sotas', '', 't', '', 'unknown', 'unknown', '', '', '[]', '', '', 't', 1)`,
		`INSERT INTO clocks (id, incident_id, promise, stage, terms, state, start_at, start_offset, start_from, start_basis,
				due_at, due_offset, zone, notified_at, explanation, attributed_at)
			VALUES (1, 1, 'p', '', '', 'met', 2000, 0, 'occurred', 'stated', 90000, 0, 'UTC', 61999, '{}', 89999),
				(2, 1, 'p', 'final', '', 'running', 2000, 0, 'occurred', 'stated', 990000, 0, 'UTC', NULL, '{}', 989999)`,
		`INSERT INTO notices (id, incident_id, received_at, received_offset, channel, stage, reference, text, recorded_at, recorded_by)
			VALUES (1, 1, 61999, 0, 'email', '', '', 'sorry', 62000, 'sato')`)
	db := openAt(t, path)
	inc := incident(t, db, 1)
	if len(inc.Notices) != 1 || !inc.Notices[0].Counts() || inc.Notices[0].Number != 1 || inc.Notices[0].Text != "sorry" {
		t.Errorf("notices %+v", inc.Notices)
	}
	for i, state := range []sla.State{sla.Met, sla.Running} {
		if c := &inc.Clocks[i]; c.State != state || c.Waiver != (sla.Waiver{}) {
			t.Errorf("clock %d: %s, waiver %+v", i+1, c.State, c.Waiver)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := findings(t, path)
	rawExec(t, path, `UPDATE notices SET withdrawn_at = 70000, withdrawn_by = 'sato', withdrawn_reason = 'r'`,
		`UPDATE clocks SET waived_at = 70000, waived_by = 'sato', waived_reason = 'r' WHERE id = 2`)
	after := findings(t, path)
	for _, row := range []string{"clock 2 was changed", "notice 1 was changed"} {
		if strings.Contains(before, row) || !strings.Contains(after, row) {
			t.Errorf("%q is not found: before\n%s\nafter\n%s", row, before, after)
		}
	}
}

// findings is what a verification finds in a file.
func findings(t *testing.T, path string) string {
	t.Helper()
	db := openAt(t, path)
	err := db.Verify(t.Context())
	if closed := db.Close(); closed != nil {
		t.Fatal(closed)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}
