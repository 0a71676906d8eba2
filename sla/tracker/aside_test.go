package tracker_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"kigen/sla"
	"kigen/sla/tracker"
)

// damage changes the database behind the store's back.
func (w *world) damage(stmts ...string) {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+w.db.Path()+"?_busy_timeout=5000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, stmt := range stmts {
		if _, err := db.ExecContext(w.t.Context(), stmt); err != nil {
			w.t.Fatalf("%s: %v", stmt, err)
		}
	}
}

func (w *world) asides() []tracker.Aside {
	w.t.Helper()
	all, err := w.db.Asides(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// damages are ways in which the record of incident 2 keeps a step from it.
var damages = map[string][]string{
	"an explanation that is no JSON": {`UPDATE clocks SET explanation = '{' WHERE incident_id = 2`},
	"a moment that there is not":     {`UPDATE clocks SET start_from = 'bogus' WHERE incident_id = 2`},
	"a state that there is not":      {`UPDATE clocks SET state = 'bogus' WHERE incident_id = 2`},
	"a basis that there is not":      {`UPDATE clocks SET start_basis = 'bogus' WHERE incident_id = 2`},
	"an instant out of range":        {`UPDATE clocks SET due_at = 9000000000000000 WHERE incident_id = 2`},
	"an offset out of range":         {`UPDATE clocks SET start_offset = 100000000 WHERE incident_id = 2`},
	"tags that are no list":          {`UPDATE incidents SET tags = '{' WHERE id = 2`},
	"a notice out of range": {`INSERT INTO notices (incident_id, received_at, channel, stage, reference, text, recorded_by)
		VALUES (2, 9000000000000000, '', '', '', '', '')`},
	"the events' tail": {`DROP TRIGGER events_stay_as_they_are`,
		`UPDATE events SET seq = 9223372036854775807 WHERE incident_id = 2 AND seq = (SELECT MAX(seq) FROM events WHERE incident_id = 2)`},
	"an incident that is gone": {`PRAGMA foreign_keys = off`, `DELETE FROM incidents WHERE id = 2`},
}

// One incident that can't be processed is put aside, whatever is wrong with it;
// the alerts of the others are raised at once.
func TestOneBadIncidentStopsNoOther(t *testing.T) {
	for name, stmts := range damages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range 3 {
				w.log("six", "2026-06-10 09:30")
			}
			w.wantTold()
			w.damage(stmts...)
			var failed []tracker.Aside
			w.Failed = func(a tracker.Aside) { failed = append(failed, a) }
			w.set("2026-06-10 15:30:01")
			want := []string{"soc overdue of KGN-1", "soc overdue of KGN-3"}
			if got := slices.DeleteFunc(w.tape.raised, func(s string) bool { return strings.HasSuffix(s, "KGN-2") }); !slices.Equal(slices.Compact(slices.Sorted(slices.Values(got))), want) {
				t.Errorf("told %q, want %q", got, want)
			}
			all := w.asides()
			if len(all) != 1 || all[0].Incident != 2 || all[0].Error == "" || !all[0].NextAt.Equal(w.now.Add(15*time.Second)) || len(failed) != 1 {
				t.Fatalf("put aside %+v, heard of %+v, want KGN-2", all, failed)
			}
			if next, err := w.Step(t.Context()); err != nil || next.After(all[0].NextAt) {
				t.Errorf("the next step is at %s, %v, want the next try", next, err)
			}
			if len(failed) != 1 {
				t.Error("it was tried again before its wait was over")
			}
		})
	}
}

// What was put aside is tried again, less and less often, also after a restart;
// once its record is mended its alert is raised.
func TestAsideIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.log("six", "2026-06-10 09:30")
	w.damage(`UPDATE clocks SET start_from = 'bogus'`)
	w.set("2026-06-10 15:30:01")
	begun := w.now
	var waits []time.Duration
	for range 8 {
		a := w.asides()[0]
		waits = append(waits, a.NextAt.Sub(w.now))
		w.now = a.NextAt
		if _, err := w.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []time.Duration{
		15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute,
	}
	if !slices.Equal(waits, want) {
		t.Fatalf("waits %v, want %v", waits, want)
	}
	if a := w.asides()[0]; a.Tries != 9 || !a.Since.Equal(begun) {
		t.Errorf("%d tries since %s", a.Tries, a.Since)
	}
	w.wantTold()
	w.damage(`UPDATE clocks SET start_from = 'occurred'`)
	w.now = w.asides()[0].NextAt
	if _, err := w.Step(t.Context()); err != nil || len(w.asides()) != 0 {
		t.Errorf("still aside: %v, %v", w.asides(), err)
	}
	w.wantTold("soc overdue of KGN-1")
}

// A failure of the store is not any incident's fault.
func TestNobodyIsPutAsideForTheStore(t *testing.T) {
	w := newWorld(t)
	w.log("six", "2026-06-10 09:30")
	w.now = w.at("2026-06-10 15:30:01")
	w.tape.failAt = 1
	if _, err := w.Step(t.Context()); !errors.Is(err, tracker.ErrUnavailable) {
		t.Errorf("step: %v", err)
	}
	if all := w.asides(); len(all) != 0 {
		t.Errorf("put aside %+v", all)
	}
	w.tape.failAt = 0
	w.set("2026-06-10 15:30:02")
	w.wantTold("soc overdue of KGN-1")
}

// A use case on a damaged incident says so, and no other is touched.
func TestUseCasesNameADamagedIncident(t *testing.T) {
	w := newWorld(t)
	id := w.log("six", "2026-06-10 09:30").ID
	other := w.log("six", "2026-06-10 09:30").ID
	w.damage(`UPDATE clocks SET explanation = '{' WHERE incident_id = 1`)
	_, err := w.Acknowledge(t.Context(), by("ueda"), id, time.Time{})
	if !errors.Is(err, tracker.ErrUnreadable) || !strings.HasPrefix(err.Error(), "KGN-1 cannot be read: ") {
		t.Errorf("acknowledge: %v", err)
	}
	if _, err := w.Acknowledge(t.Context(), by("ueda"), other, time.Time{}); err != nil {
		t.Error(err)
	}
	if inc := w.read(other); inc.Unreadable != "" || inc.Clocks[0].State != sla.Running {
		t.Errorf("the other one is %+v", inc)
	}
}
