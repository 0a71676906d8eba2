package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// monthsBack is how far a schedule may lie behind the month that it reports:
// one that comes once a year still finds its month.
const monthsBack = 12

// Monthly raises the alert that carries a finished month's report. The alert's
// key is the month, so it is told once only: after downtime, after a crash in
// the middle, and with two daemons on one database.
type Monthly struct {
	Schedule Occasion
	Zone     *time.Location // whose months
	To       []string       // destinations; none: no report is sent
	Quiet    sla.Quiet      // holds it back from those who are not to be bothered
	Known    []string       // all destinations that there are
	Lang     string         // of what is added to a report that is sent by hand
	Store    issuing
	Build    func(context.Context, report.Period) (*Issue, error)
	Now      func() time.Time // the wall clock
	Raised   func()           // called after an alert was raised, to wake the senders
	Log      *slog.Logger
}

// issuing is the store of alerts, which issues a report with its edition.
type issuing interface {
	tracker.Store
	IssueReport(ctx context.Context, i *store.Issue) (raised bool, err error)
	Issued(ctx context.Context, period string) (scheduled bool, byHand int, err error)
}

// CatchUp raises the report of the newest finished month whose scheduled
// instant has passed, unless it was raised before. A schedule counts from when
// the database was made: what lies before that nobody waited for. Months before
// the newest one are not made up for: after a year of downtime nobody wants
// twelve reports.
func (m *Monthly) CatchUp(ctx context.Context) error {
	if len(m.To) == 0 {
		return nil
	}
	created, err := createdAt(ctx, m.Store)
	if err != nil {
		return err
	}
	period, at, ok := m.due(m.Now().Round(0), created)
	if !ok {
		return nil
	}
	key := "report/" + period.Label
	if wanted, err := m.wanted(ctx, key); err != nil || !wanted {
		return err
	}
	// Outside the transaction: a long month must not hold up alerts.
	issue, err := m.Build(ctx, period)
	if err != nil {
		return fmt.Errorf("report of %s: %w", period.Label, err)
	}
	alert, err := issue.alert(key)
	if err != nil {
		return err
	}
	alert.At = at
	_, err = m.issue(ctx, issue, m.plan(alert))
	return err
}

// plan tells each destination when it may be told. The alert under the month's
// own key comes first and says that the month is done, also when all have to
// wait.
func (m *Monthly) plan(done sla.Alert) []sla.Alert {
	var held []sla.Alert
	for _, planned := range m.Quiet.Plan(done.Reason, m.To, done.At) {
		if planned.At.Equal(done.At) {
			done.To = planned.To
			continue
		}
		alert := done
		alert.Key = fmt.Sprintf("%s/held/%d", done.Key, planned.At.UnixMilli())
		alert.At, alert.To = planned.At, planned.To
		held = append(held, alert)
	}
	return append([]sla.Alert{done}, held...)
}

// due finds the newest finished month whose scheduled instant has passed.
func (m *Monthly) due(now, created time.Time) (period report.Period, at time.Time, ok bool) {
	period = report.LastFinished(m.Zone, now)
	for range monthsBack {
		from := period.To
		if created.After(from) {
			from = created
		}
		if at = m.Schedule.First(from); !at.IsZero() && !at.After(now) {
			return period, at, true
		}
		period = period.Previous()
	}
	return period, at, false
}

// createdAt is when the database was made.
func createdAt(ctx context.Context, s tracker.Store) (created time.Time, err error) {
	err = s.View(ctx, func(r tracker.Reader) error {
		created, err = r.CreatedAt(ctx)
		return err
	})
	return created, err
}

// wanted reports whether the alert is still to be raised.
func (m *Monthly) wanted(ctx context.Context, key string) (wanted bool, err error) {
	err = m.Store.View(ctx, func(r tracker.Reader) error {
		told, err := r.HasAlert(ctx, key)
		wanted = !told
		return err
	})
	return wanted, err
}

// Run catches up at once, then whenever the schedule says so, until ctx ends.
// A failure is logged and tried again.
func (m *Monthly) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := m.CatchUp(ctx); err != nil && ctx.Err() == nil {
			m.Log.Error("monthly report failed", "error", err)
		}
		m.sleep(ctx)
	}
	return nil
}

// sleep lasts until the next scheduled instant, but never long: timers stop in
// suspend, and a failure is to be tried again.
func (m *Monthly) sleep(ctx context.Context) {
	wait := longestSleep
	now := m.Now().Round(0)
	if next := m.Schedule.First(now.Add(1)); !next.IsZero() {
		wait = min(wait, next.Sub(now))
	}
	pause(ctx, wait)
}
