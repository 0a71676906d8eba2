package store_test

import (
	"path/filepath"
	"testing"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestOldIncidentsAreOfTheKindIncident: lists, counts and reports of before there were
// kinds stay as they were, under the kind incident.
func TestOldIncidentsAreOfTheKindIncident(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 35); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path,
		`INSERT INTO incidents (vendor, service, title, description, impact, scope, severity, reference, tags, ack_by, cancel_reason, folded, version)
			VALUES ('sotas', '', 't', '', 'unknown', 'unknown', '', '', '[]', '', '', 't', 1)`,
		`INSERT INTO list_entries (incident_id, listing, vendor, severity, owner, rank, sort_key, newest) VALUES (1, '', 'sotas', '', '', 0, 1, -1), (1, 'overdue', 'sotas', '', '', 0, 1, -1)`,
		`INSERT INTO counters (listing, vendor, severity, owner, incidents) VALUES ('', 'sotas', '', '', 1), ('overdue', 'sotas', '', '', 1)`,
		`INSERT INTO report_dimensions (id, vendor, service, promise, terms, strength, state, assumed) VALUES (7, 'sotas', '', 'a', 'x', 'firm', 'overdue', 0)`)
	db := openAt(t, path)
	page, err := db.List(t.Context(), tracker.Query{Kind: sla.KindIncident})
	if err != nil || len(page.Incidents) != 1 || page.Counts[sla.Overdue] != 1 || page.Incidents[0].Kind != sla.KindIncident {
		t.Errorf("of the kind incident: %+v %v", page, err)
	}
	page, err = db.List(t.Context(), tracker.Query{Kind: sla.KindMaintenance})
	if err != nil || len(page.Incidents)+len(page.Counts) != 0 {
		t.Errorf("of another kind: %+v %v", page, err)
	}
	if got := text(t, path, `SELECT id || kind FROM report_dimensions`); got != "7incident" {
		t.Errorf("dimensions %s", got)
	}
}

// TestListsByKind: a kind selects incidents on each way to a list.
func TestListsByKind(t *testing.T) {
	db := open(t)
	ids := map[sla.IncidentKind]sla.IncidentID{}
	for _, kind := range sla.Kinds() {
		inc := &sla.Incident{Kind: kind, Vendor: "sotas", Title: "of the kind " + string(kind)}
		inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
		update(t, db, func(tx tracker.Tx) error {
			return insert(t.Context(), tx, inc, sla.Clock{State: sla.Overdue, Due: base})
		})
		ids[kind] = inc.ID
	}
	month := tracker.Query{From: base.AddDate(0, 0, -1), To: base.AddDate(0, 1, 0)}
	for _, kind := range sla.Kinds() {
		for name, q := range map[string]tracker.Query{
			"all": {}, "state": {State: sla.Overdue}, "vendor": {Vendor: "sotas"}, "text": {Text: "kind"}, "month": month,
		} {
			q.Kind = kind
			page, err := db.List(t.Context(), q)
			if err != nil || len(page.Incidents) != 1 || page.Incidents[0].ID != ids[kind] || page.Counts[sla.Overdue] != 1 {
				t.Errorf("%s of %s: %+v %v", name, kind, page, err)
			}
		}
	}
	if _, err := db.List(t.Context(), tracker.Query{Kind: "outage"}); err == nil {
		t.Error("an unknown kind was accepted")
	}
	if wrong, err := db.WrongEntries(t.Context()); err != nil || len(wrong) != 0 {
		t.Errorf("wrong entries %v %v", wrong, err)
	}
}

// text reads one value of a database.
func text(t *testing.T, path, stmt string) (value string) {
	t.Helper()
	pool := raw(t, path)
	defer pool.Close()
	if err := pool.QueryRowContext(t.Context(), stmt).Scan(&value); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	return value
}
