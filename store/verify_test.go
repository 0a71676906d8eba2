package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// historic opens a database with two incidents, each with the two events of its
// logging and three more.
func historic(t *testing.T) *store.DB {
	t.Helper()
	db := open(t)
	for range 2 {
		inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
		for i := range 3 {
			update(t, db, func(tx tracker.Tx) error {
				return tx.AppendEvent(t.Context(), &sla.Event{
					Incident: inc.ID, At: base.Add(time.Duration(i)*time.Hour + 123456789), Actor: "佐藤",
					Kind: sla.EventRetired, Body: json.RawMessage(`{"destination": "障害"}`),
				})
			})
		}
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Fatalf("a sound database: %v", err)
	}
	return db
}

func TestEventsComeBackSealed(t *testing.T) {
	db := historic(t)
	view(t, db, func(r tracker.Reader) error {
		events, err := r.Events(t.Context(), 2)
		if len(events) != 5 {
			t.Fatalf("%d events", len(events))
		}
		prev := ""
		for i := range events {
			e := &events[i]
			if e.Seq != int64(i+1) || e.Prev != prev || !e.Intact() || i >= 2 && (string(e.Body) != `{"destination": "障害"}` || e.Actor != "佐藤") {
				t.Errorf("event %d: %+v", i, e)
			}
			prev = e.Hash
		}
		return err
	})
}

func TestTheDatabaseKeepsEvents(t *testing.T) {
	writer, _ := historic(t).Pools()
	for _, stmt := range []string{
		"UPDATE events SET actor = 'x'",
		"UPDATE events SET seq = seq + 10",
		"DELETE FROM events WHERE seq = 3",
		"INSERT OR REPLACE INTO events SELECT incident_id, seq, at, 'x', origin, kind, body, body_sha256, prev, hash FROM events WHERE seq = 3",
		"INSERT INTO events SELECT incident_id, 7, at, actor, origin, kind, body, body_sha256, prev, hash FROM events WHERE seq = 3",
		"DELETE FROM incidents",
	} {
		if _, err := writer.ExecContext(t.Context(), stmt); err == nil {
			t.Errorf("the database allowed %q", stmt)
		}
	}
}

// TestVerifyFindsWhatWasTamperedWith changes the tables by hand, past the
// triggers.
func TestVerifyFindsWhatWasTamperedWith(t *testing.T) {
	for stmt, want := range map[string]string{
		"UPDATE events SET body = '{}' WHERE incident_id = 2 AND seq = 2":              "KGN-2: event 2 was changed",
		"UPDATE events SET at = at + 1 WHERE incident_id = 1 AND seq = 3":              "KGN-1: event 3 was changed",
		"UPDATE events SET prev = x'78' WHERE incident_id = 1 AND seq = 1":             "KGN-1: event 1 does not hold the hash",
		"DELETE FROM events WHERE incident_id = 1 AND seq = 2":                         "KGN-1: event 3 follows event 1: events are missing",
		"DELETE FROM events WHERE incident_id = 2 AND seq = 1":                         "KGN-2: event 2 follows event 0: events are missing",
		"UPDATE events SET incident_id = 1, seq = 6 WHERE incident_id = 2 AND seq = 5": "KGN-1: event 6 does not hold the hash",
		"UPDATE counters SET incidents = 9 WHERE listing = 'running'":                  `the counter of list "running", vendor sotas, severity "", owner "", kind incident, is 9, but 2`,
		"DELETE FROM counters WHERE listing = 'running'":                               `the counter of list "running", vendor sotas, severity "", owner "", kind incident, is 0, but 2`,
		"DELETE FROM list_entries WHERE incident_id = 2":                               `KGN-2 is missing from the list "running"`,
		"UPDATE clocks SET has_earlier_clock = 1 WHERE id = 1":                         "KGN-1: has_earlier_clock of clock 1 is wrong",
		"UPDATE list_entries SET severity = 'low' WHERE incident_id = 2":               `KGN-2 is missing from the list "running"`,
		"UPDATE clocks SET terms = 'gone' WHERE id = 1":                                "KGN-1: the terms gone of clock 1 are missing",
		"UPDATE clocks SET incident_id = 77 WHERE id = 2":                              "row 2 of clocks refers to a row of incidents",
	} {
		if onServer && strings.Contains(want, "refers to a row") {
			continue // PostgreSQL refuses the statement
		}
		db := historic(t)
		rawExec(t, at(db), "DROP TRIGGER events_are_kept", "DROP TRIGGER events_stay_as_they_are", stmt)
		err := db.Verify(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), db.Path()) {
			t.Errorf("%s: %v; want %q", stmt, err, want)
		}
	}
}

