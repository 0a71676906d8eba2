package store_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestHashesOfOlderEventsStayTheSame: the events that an older version stored, with their
// hashes as text, are read as before: intact ones, erased ones, those that never had a
// hash of their body, and a damaged one, which is still found.
func TestHashesOfOlderEventsStayTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 36); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity, reference, tags, ack_by, cancel_reason, folded, version)
		VALUES (1, 'sotas', '', 't', '', 'unknown', 'unknown', '', '', '[]', '', '', 't', 1)`)
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	var want []sla.Event
	last := sla.Event{}
	for i := range 5 {
		e := sla.Event{Incident: 1, At: time.UnixMilli(int64(1000 * i)).UTC(), Actor: "user:sato", Kind: sla.EventNote, Body: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}
		e.Seal(last.Seq, last.Hash)
		last = e
		switch i {
		case 1:
			e.Body = nil // erased
		case 3:
			e.Hash = "no hash" // damaged
		case 4:
			e.BodyHash = "" // never had one
		}
		want = append(want, e)
		if _, err := raw.ExecContext(t.Context(), `INSERT INTO events (incident_id, seq, at, actor, origin, kind, body, body_sha256, prev, hash)
			VALUES (1, $1, $2, $3, '', $4, $5, $6, $7, $8)`, e.Seq, e.At.UnixMilli(), e.Actor, e.Kind, string(e.Body), e.BodyHash, e.Prev, e.Hash); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	err = db.View(t.Context(), func(r tracker.Reader) error {
		got, err := r.Events(t.Context(), 1)
		for i := range got {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("event %d is\n%+v\nwant\n%+v", i+1, got[i], want[i])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d of %d events", len(got), len(want))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	findings := fmt.Sprint(db.Verify(t.Context()))
	for finding, found := range map[string]bool{
		"event 1 ": false, "event 2 was changed": false, "event 3 ": false, "event 4 was changed": true, "event 5 does not hold": true,
	} {
		if strings.Contains(findings, finding) != found {
			t.Errorf("%q is found: %v, want %v\n%s", finding, !found, found, findings)
		}
	}
}
