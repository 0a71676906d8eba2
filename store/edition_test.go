package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kigen/sla/tracker"
	"kigen/store"
)

func editionOf(t testing.TB, db *store.DB, period string, edition int) *store.Edition {
	t.Helper()
	var k *store.Edition
	snapshot(t, db, func(s *store.Snapshot) (err error) {
		k, err = s.Edition(t.Context(), period, edition)
		return err
	})
	return k
}

func TestEditionsAreKeptInOrder(t *testing.T) {
	db := open(t)
	if k := editionOf(t, db, "2026-10", 0); k != nil {
		t.Fatalf("an empty database holds %+v", k)
	}
	for n, period := range []string{"2026-09", "2026-10", "2026-10"} {
		k := &store.Edition{Period: period, MadeAt: base, Kigen: "v1", Model: fmt.Appendf(nil, `{"n":%d}`, n), Clocks: []byte{byte(n)}}
		if err := db.KeepEdition(t.Context(), k, max(0, n-1)); err != nil {
			t.Fatal(err)
		}
		if k.Number != max(1, n) || !k.Intact() {
			t.Errorf("%d. kept is edition %d, intact %v", n+1, k.Number, k.Intact())
		}
	}
	newest, first := editionOf(t, db, "2026-10", 0), editionOf(t, db, "2026-10", 1)
	if newest.Number != 2 || string(newest.Model) != `{"n":2}` || newest.Clocks[0] != 2 || !newest.MadeAt.Equal(base) || newest.Kigen != "v1" || !newest.Intact() {
		t.Errorf("newest = %+v", newest)
	}
	if first.Number != 1 || string(first.Model) != `{"n":1}` {
		t.Errorf("first = %+v", first)
	}
	late := &store.Edition{Period: "2026-10", MadeAt: base, Model: []byte("{}"), Clocks: []byte{}}
	if err := db.KeepEdition(t.Context(), late, 1); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("a second edition 2: %v, want a conflict", err)
	}
	snapshot(t, db, func(s *store.Snapshot) error {
		all, err := s.NewestEditions(t.Context())
		if len(all) != 2 || all[0].Period != "2026-10" || all[0].Number != 2 || all[1].Period != "2026-09" || all[1].Number != 1 {
			t.Errorf("listed %+v", all)
		}
		return err
	})
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestEditionsStayAsTheyAre: not even a mistaken statement changes one, and
// one that was changed by force is found.
func TestEditionsStayAsTheyAre(t *testing.T) {
	db := open(t)
	k := &store.Edition{Period: "2026-10", MadeAt: base, Model: []byte("{}"), Clocks: []byte{}}
	if err := db.KeepEdition(t.Context(), k, 0); err != nil {
		t.Fatal(err)
	}
	pool := raw(t, at(db))
	defer pool.Close()
	for _, stmt := range []string{
		`UPDATE reports SET model = 'x'`, `DELETE FROM reports`,
		`INSERT OR REPLACE INTO reports SELECT period, edition, made_at, kigen, sha256, 'x', clocks FROM reports`,
		`INSERT INTO reports SELECT period, edition + 2, made_at, kigen, sha256, model, clocks FROM reports`,
	} {
		if _, err := pool.ExecContext(t.Context(), stmt); err == nil {
			t.Errorf("%s was done", stmt)
		}
	}
	rawExec(t, at(db), `DROP TRIGGER reports_stay_as_they_are`, `UPDATE reports SET model = '{"met":99}'`)
	if err := db.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "edition 1 of the report of 2026-10") {
		t.Errorf("verify says %v", err)
	}
}
