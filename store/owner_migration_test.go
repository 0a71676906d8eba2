package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestOldAcknowledgementsBecomeOwners: who had acknowledged an incident before there
// were owners is its owner, in lists, counts and searches too.
func TestOldAcknowledgementsBecomeOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 27); err != nil {
		t.Fatal(err)
	}
	for _, owner := range []string{"Ｓato", ""} {
		rawExec(t, path, `INSERT INTO incidents (vendor, service, title, description, impact, scope, severity, reference, tags, ack_by, ack_at, cancel_reason, folded, version)
			VALUES ('sotas', '', 't', '', 'unknown', 'unknown', '', '', '[]', '`+owner+`', CASE '`+owner+`' WHEN '' THEN NULL ELSE 2000 END, '', 't', 1)`)
	}
	rawExec(t, path, `INSERT INTO list_entries (incident_id, listing, vendor, severity, rank, sort_key, newest)
			VALUES (1, '', 'sotas', '', 0, 1, -1), (1, 'overdue', 'sotas', '', 0, 1, -1), (2, '', 'sotas', '', 0, 1, -2), (2, 'overdue', 'sotas', '', 0, 1, -2)`,
		`INSERT INTO counters (listing, vendor, severity, incidents) VALUES ('', 'sotas', '', 2), ('overdue', 'sotas', '', 2)`)
	db := openAt(t, path)
	if inc := incident(t, db, 1); inc.Owner != "Ｓato" || !inc.Acknowledged.At.Equal(time.UnixMilli(2000)) {
		t.Errorf("owner %q", inc.Owner)
	}
	for name, q := range map[string]tracker.Query{
		"by owner": {Owner: "Ｓato"}, "by text": {Text: "sato"},
	} {
		page, err := db.List(t.Context(), q)
		if err != nil || len(page.Incidents) != 1 || page.Incidents[0].ID != 1 || page.Counts[sla.Overdue] != 1 {
			t.Errorf("%s: %+v %v", name, page, err)
		}
	}
	page, err := db.List(t.Context(), tracker.Query{Unowned: true})
	if err != nil || len(page.Incidents) != 1 || page.Incidents[0].ID != 2 || page.Counts[sla.Overdue] != 1 {
		t.Errorf("without an owner: %+v %v", page, err)
	}
}
