package store_test

import (
	"testing"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// The version changes with every commit, also of another process, and only then.
func TestVersionFollowsCommits(t *testing.T) {
	db := open(t)
	version := func() string {
		t.Helper()
		v, err := db.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := version()
	if _, err := db.List(t.Context(), tracker.Query{}); err != nil || version() != first {
		t.Errorf("reading changes it: %v", err)
	}
	logged(t, db, "sotas", sla.Clock{Promise: "p", State: sla.Running})
	second := version()
	if second == first {
		t.Error("a commit does not change it")
	}
	other, err := store.Open(t.Context(), at(db), base)
	if err != nil {
		t.Fatal(err)
	}
	logged(t, other, "sotas", sla.Clock{Promise: "p", State: sla.Running})
	if err := other.Close(); err != nil || version() == second {
		t.Errorf("another's commit does not change it: %v", err)
	}
	third := version()
	if err := db.LogAccess(t.Context(), store.AccessLine{At: base, Actor: "user:sato", Kind: "report_read"}); err != nil || version() != third {
		t.Errorf("a line of the access log changes it: %v", err)
	}
	logged(t, db, "sotas", sla.Clock{Promise: "p", State: sla.Running})
	if err := db.LogAccess(t.Context(), store.AccessLine{At: base, Actor: "user:sato", Kind: "report_read"}); err != nil || version() == third {
		t.Errorf("a line of the access log hides a change before it: %v", err)
	}
}
