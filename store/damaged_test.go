package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// damaged is a database of three incidents, the second of which can't be read.
func damaged(t *testing.T) *store.DB {
	t.Helper()
	db := open(t)
	due := base.Add(time.Hour)
	for range 3 {
		logged(t, db, "sotas", sla.Clock{Promise: "p", State: sla.Running, Due: due, NextStepAt: due})
	}
	writer, _ := db.Pools()
	if _, err := writer.ExecContext(t.Context(), `UPDATE clocks SET explanation = '{' WHERE incident_id = 2`); err != nil {
		t.Fatal(err)
	}
	return db
}

// In every list a damaged incident stands as such, and takes none of the others
// with it.
func TestListsShowADamagedIncident(t *testing.T) {
	db := damaged(t)
	check := func(what string, all []*sla.Incident) {
		t.Helper()
		var unreadable []sla.IncidentID
		for _, inc := range all {
			if inc.Unreadable != "" {
				unreadable = append(unreadable, inc.ID)
				if inc.Vendor != "sotas" || !strings.Contains(inc.Unreadable, "explanation of clock 2") {
					t.Errorf("%s: it is %q of %q", what, inc.Unreadable, inc.Vendor)
				}
			}
		}
		if len(all) != 3 || !slices.Equal(unreadable, []sla.IncidentID{2}) {
			t.Errorf("%s: %d incidents, of which %v are unreadable", what, len(all), unreadable)
		}
	}
	page, err := db.List(t.Context(), tracker.Query{})
	if err != nil {
		t.Fatal(err)
	}
	check("list", page.Incidents)
	if page.Counts[sla.Running] != 3 {
		t.Errorf("counts %v", page.Counts)
	}
	err = db.Snapshot(t.Context(), func(s *store.Snapshot) error {
		var all []*sla.Incident
		err := s.Histories(t.Context(), []sla.IncidentID{1, 2, 3}, func(h *report.History) error {
			all = append(all, h.Incident)
			return nil
		})
		check("report", all)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	var read []sla.IncidentID
	err = db.Attributed(t.Context(), base.Add(-time.Hour), base.Add(48*time.Hour), func(inc *sla.Incident) error {
		read = append(read, inc.ID)
		return nil
	})
	if err != nil || !slices.Equal(read, []sla.IncidentID{1, 3}) {
		t.Errorf("attributed: %v, %v", read, err)
	}
	writer, _ := db.Pools()
	if _, err := writer.ExecContext(t.Context(), `UPDATE clocks SET due_at = 9000000000000000 WHERE incident_id = 2`); err != nil {
		t.Fatal(err)
	}
	due, err := db.Deadlines(t.Context(), tracker.DeadlineQuery{From: base, To: time.UnixMilli(9e15 + 1), Limit: 10})
	if err != nil || len(due) != 2 {
		t.Errorf("deadlines: %v, %v", due, err)
	}
	if err := db.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "KGN-2 cannot be read") {
		t.Errorf("verify: %v", err)
	}
}

// A delivery of a damaged incident is claimed with as much as can be read, and
// those behind it come after it. An update of it is left out. The incident is tried
// again, so that the message is corrected once it can be read.
func TestADamagedIncidentIsClaimed(t *testing.T) {
	db := damaged(t)
	update(t, db, func(tx tracker.Tx) error {
		for id := sla.IncidentID(1); id <= 3; id++ {
			a := &outbox.Alert{Key: fmt.Sprint("k", id), Reason: outbox.ReasonOverdue, Incident: id, Clock: sla.ClockID(id), At: base, To: []string{"soc"}}
			if _, err := tx.Raise(t.Context(), a); err != nil {
				return err
			}
		}
		return nil
	})
	for id := sla.IncidentID(1); id <= 3; id++ {
		d, err := db.NextDelivery(t.Context(), "soc", base)
		if err != nil || d == nil || d.Alert.Incident != id || (d.Unreadable != "") != (id == 2) || (d.Incident == nil) != (id == 2) {
			t.Fatalf("claimed %+v, %v, want that of %s", d, err, id)
		}
		if err := db.Sent(t.Context(), d.ID, outbox.Receipt{Channel: "C", TS: id.String()}, base); err != nil {
			t.Fatal(err)
		}
	}
	if asides, err := db.Asides(t.Context()); err != nil || len(asides) != 1 || asides[0].Incident != 2 || !asides[0].NextAt.After(base) {
		t.Errorf("put aside: %+v, %v, want KGN-2", asides, err)
	}
	update(t, db, func(tx tracker.Tx) error {
		return errors.Join(tx.QueueUpdates(t.Context(), 2, base), tx.QueueUpdates(t.Context(), 3, base))
	})
	if d, err := db.NextDelivery(t.Context(), "soc", base); err != nil || d == nil || d.Kind != outbox.Update || d.Alert.Incident != 3 {
		t.Errorf("claimed %+v, %v, want the update of KGN-3", d, err)
	}
}

// A commit is announced once, with the destinations that have something new;
// what was rolled back is not.
func TestCommitsAreAnnounced(t *testing.T) {
	db := open(t)
	var heard []store.Committed
	db.Subscribe(func(_ context.Context, c store.Committed) { heard = append(heard, c) })
	inc := logged(t, db, "sotas", sla.Clock{Promise: "p", State: sla.Running})
	heard = nil
	raise := func(key string, reason outbox.Reason, to ...string) {
		t.Helper()
		update(t, db, func(tx tracker.Tx) error {
			a := &outbox.Alert{Key: key, Reason: reason, At: base, To: to}
			if reason != outbox.ReasonReport {
				a.Incident = inc.ID
			}
			_, err := tx.Raise(t.Context(), a)
			return err
		})
	}
	raise("a", outbox.ReasonOverdue, "soc", "lead")
	raise("a", outbox.ReasonOverdue, "soc", "lead") // told before
	raise("r", outbox.ReasonReport, "lead")
	if got := asJSON(t, heard); got != asJSON(t, []store.Committed{
		{Alerts: []outbox.Reason{outbox.ReasonOverdue}, Destinations: []string{"soc", "lead"}},
		{Alerts: []outbox.Reason{outbox.ReasonReport}, Destinations: []string{"lead"}},
	}) {
		t.Errorf("heard %s", got)
	}
	heard = nil
	gone := errors.New("gone")
	if err := db.Update(t.Context(), func(tx tracker.Tx) error {
		_, err := tx.Raise(t.Context(), &outbox.Alert{Key: "x", Reason: outbox.ReasonReport, At: base, To: []string{"soc"}})
		return errors.Join(err, gone)
	}); !errors.Is(err, gone) || len(heard) != 0 {
		t.Errorf("%v, heard %v of what was rolled back", err, heard)
	}
	d, err := db.NextDelivery(t.Context(), "soc", base)
	if err != nil || d == nil {
		t.Fatal(d, err)
	}
	if err := db.Sent(t.Context(), d.ID, outbox.Receipt{}, base); err != nil || len(heard) != 0 {
		t.Errorf("%v, heard %v of what changes nothing for others", err, heard)
	}
	update(t, db, func(tx tracker.Tx) error { return tx.QueueUpdates(t.Context(), inc.ID, base) })
	if len(heard) != 1 || !slices.Equal(heard[0].Destinations, []string{"soc"}) {
		t.Errorf("heard %+v of an update at soc", heard)
	}
	heard = nil
	if n, err := db.FailOver(t.Context(), "lead", "spare", base); err != nil || n != 2 || len(heard) != 1 || !slices.Equal(heard[0].Destinations, []string{"spare"}) {
		t.Errorf("%d, %v, heard %+v of what the fallback is to tell", n, err, heard)
	}
}
