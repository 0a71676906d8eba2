package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

func TestUpdateKeepsAllOrNothing(t *testing.T) {
	db := open(t)
	kept := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	before := asJSON(t, incident(t, db, kept.ID))
	refusal := errors.New("refused")
	everything := func(tx tracker.Tx) error {
		ctx := t.Context()
		inc := *kept
		inc.Title = "changed"
		c := kept.Clocks[0]
		c.State = sla.Overdue
		return errors.Join(
			insert(ctx, tx, &sla.Incident{Vendor: "sotas", Title: "new"}, sla.Clock{State: sla.Met}),
			tx.UpdateIncident(ctx, &inc),
			tx.UpdateClock(ctx, &c, sla.Running),
			tx.InsertNotice(ctx, &sla.Notice{Incident: kept.ID}),
			tx.AppendEvent(ctx, &sla.Event{Incident: kept.ID, Kind: sla.EventLogged}),
			tx.BindKey(ctx, tracker.KeyUse{Key: "key", UseCase: tracker.UseLog, Incident: kept.ID, Content: "hash", At: base}),
			raise(ctx, tx, &outbox.Alert{Key: "k", Incident: kept.ID, Clock: c.ID, At: base, To: []string{"soc"}}),
		)
	}
	check := func(how string) {
		t.Helper()
		if after := asJSON(t, incident(t, db, kept.ID)); after != before {
			t.Errorf("%s: something was kept: %s", how, after)
		}
		page, err := db.List(t.Context(), tracker.Query{})
		if err != nil || len(page.Incidents) != 1 || page.Counts[sla.Running] != 1 || len(page.Counts) != 1 {
			t.Errorf("%s: lists %d incidents, counts %v, %v", how, len(page.Incidents), page.Counts, err)
		}
		if _, waiting, err := db.OldestUnsent(t.Context()); waiting || err != nil {
			t.Errorf("%s: a delivery was kept (%v)", how, err)
		}
	}

	err := db.Update(t.Context(), func(tx tracker.Tx) error { return errors.Join(everything(tx), refusal) })
	if !errors.Is(err, refusal) || err.Error() != refusal.Error() {
		t.Errorf("got %v, want the error of f alone", err)
	}
	check("error")

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Update(t.Context(), func(tx tracker.Tx) error { panic(everything(tx)) })
	}()
	check("panic")

	ctx, cancel := context.WithCancel(t.Context())
	err = db.Update(ctx, func(tx tracker.Tx) error { defer cancel(); return everything(tx) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	check("cancelled")
}

func raise(ctx context.Context, tx tracker.Tx, a *outbox.Alert) error {
	_, err := tx.Raise(ctx, a)
	return err
}

func TestViewIsOneSnapshot(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	view(t, db, func(r tracker.Reader) error {
		if _, err := r.Incident(t.Context(), inc.ID); err != nil {
			return err
		}
		changed := *inc
		changed.Title = "changed meanwhile"
		update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), &changed) })
		again, err := r.Incident(t.Context(), inc.ID)
		if err == nil && again.Title != inc.Title {
			t.Errorf("the snapshot shows %q", again.Title)
		}
		return err
	})
	if got := incident(t, db, inc.ID).Title; got != "changed meanwhile" {
		t.Errorf("the change was lost: %q", got)
	}
}

func TestMissingIncidentIsNotFound(t *testing.T) {
	db := open(t)
	err := db.View(t.Context(), func(r tracker.Reader) error { _, err := r.Incident(t.Context(), 42); return err })
	if !errors.Is(err, tracker.ErrNotFound) || !strings.Contains(err.Error(), "KGN-42") {
		t.Errorf("got %v", err)
	}
	for name, f := range map[string]func(tx tracker.Tx) error{
		"clock":  func(tx tracker.Tx) error { return tx.InsertClock(t.Context(), &sla.Clock{Incident: 42}) },
		"notice": func(tx tracker.Tx) error { return tx.InsertNotice(t.Context(), &sla.Notice{Incident: 42}) },
		"event":  func(tx tracker.Tx) error { return tx.AppendEvent(t.Context(), &sla.Event{Incident: 42}) },
	} {
		if err := db.Update(t.Context(), f); !errors.Is(err, tracker.ErrNotFound) {
			t.Errorf("%s of no incident: %v", name, err)
		}
	}
}