// TestVerifyChecksTheTerms: they are what their hash says, and the calendar
// that they name is there.
func TestVerifyChecksTheTerms(t *testing.T) {
	made := func(body string) sla.Terms {
		sum := sha256.Sum256([]byte(body))
		return sla.Terms{Hash: hex.EncodeToString(sum[:]), Body: []byte(body)}
	}
	calendar := made(`{"form":"calendar","id":"desk"}`)
	promise := made(`{"vendor":"sotas","calendar":"` + calendar.Hash + `"}`)
	for stmt, want := range map[string]string{
		"SELECT 1": "",
		`UPDATE terms SET body = '{}' WHERE hash = '` + calendar.Hash + `'`: "the terms " + calendar.Hash + " were changed",
		`UPDATE terms SET body = body || ' ' WHERE body LIKE '%sotas%'`:     "the terms " + promise.Hash + " were changed",
		`UPDATE terms SET hash = 'x' WHERE hash = '` + calendar.Hash + `'`:  "the calendar " + calendar.Hash + " of the terms " + promise.Hash + " is missing",
		`DELETE FROM terms WHERE hash = '` + calendar.Hash + `'`:            "the calendar " + calendar.Hash + " of the terms " + promise.Hash + " is missing",
		`DELETE FROM terms WHERE body LIKE '%sotas%'`:                       "the terms " + promise.Hash + " of clock 1 are missing",
	} {
		db := open(t)
		logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base, Terms: promise.Hash})
		update(t, db, func(tx tracker.Tx) error {
			return errors.Join(tx.KeepTerms(t.Context(), calendar), tx.KeepTerms(t.Context(), promise))
		})
		rawExec(t, at(db), stmt)
		err := db.Verify(t.Context())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v; want %q", stmt, err, want)
		}
	}
}

func TestBackup(t *testing.T) {
	ofFiles(t)
	db := historic(t)
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	logged(t, db, "later")
	copied := openAt(t, path)
	page, err := copied.List(t.Context(), tracker.Query{})
	if err != nil || len(page.Incidents) != 2 {
		t.Errorf("the copy holds %d incidents, %v", len(page.Incidents), err)
	}
	if err := copied.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: others may read the backup", info.Mode(), err)
	}
}

func TestBackupReplacesOnlyABackup(t *testing.T) {
	ofFiles(t)
	db := historic(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "backup.db")
	for range 2 {
		if err := db.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		logged(t, db, "later")
	}
	letter := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(letter, bytes.Repeat([]byte("Dear vendor,\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	live := openAt(t, filepath.Join(t.TempDir(), "live.db"))
	logged(t, live, "sotas")
	for target, want := range map[string]string{
		letter:                                  "a backup replaces an older backup only",
		db.Path():                               "that is the database itself",
		live.Path():                             "a kigen is using that file",
		dir:                                     "that is a directory",
		filepath.Join(dir, "none", "backup.db"): "no such file or directory",
	} {
		if err := db.Backup(t.Context(), target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("backup to %s: %v; want %q", target, err, want)
		}
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("files are left over: %v, %v", entries, err)
	}
	copied := openAt(t, path)
	if page, err := copied.List(t.Context(), tracker.Query{}); err != nil || len(page.Incidents) != 3 {
		t.Errorf("the second backup holds %d incidents, %v", len(page.Incidents), err)
	}
}

func TestVerifyHeedsItsContext(t *testing.T) {
	db := historic(t)
	ctx, cancel := cancelled(t)
	defer cancel()
	asked := map[string]error{"verify": db.Verify(ctx)}
	if !onServer {
		asked["backup"] = db.Backup(ctx, filepath.Join(t.TempDir(), "b.db"))
	}
	for name, err := range asked {
		if !errors.Is(err, ctx.Err()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
