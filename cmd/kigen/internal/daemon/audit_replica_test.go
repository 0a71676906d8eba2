package daemon

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/sla"
	"kigen/store"
)

// unalertedBooks find one deadline without an alert, or fail.
type unalertedBooks struct {
	due  time.Time
	fail atomic.Bool
}

func (b *unalertedBooks) Unalerted(_ context.Context, now time.Time, _ store.Stage, grace time.Duration, _ int) ([]store.Unalerted, error) {
	if b.fail.Load() {
		return nil, errors.New("no connection")
	}
	if now.Before(b.due.Add(grace)) {
		return nil, nil
	}
	return []store.Unalerted{{Incident: 1, Clock: 1, Due: b.due}}, nil
}

// sharedLedger keeps the marks of all replicas.
type sharedLedger struct{ kept []store.UnalertedDeadline }

func (l *sharedLedger) UnalertedDeadlines(context.Context) ([]store.UnalertedDeadline, error) {
	return l.kept, nil
}

func (l *sharedLedger) KeepUnalertedDeadlines(_ context.Context, all []store.UnalertedDeadline) error {
	l.kept = all
	return nil
}

// What the leader has said of a missing alert, the next one does not say again.
func TestTheNextLeaderDoesNotRepeatTheAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		books := &unalertedBooks{due: time.Now().Add(time.Minute)}
		var ledger sharedLedger
		var leader, said atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for n := range int64(3) {
			a := &auditor{
				books: books, stages: []store.Stage{{}}, ledger: &ledger, log: slog.New(slog.DiscardHandler),
				failing: func(sla.IncidentID) bool { return false }, leads: func() bool { return leader.Load() == n },
				fallback: func(context.Context, []finding) bool { said.Add(1); return true },
			}
			go a.run(ctx)
		}
		for leader.Load() < 3 {
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if n := said.Load(); n != 1 {
				t.Errorf("said %d times under leader %d", n, leader.Load())
			}
			leader.Add(1)
		}
	})
}

// An audit that could not read the database is repeated soon after.
func TestAFailedAuditIsRepeatedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		books := &unalertedBooks{due: time.Now().Add(time.Hour)}
		books.fail.Store(true)
		a := &auditor{books: books, stages: []store.Stage{{}}, ledger: &sharedLedger{}, log: slog.New(slog.DiscardHandler)}
		a.failing, a.fallback = func(sla.IncidentID) bool { return false }, func(context.Context, []finding) bool { return true }
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go a.run(ctx)
		time.Sleep(auditPeriod + time.Second)
		if v := a.verdict(time.Now()); v == nil || v.err == nil {
			t.Fatalf("the verdict is %+v", v)
		}
		books.fail.Store(false)
		time.Sleep(auditAgain)
		if !a.passes(time.Now()) {
			t.Error("the audit still fails")
		}
	})
}