func TestUpdateIncidentRefusesAStaleVersion(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas")
	mine, theirs := *inc, *inc
	theirs.Title = "theirs"
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), &theirs) })
	if theirs.Version != 2 {
		t.Errorf("version is %d, want 2", theirs.Version)
	}
	mine.Title = "mine"
	err := db.Update(t.Context(), func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), &mine) })
	if !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if got := incident(t, db, inc.ID); got.Title != "theirs" || got.Version != 2 || mine.Version != 1 {
		t.Errorf("stored %q version %d, mine has version %d", got.Title, got.Version, mine.Version)
	}
}

func TestUpdateClockIsACompareAndSwap(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	c := inc.Clocks[0]
	c.State = sla.Met
	err := db.Update(t.Context(), func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.AtRisk) })
	if !errors.Is(err, tracker.ErrConflict) || !strings.Contains(err.Error(), "at_risk") {
		t.Errorf("got %v", err)
	}
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.Running) })
	err = db.Update(t.Context(), func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.Running) })
	if !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("the same transition won twice: %v", err)
	}
	if got := incident(t, db, inc.ID).Clocks[0].State; got != sla.Met {
		t.Errorf("state is %s", got)
	}
}

func TestSamePromiseTwiceIsAConflict(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{Promise: "p", State: sla.Running})
	err := db.Update(t.Context(), func(tx tracker.Tx) error {
		return tx.InsertClock(t.Context(), &sla.Clock{Incident: inc.ID, Promise: "p", State: sla.Running})
	})
	if !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

func TestABreachIsNeverErased(t *testing.T) {
	db := open(t)
	due := base.Add(time.Hour)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: due})
	c := inc.Clocks[0]
	c.State, c.BreachedAt = sla.Overdue, due
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.Running) })
	for _, other := range []time.Time{{}, due.Add(time.Hour)} {
		c.BreachedAt, c.Due = other, due.Add(time.Hour)
		update(t, db, func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.Overdue) })
		if !c.BreachedAt.Equal(due) {
			t.Errorf("the clock handed in says %s, want %s", c.BreachedAt, due)
		}
		if got := incident(t, db, inc.ID).Clocks[0].BreachedAt; !got.Equal(due) {
			t.Errorf("stored %s, want %s", got, due)
		}
	}
	writer, _ := db.Pools()
	for _, stmt := range []string{
		"UPDATE clocks SET breached_at = NULL",
		"UPDATE clocks SET breached_at = breached_at + 1",
		"UPDATE clocks SET breached_at = NULL, premature_at = breached_at + 1", // it had passed by then
	} {
		if _, err := writer.ExecContext(t.Context(), stmt); err == nil {
			t.Errorf("the database allowed %q", stmt)
		}
	}
}

func TestClocksAndNoticesComeInOrder(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas",
		sla.Clock{Promise: "z", State: sla.Met}, sla.Clock{Promise: "a", State: sla.Overdue})
	update(t, db, func(tx tracker.Tx) error {
		for _, minutes := range []int{30, 10, 20, 10} {
			n := &sla.Notice{Incident: inc.ID, ReceivedAt: base.Add(time.Duration(minutes) * time.Minute)}
			if err := tx.InsertNotice(t.Context(), n); err != nil {
				return err
			}
		}
		return nil
	})
	got := incident(t, db, inc.ID)
	if got.Clocks[0].Promise != "z" || got.Clocks[1].Promise != "a" {
		t.Errorf("clocks come as %s, %s", got.Clocks[0].Promise, got.Clocks[1].Promise)
	}
	var ids []int64
	for _, n := range got.Notices {
		ids = append(ids, n.ID)
	}
	if !slices.Equal(ids, []int64{2, 4, 3, 1}) {
		t.Errorf("notices come as %v", ids)
	}
}

