package store_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/lease"
	"kigen/store/pgtest"
)

// contender is a replica of a database on a server.
type contender struct {
	deliveries
	lease *lease.Lease
	stop  func()
}

func contend(t *testing.T, place, name string) contender {
	t.Helper()
	db, err := store.Open(t.Context(), place, base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l := db.Lease(name, "http://"+name, time.Now, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return contender{deliveries{T: t, db: db}, l, stop}
}

func (c contender) awaitLead() {
	c.Helper()
	for end := time.After(20 * time.Second); !c.lease.Valid(); {
		select {
		case <-c.lease.Changed():
		case <-end:
			c.Fatal("does not lead")
		}
	}
}

// begin lists what only a leader may begin.
func (c contender) begin(second outbox.Attempt) map[string]error {
	_, claim := c.db.NextDelivery(c.Context(), "soc", base)
	_, orphans := c.db.Interrupted(c.Context(), "soc", base)
	_, diverted := c.db.FailOver(c.Context(), "soc", "lead", base)
	_, report := c.db.RaiseReport(c.Context(), &store.ReportSending{Edition: &store.Edition{Number: 1}, Scheduled: true,
		Alerts: []outbox.Alert{{Key: "report/x", Reason: outbox.ReasonReport, At: base, To: []string{"soc"}}}})
	_, retained := c.db.RetainAccess(c.Context(), base, 0, base)
	return map[string]error{
		"NextDelivery": claim, "Interrupted": orphans, "FailOver": diverted, "RaiseReport": report, "RetainAccess": retained,
		"Resend": c.db.Resend(c.Context(), second, base, false),
		"Step":   c.db.UpdateLeading(c.Context(), func(tracker.Tx) error { return nil }),
	}
}

// What begins something is for the leader alone, what records a fact for everyone. A
// database in a file has one process, which always leads.
func TestOnlyTheLeaderBegins(t *testing.T) {
	place := pgtest.URL(t)
	a := contend(t, place, "a")
	a.awaitLead()
	b := contend(t, place, "b")
	a.inc = logged(t, a.db, "sotas", sla.Clock{State: sla.Running, Due: base.Add(time.Hour)})
	a.raise("a", outbox.ReasonOverdue, base, "soc")
	a.raise("b", outbox.ReasonOverdue, base, "soc")
	for what, err := range b.begin(outbox.Attempt{Delivery: 1, Number: 1}) {
		if !errors.Is(err, store.ErrNotLeading) || !errors.Is(err, tracker.ErrUnavailable) {
			t.Errorf("%s of a replica that does not lead: %v", what, err)
		}
	}
	d := a.next("soc", base, "a@soc")
	b.sent(d, "1.0") // a fact
	if _, err := b.db.RaiseReport(t.Context(), &store.ReportSending{Edition: &store.Edition{Number: 1}, Alerts: []outbox.Alert{
		{Key: "report/x/sent/1", Reason: outbox.ReasonReport, At: base, To: []string{"lead"}}}}); err != nil {
		t.Errorf("a report that a person sends: %v", err)
	}
	a.stop()
	b.awaitLead()
	for what, err := range a.begin(outbox.Attempt{Delivery: 1, Number: 1}) {
		if !errors.Is(err, store.ErrNotLeading) {
			t.Errorf("%s of a replica that led: %v", what, err)
		}
	}
	if d := b.next("soc", base, "b@soc"); d == nil {
		t.Error("the next leader claims nothing")
	}
}

// A replica that still believes to lead, because it was frozen after it asked, finds
// another term in the row.
func TestAnotherTermInTheRow(t *testing.T) {
	place := pgtest.URL(t)
	a := contend(t, place, "a")
	a.awaitLead()
	pool := pgtest.Open(t, place)
	began := errors.New("the transaction began")
	frozen := a.db.UpdateLeading(t.Context(), func(tracker.Tx) error { return began })
	if !errors.Is(frozen, began) {
		t.Fatalf("the leader: %v", frozen)
	}
	if _, err := pool.ExecContext(t.Context(), `UPDATE leadership SET term = term + 1, holder = 'other', until = clock_timestamp() + INTERVAL '1 hour'`); err != nil {
		t.Fatal(err)
	}
	if err := a.db.UpdateLeading(t.Context(), func(tracker.Tx) error { return began }); !errors.Is(err, store.ErrNotLeading) {
		t.Errorf("a leader of an earlier term: %v", err)
	}
}

func TestFilesHaveOneLeader(t *testing.T) {
	ofFiles(t)
	db := open(t)
	l := db.Lease("a", "", time.Now, slog.New(slog.DiscardHandler))
	if !l.Valid() || l.Contended() {
		t.Error("a database in a file has to be led")
	}
	if err := db.UpdateLeading(t.Context(), func(tracker.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

// What a leader with a clock that is ahead has put back, the next one tries at once.
func TestTheNextLeaderRetriesAtOnce(t *testing.T) {
	o := newDeliveries(t)
	o.raise("overdue", outbox.ReasonOverdue, base, "soc")
	o.retry(o.next("soc", base, "overdue@soc"), base.Add(10*time.Minute))
	o.next("soc", base, "")
	if err := o.db.RetryNow(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	o.next("soc", base, "overdue@soc")
}
