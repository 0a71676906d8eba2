package store_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// A report that was raised while the wall clock was ahead is raised again when
// its month has ended; one that is held back for quiet hours stays.
func TestAReportThatWasTooEarly(t *testing.T) {
	db := open(t)
	raise := func(key string, at time.Time) (isNew bool) {
		t.Helper()
		update(t, db, func(tx tracker.Tx) (err error) {
			isNew, err = tx.Raise(t.Context(), &outbox.Alert{Key: key, Reason: outbox.ReasonReport, At: at, To: []string{"soc"}})
			return err
		})
		return isNew
	}
	raise("report/2026-09", base.Add(-time.Hour))
	raise("report/2026-09/held/1", base.Add(time.Hour))
	raise("report/2026-10", base.Add(time.Hour))
	raise("report/2026-10/held/1", base.Add(2*time.Hour))
	update(t, db, func(tx tracker.Tx) error { return tx.StepBack(t.Context(), base) })
	for key, want := range map[string]bool{
		"report/2026-09": false, "report/2026-09/held/1": false, "report/2026-10": true, "report/2026-10/held/1": true,
	} {
		if got := raise(key, base.Add(24*time.Hour)); got != want {
			t.Errorf("%s raised again: %v, want %v", key, got, want)
		}
	}
	var keys []string
	for {
		d, err := db.NextDelivery(t.Context(), "soc", base.Add(48*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			break
		}
		keys = append(keys, d.Alert.Key)
	}
	if len(keys) != 4 {
		t.Errorf("sent are %q, want each report once", keys)
	}
}

// The clock's newest instant never goes back by itself.
func TestReached(t *testing.T) {
	db := open(t)
	for _, tc := range []struct{ reach, want time.Duration }{{0, 0}, {time.Hour, time.Hour}, {time.Minute, time.Hour}} {
		update(t, db, func(tx tracker.Tx) error { return tx.Reach(t.Context(), base.Add(tc.reach)) })
		view(t, db, func(r tracker.Reader) error {
			at, err := r.Reached(t.Context())
			if !at.Equal(base.Add(tc.want)) {
				t.Errorf("reached %s, want %s", at, base.Add(tc.want))
			}
			return err
		})
	}
}

// What was queued while the wall clock was ahead, and never tried because the
// destination was away, goes out when the clock is right again: the alert of a
// deadline that had truly passed, the update of a message, that an incident was
// logged. What quiet hours hold back stays held.
func TestWhatWasQueuedAheadGoesOut(t *testing.T) {
	ahead := base.Add(24 * time.Hour)
	late := func(o deliveries, key string, reason outbox.Reason, at time.Time) {
		o.Helper()
		inc := logged(o.T, o.db, "sotas", sla.Clock{State: sla.Overdue, Due: base.Add(-time.Hour)})
		update(o, o.db, func(tx tracker.Tx) error {
			_, err := tx.Raise(o.Context(), &outbox.Alert{Key: key, Reason: reason, Incident: inc.ID, At: at, To: []string{"soc"}})
			return err
		})
	}
	for name, tc := range map[string]struct {
		queue func(o deliveries)
		want  string
	}{
		"an alert that was put back by a clock ten minutes ahead": {func(o deliveries) {
			o.raise("overdue", outbox.ReasonOverdue, base, "soc")
			o.retry(o.next("soc", base, "overdue@soc"), base.Add(10*time.Minute))
		}, "overdue@soc"},
		"an overdue alert": {func(o deliveries) { o.raise("overdue", outbox.ReasonOverdue, ahead, "soc") }, "overdue@soc"},
		"an update": {func(o deliveries) {
			o.raise("warning", outbox.ReasonWarning, base, "soc")
			o.sent(o.next("soc", base, "warning@soc"), "1.0")
			o.updates(o.inc.ID, ahead)
		}, "warning@soc#1"},
		"a report that a person sends": {func(o deliveries) { late(o, "report/2026-09/sent/1", outbox.ReasonReport, ahead) }, "report/2026-09/sent/1@soc"},
		"a held report":                {func(o deliveries) { late(o, "report/2026-09/held/1", outbox.ReasonReport, ahead) }, ""},
		"logged, held back":            {func(o deliveries) { late(o, "logged", outbox.ReasonLogged, ahead) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newDeliveries(t)
			tc.queue(o)
			o.next("soc", base, "")
			update(t, o.db, func(tx tracker.Tx) error { return tx.StepBack(t.Context(), base) })
			o.next("soc", base, tc.want)
		})
	}
}

// What a destination refused while the wall clock was ahead is tried again when the clock is
// right: the wait was reckoned by the other one.
func TestWhatWasRefusedAheadIsTriedAgain(t *testing.T) {
	o := newDeliveries(t)
	o.raise("overdue", outbox.ReasonOverdue, base, "soc")
	d := o.next("soc", base, "overdue@soc")
	if _, err := o.db.Refuse(t.Context(), d.ID, "", base, base.Add(30*time.Hour), "refused"); err != nil {
		t.Fatal(err)
	}
	reopened := func() int {
		n, err := o.db.Reopen(t.Context(), "soc", base, base)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := reopened(); n != 0 {
		t.Fatalf("%d tried before the clock was set back", n)
	}
	update(t, o.db, func(tx tracker.Tx) error { return tx.StepBack(t.Context(), base) })
	if n := reopened(); n != 1 {
		t.Errorf("%d tried again, want the refused one", n)
	}
	o.next("soc", base, "overdue@soc")
}