func TestDueIncidents(t *testing.T) {
	db := open(t)
	at := func(minutes int) time.Time { return base.Add(time.Duration(minutes) * time.Minute) }
	logged(t, db, "a", sla.Clock{State: sla.Running, NextStepAt: at(30)})
	logged(t, db, "b", sla.Clock{State: sla.Running, NextStepAt: at(10)}, sla.Clock{State: sla.Running, NextStepAt: at(5)})
	logged(t, db, "c", sla.Clock{State: sla.Met})
	logged(t, db, "d", sla.Clock{State: sla.Running, NextStepAt: at(20)})
	for _, tc := range []struct {
		now   time.Time
		limit int
		want  []sla.IncidentID
	}{
		{at(4), 10, nil},
		{at(5).Add(-time.Nanosecond), 10, nil},
		{at(5), 10, []sla.IncidentID{2}},
		{at(60), 10, []sla.IncidentID{2, 4, 1}},
		{at(60), 2, []sla.IncidentID{2, 4}},
		{at(60), 0, nil},
	} {
		view(t, db, func(r tracker.Reader) error {
			got, err := r.DueIncidents(t.Context(), tc.now, tc.limit)
			if !slices.Equal(got, tc.want) {
				t.Errorf("due at %s, limit %d: %v, want %v", tc.now, tc.limit, got, tc.want)
			}
			return err
		})
	}
}

func TestNextStep(t *testing.T) {
	db := open(t)
	expect := func(want time.Time) {
		t.Helper()
		view(t, db, func(r tracker.Reader) error {
			got, planned, err := r.NextStep(t.Context())
			if planned == want.IsZero() || !got.Equal(want) {
				t.Errorf("next step is %s (%v), want %s", got, planned, want)
			}
			return err
		})
	}
	expect(time.Time{})
	inc := logged(t, db, "a", sla.Clock{State: sla.Running, NextStepAt: base.Add(time.Hour)})
	logged(t, db, "b", sla.Clock{State: sla.Running, NextStepAt: base.Add(2 * time.Hour)})
	expect(base.Add(time.Hour))
	c := inc.Clocks[0]
	c.State, c.NextStepAt = sla.Met, time.Time{}
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateClock(t.Context(), &c, sla.Running) })
	expect(base.Add(2 * time.Hour))
}

func TestIdempotencyKeys(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas")
	if _, err := keyUse(t, db, "k"); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("a new key: %v", err)
	}
	want := tracker.KeyUse{Key: "k", UseCase: tracker.UseNotice, Actor: "ueda", Incident: inc.ID, Content: "h", At: base}
	bind := func(tx tracker.Tx) error { return tx.BindKey(t.Context(), want) }
	update(t, db, bind)
	if got, err := keyUse(t, db, "k"); got != want || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := db.Update(t.Context(), bind); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("a key was bound twice: %v", err)
	}
}

func TestTermsAreKeptOnce(t *testing.T) {
	db := open(t)
	for range 2 {
		update(t, db, func(tx tracker.Tx) error {
			return tx.KeepTerms(t.Context(), sla.Terms{Hash: "h", Body: []byte(`{"a":1}`)})
		})
	}
	_, reader := db.Pools()
	var n int
	var body string
	if err := reader.QueryRowContext(t.Context(), "SELECT COUNT(*), MAX(body) FROM terms").Scan(&n, &body); err != nil {
		t.Fatal(err)
	}
	if n != 1 || body != `{"a":1}` {
		t.Errorf("kept %d: %s", n, body)
	}
}

// TestWritersQueue lets eight goroutines read and then write the same row:
// every one must get its turn, and none may overwrite another's.
func TestWritersQueue(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base})
	const goroutines, each = 8, 25
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				if err := db.Update(t.Context(), func(tx tracker.Tx) error { return touch(t.Context(), tx, inc.ID) }); err != nil {
					t.Error(err)
				}
				if _, err := db.List(t.Context(), tracker.Query{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := incident(t, db, inc.ID).Version; got != 1+goroutines*each {
		t.Errorf("version is %d, want %d", got, 1+goroutines*each)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func touch(ctx context.Context, tx tracker.Tx, id sla.IncidentID) error {
	inc, err := tx.Incident(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.UpdateIncident(ctx, inc); err != nil {
		return err
	}
	return tx.AppendEvent(ctx, &sla.Event{Incident: id, At: base, Actor: "test", Kind: sla.EventAmended, Body: json.RawMessage(`{}`)})
}
