package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// Writers are served in the order in which they came; one that gives up is passed
// over.
func TestWritersWaitInTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t)
		release := make(chan struct{})
		go func() {
			if err := db.Update(t.Context(), func(tracker.Tx) error { <-release; return nil }); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		var served []int
		impatient, giveUp := context.WithCancel(t.Context())
		for i := range 12 {
			ctx := t.Context()
			if i == 3 {
				ctx = impatient
			}
			go func() {
				err := db.Update(ctx, func(tracker.Tx) error { served = append(served, i); return nil })
				if (err != nil) != (i == 3) || i == 3 && !errors.Is(err, context.Canceled) {
					t.Errorf("writer %d: %v", i, err)
				}
			}()
			synctest.Wait()
		}
		giveUp()
		synctest.Wait()
		close(release)
		synctest.Wait()
		if want := []int{0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11}; !slices.Equal(served, want) {
			t.Errorf("served in the order %v", served)
		}
	})
}

// A request that is gone leaves nothing, whether it goes between two statements or
// after the last one, and the next writer finds the way free.
func TestACancelledRequestStoresNothing(t *testing.T) {
	db := open(t)
	for name, after := range map[string]bool{"between statements": false, "after the last": true} {
		ctx, cancel := context.WithCancel(t.Context())
		inc := &sla.Incident{Vendor: "sotas", Title: name}
		inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
		err := db.Update(ctx, func(tx tracker.Tx) error {
			if err := tx.InsertIncident(ctx, inc); err != nil {
				return err
			}
			if after {
				defer cancel()
			} else {
				cancel()
			}
			return tx.InsertClock(ctx, &sla.Clock{Incident: inc.ID, Promise: "p", State: sla.Running, Due: base})
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if page, err := db.List(t.Context(), tracker.Query{}); err != nil || len(page.Incidents) != 0 {
		t.Errorf("%v, %v is stored", err, page.Incidents)
	}
	if inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base}); inc.ID != 1 {
		t.Errorf("the next one is %s", inc.ID)
	}
}

// What a transaction does to an incident that it has inserted itself ends as it
// would in a transaction of its own.
func TestANewIncidentIsStoredAsAnOldOne(t *testing.T) {
	type step func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error
	raise := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		c := &inc.Clocks[0]
		_, err := tx.Raise(ctx, &outbox.Alert{Key: "overdue/" + inc.ID.String(), Reason: outbox.ReasonOverdue, Incident: inc.ID, Clock: c.ID, At: base, To: []string{"soc"}})
		return err
	}
	announce := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		_, err := tx.Raise(ctx, &outbox.Alert{Key: "logged/" + inc.ID.String(), Reason: outbox.ReasonLogged, Incident: inc.ID, At: base, To: []string{"soc"}})
		return err
	}
	supersede := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		return errors.Join(tx.Supersede(ctx, inc.Clocks[0].ID, nil), tx.SupersedeLogged(ctx, inc.ID, nil), tx.QueueUpdates(ctx, inc.ID, base))
	}
	move := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		inc.Service, inc.Severity = "another", sla.SeverityHigh
		return tx.UpdateIncident(ctx, inc)
	}
	settle := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		c := &inc.Clocks[0]
		c.State, c.NotifiedAt = sla.Met, base
		return tx.UpdateClock(ctx, c, sla.Running)
	}
	tell := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		return tx.AppendEvent(ctx, &sla.Event{Incident: inc.ID, At: base, Kind: sla.EventLogged, Body: []byte("{}")})
	}
	log := func(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
		inc.Vendor, inc.Title = "sotas", "outage"
		inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
		body := []byte("{}")
		terms := sla.Terms{Hash: fmt.Sprintf("%x", sha256.Sum256(body)), Body: body}
		return errors.Join(tx.KeepTerms(ctx, terms), insert(ctx, tx, inc, sla.Clock{Promise: "p", Terms: terms.Hash, State: sla.Running, Due: base.Add(time.Hour), Start: sla.Start{At: base, Basis: sla.Stated}}))
	}
	for name, steps := range map[string][]step{
		"plain":              {log, supersede, tell, tell},
		"alerts superseded":  {log, announce, raise, supersede, tell},
		"alert after":        {log, supersede, raise, announce},
		"fields change":      {log, tell, move, raise, supersede},
		"clock changes":      {log, tell, settle, supersede, tell},
		"both, then another": {log, move, settle, tell, log, tell, supersede},
	} {
		t.Run(name, func(t *testing.T) {
			together, apart := open(t), open(t)
			// Before it, the same once rolled back: nothing of it may be remembered.
			undone := errors.New("undone")
			err := together.Update(t.Context(), func(tx tracker.Tx) error {
				return errors.Join(log(t.Context(), tx, &sla.Incident{}), undone)
			})
			if !errors.Is(err, undone) {
				t.Fatal(err)
			}
			inc := &sla.Incident{}
			update(t, together, func(tx tracker.Tx) error {
				for _, s := range steps {
					if err := s(t.Context(), tx, inc); err != nil {
						return err
					}
				}
				return nil
			})
			inc = &sla.Incident{}
			for _, s := range steps {
				update(t, apart, func(tx tracker.Tx) error { return s(t.Context(), tx, inc) })
			}
			for _, table := range []string{"incidents", "clocks", "list_entries", "counters", "report_dimensions", "terms", "alerts", "deliveries", "events"} {
				if got, want := dump(t, together, table), dump(t, apart, table); got != want {
					t.Errorf("%s:\n%s\nwant\n%s", table, got, want)
				}
			}
			if err := together.VerifyRows(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// dump writes the rows of a table, without what tells when they were written.
func dump(t *testing.T, db *store.DB, table string) string {
	t.Helper()
	writer, _ := db.Pools()
	rows, err := writer.QueryContext(t.Context(), "SELECT * FROM "+table+map[string]string{"counters": " WHERE incidents > 0"}[table]+" ORDER BY 1, 2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		for i, column := range columns {
			if onServer && slices.Contains([]string{"report_key", "id", "clock_id", "rowid"}, column) {
				continue // a sequence leaves gaps
			}
			fmt.Fprintf(&b, "%s=%v ", column, values[i])
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
