package reporting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

const (
	// monthsBack is the number of finished months that a schedule may still send:
	// a yearly schedule finds its month.
	monthsBack = 12
	// longestSleep bounds each sleep of Run: timers stop while the machine is
	// suspended, and a failure is tried again.
	longestSleep = 15 * time.Second
)

// Schedule gives the instants at which a job is due.
type Schedule interface {
	// First returns the first due instant at or after from; zero if none is
	// known.
	First(from time.Time) time.Time
}

// Monthly sends reports: of finished months on a schedule, and of any finished
// period by hand. The key of a scheduled alert is its month, so that a month is
// sent once, also after downtime, after a crash in the middle, and with two
// daemons on one database.
type Monthly struct {
	Schedule   Schedule
	CheckClock func(context.Context) error // an error means that the wall clock is wrong; nil: never checked
	Zone       *time.Location              // of periods
	To         []string                    // destinations of scheduled reports; none: no report is scheduled
	Quiet      policy.Quiet                // delays scheduled reports
	Known      []string                    // all destinations of the configuration
	Lang       string                      // of the note on a report that is sent by hand
	Store      editions
	Prepare    func(context.Context, report.Period) (*Message, error)
	Now        func() time.Time // the wall clock
	Raised     func()           // called after an alert was raised; may be nil
	Log        *slog.Logger
}

// editions stores the alerts that carry reports, with their editions.
type editions interface {
	tracker.Store
	RaiseReport(ctx context.Context, s *store.ReportSending) (raised bool, err error)
	ReportsSent(ctx context.Context, period string) (scheduled bool, byHand int, err error)
}

// CatchUp raises the report of the newest finished month whose scheduled instant
// has passed, and the reports of the months before it that the schedule skipped,
// unless they were raised before. Months that ended before the database was
// created are left out. After downtime only the newest scheduled instant is made
// up for: older reports remain available on request.
func (j *Monthly) CatchUp(ctx context.Context) error {
	if len(j.To) == 0 {
		return nil
	}
	if j.CheckClock != nil {
		if err := j.CheckClock(ctx); err != nil {
			return err
		}
	}
	created, err := j.createdAt(ctx)
	if err != nil {
		return err
	}
	periods, at := j.due(j.Now().Round(0), created)
	var failures []error
	for _, period := range periods {
		failures = append(failures, j.raiseMonth(ctx, period, at))
	}
	return errors.Join(failures...)
}

// raiseMonth raises the report of a month that was due at an instant, unless it
// was raised before.
func (j *Monthly) raiseMonth(ctx context.Context, period report.Period, at time.Time) error {
	key := "report/" + period.Label
	if raised, err := j.wasRaised(ctx, key); err != nil || raised {
		return err
	}
	// Outside the transaction, so that a long report does not delay alerts.
	message, err := j.Prepare(ctx, period)
	if err != nil {
		return fmt.Errorf("report of %s: %w", period.Label, err)
	}
	alert, err := message.alert(key)
	if err != nil {
		return err
	}
	alert.At = at
	_, err = j.raise(ctx, message, j.plan(alert), true)
	return err
}

// plan splits an alert by the instants at which quiet hours let it be sent to
// each destination. The alert under the month's own key comes first: it marks
// the month as raised, also when all destinations have to wait.
func (j *Monthly) plan(done outbox.Alert) []outbox.Alert {
	var held []outbox.Alert
	for _, planned := range j.Quiet.Plan(done.Reason, j.To, done.At) {
		if planned.At.Equal(done.At) {
			done.To = planned.To
			continue
		}
		alert := done
		alert.Key = fmt.Sprintf("%s/held/%d", done.Key, planned.At.UnixMilli())
		alert.At, alert.To = planned.At, planned.To
		held = append(held, alert)
	}
	return append([]outbox.Alert{done}, held...)
}

// due finds the newest finished month whose scheduled instant has passed, and
// the months before it without an instant of their own, oldest first.
func (j *Monthly) due(now, created time.Time) (periods []report.Period, at time.Time) {
	period := report.LastFinished(j.Zone, now)
	for range monthsBack {
		from := period.To
		if created.After(from) {
			if len(periods) > 0 {
				break // the month ended before the database was created
			}
			from = created
		}
		switch first := j.Schedule.First(from); {
		case len(periods) > 0 && !first.Equal(at):
			return periods, at
		case len(periods) > 0 || !first.IsZero() && !first.After(now):
			periods, at = slices.Insert(periods, 0, period), first
		}
		period = period.Previous()
	}
	return periods, at
}

// createdAt returns when the database was created.
func (j *Monthly) createdAt(ctx context.Context) (created time.Time, err error) {
	err = j.Store.View(ctx, func(r tracker.Reader) error {
		created, err = r.CreatedAt(ctx)
		return err
	})
	return created, err
}

func (j *Monthly) wasRaised(ctx context.Context, key string) (raised bool, err error) {
	err = j.Store.View(ctx, func(r tracker.Reader) error {
		raised, err = r.HasAlert(ctx, key)
		return err
	})
	return raised, err
}

// Run catches up at once and then at each scheduled instant, until ctx ends. It
// logs a failure and tries again.
func (j *Monthly) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := j.CatchUp(ctx); err != nil && ctx.Err() == nil {
			j.Log.Error("monthly report failed", "error", err)
		}
		j.sleep(ctx)
	}
	return nil
}

// sleep lasts until the next scheduled instant, at most longestSleep.
func (j *Monthly) sleep(ctx context.Context) {
	wait := longestSleep
	now := j.Now().Round(0)
	if next := j.Schedule.First(now.Add(1)); !next.IsZero() {
		wait = min(wait, next.Sub(now))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
