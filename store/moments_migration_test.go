package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestOldMomentsBecomeRows: an incident from before moments were rows has the
// moments, offsets, bases and start that it had, under their present names.
func TestOldMomentsBecomeRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 18); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity,
			occurred_at, occurred_offset, occurred_basis, detected_basis, confirmed_basis, declared_basis,
			noticed_at, noticed_offset, noticed_basis, logged_at, logged_offset, logged_basis, reference, tags, ack_by, cancel_reason, folded, version)
		VALUES (1, 'sotas', '', 'the word "noticed"', '', 'unknown', 'unknown', '', 1000, 32400, 'stated', '', '', '',
			2000, 0, 'observed', 3000, -3600, 'observed', '', '[]', '', '', 't', 1)`,
		`INSERT INTO clocks (id, incident_id, promise, stage, terms, state, start_at, start_offset, start_from, start_basis,
			due_at, due_offset, zone, notice_at, explanation, attributed_at)
		VALUES (1, 1, 'p', '', '', 'met', 2000, 0, 'noticed', 'assumed', 90000, 0, 'UTC', 61999,
			'{"steps":[{"kind":"start","moment":"noticed","instead_of":"detected","note":"the word \"noticed\""}]}', 89999)`)
	inc := incident(t, openAt(t, path), 1)
	if inc.Kind != sla.KindIncident {
		t.Errorf("kind %q", inc.Kind)
	}
	want := sla.Times{}
	want[sla.Occurred] = sla.Stamp{At: time.UnixMilli(1000).In(time.FixedZone("", 32400)), Basis: sla.Stated}
	want[sla.Aware] = sla.Stamp{At: time.UnixMilli(2000).UTC(), Basis: sla.Observed}
	want[sla.Logged] = sla.Stamp{At: time.UnixMilli(3000).In(time.FixedZone("", -3600)), Basis: sla.Observed}
	for m := range want {
		got := inc.Times[m]
		if !got.At.Equal(want[m].At) || got.Basis != want[m].Basis || got.At.Format(time.RFC3339) != want[m].At.Format(time.RFC3339) {
			t.Errorf("%s: %v, want %v", sla.Moment(m), got, want[m])
		}
	}
	c := inc.Clocks[0]
	if c.Start.From != sla.Aware || c.NotifiedAt.UnixMilli() != 61999 || c.Explanation.Steps[0].Moment != "aware" {
		t.Errorf("clock %+v", c)
	}
}

// TestForgottenMomentIsDeleted: a moment that an amendment makes unknown is not
// read again.
func TestForgottenMomentIsDeleted(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas")
	inc.Times[sla.Occurred] = sla.Stamp{At: time.UnixMilli(5000).UTC(), Basis: sla.Stated}
	inc.Times[sla.Detected] = sla.Stamp{At: time.UnixMilli(6000).UTC(), Basis: sla.Stated}
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), inc) })
	inc.Times[sla.Occurred] = sla.Stamp{}
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), inc) })
	if got := incident(t, db, inc.ID).Times; got != inc.Times {
		t.Errorf("moments %v, want %v", got, inc.Times)
	}
}
