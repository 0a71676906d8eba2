package store_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestNewPoliciesPlanOpenClocksAgain: two at a time, what is due first first;
// what comes sooner anyway stays, and the same policies change nothing.
func TestNewPoliciesPlanOpenClocksAgain(t *testing.T) {
	db := open(t)
	at := func(minutes int) time.Time { return base.Add(time.Duration(minutes) * time.Minute) }
	clocks := []sla.Clock{
		{State: sla.Running, Due: at(90), NextStepAt: at(60)},
		{State: sla.Overdue, Due: at(-30), NextStepAt: at(200)},
		{State: sla.AtRisk, Due: at(20), NextStepAt: at(20)},
		{State: sla.Overdue, Due: at(-20)}, // nothing more was planned
		{State: sla.Running, Due: at(30), NextStepAt: at(1)},
		{State: sla.Met, Due: at(-90)},
		{State: sla.Pending},
	}
	for _, c := range clocks {
		logged(t, db, "sotas", c)
	}
	adopt := func(fingerprint string, from time.Time) {
		t.Helper()
		update(t, db, func(tx tracker.Tx) error {
			return tx.AdoptPolicies(t.Context(), fingerprint, from, 2, 5*time.Minute)
		})
	}
	want := func(next ...time.Time) {
		t.Helper()
		for i, at := range next {
			if got := incident(t, db, sla.IncidentID(i+1)).Clocks[0].NextStepAt; !got.Equal(at) {
				t.Errorf("clock %d is planned at %s, want %s", i+1, got, at)
			}
		}
	}
	none := time.Time{}
	adopt("first", base)
	want(at(10), base, at(5), base, at(1), none, none)
	adopt("first", at(-100))
	want(at(10), base, at(5), base, at(1), none, none)
	adopt("second", at(-100))
	want(at(-90), at(-100), at(-95), at(-100), at(-95), none, none)

	due := dueIncidents(t, db, at(0))
	if len(due) != 5 || due[0] != 2 || due[1] != 4 {
		t.Errorf("what is due first is not planned first: %v", due)
	}
}

func dueIncidents(t *testing.T, db *store.DB, now time.Time) (ids []sla.IncidentID) {
	t.Helper()
	err := db.View(t.Context(), func(r tracker.Reader) (err error) {
		ids, err = r.DueIncidents(t.Context(), now, 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
