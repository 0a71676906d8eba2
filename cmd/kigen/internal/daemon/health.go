package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase"
)

const (
	// stalledAfter is how long the watch loop may be silent before kigen says
	// that it is not ready: twice its longest sleep.
	stalledAfter = 2 * longestSleep
	// unsentTooLong is how long an alert may wait for its destination.
	unsentTooLong = 15 * time.Minute
	// healthBound is how long the questions to the database may take.
	healthBound = 5 * time.Second
)

// health is how kigen fares right now. What it can't find out is a fault.
func (d *Daemon) health(ctx context.Context) web.Health {
	ctx, cancel := context.WithTimeout(ctx, healthBound)
	defer cancel()
	now := time.Now().Round(0)
	h := web.Health{At: now, LastStep: d.watch.lastStep(), NextPlanned: d.watch.nextPlanned()}
	if silent := now.Sub(h.LastStep); silent > stalledAfter {
		h.Fault(true, calendar.Text{
			Ja: "監視が " + phrase.Duration("ja", silent) + "動いていません。ログを確認してください。",
			En: "The watch loop has not finished a step for " + phrase.Duration("en", silent) + ": see the log.",
		})
	}
	d.unsent(ctx, &h)
	d.audited(&h)
	for _, o := range d.lines {
		h.Destinations = append(h.Destinations, destinationHealth(o, &h))
	}
	return h
}

// unsent asks the database what waits.
func (d *Daemon) unsent(ctx context.Context, h *web.Health) {
	oldest, waiting, err := d.store.OldestUnsent(ctx)
	due, _, dueErr := d.books.NextDue(ctx, h.At)
	if err := errors.Join(err, dueErr); err != nil {
		d.log.Error("health: database can't be read", "error", err)
		h.Fault(true, calendar.Text{
			Ja: "データベースを読めません。ログを確認してください。", En: "The database can't be read: see the log.",
		})
		return
	}
	h.NextDue = due
	if !waiting {
		return
	}
	h.OldestUnsent = oldest
	if waits := h.At.Sub(oldest); waits > unsentTooLong {
		h.Fault(true, calendar.Text{
			Ja: "送れない通知が " + phrase.Duration("ja", waits) + "残っています。",
			En: "An alert has been waiting for its destination for " + phrase.Duration("en", waits) + ".",
		})
	}
}

// audited adds what the auditor last found.
func (d *Daemon) audited(h *web.Health) {
	v := d.auditor.verdict(h.At)
	switch {
	case v == nil && h.At.Sub(d.begun) > auditStale:
		h.Fault(true, calendar.Text{Ja: "監査が動いていません。kigen を再起動してください。", En: "The audit has stopped: restart kigen."})
	case v == nil: // it begins a moment after the start
	case v.err != nil:
		h.AuditedAt = v.at
		h.Fault(true, calendar.Text{Ja: "監査がデータベースを読めません。ログを確認してください。", En: "The audit can't read the database: see the log."})
	default:
		h.AuditedAt, h.Untold = v.at, len(v.findings)
		if h.Untold > 0 {
			h.Fault(true, calendar.Text{
				Ja: fmt.Sprintf("期限超過 %d 件が誰にも通知されていません。", h.Untold),
				En: fmt.Sprintf("Passed deadlines that nobody was told of: %d.", h.Untold),
			})
		}
	}
}

func destinationHealth(o *meteredOutbox, h *web.Health) web.DestinationHealth {
	l := o.state()
	if !l.failingSince.IsZero() {
		h.Fault(false, calendar.Text{
			Ja: fmt.Sprintf("通知先 %s に送れません。%s から: %s", o.name, l.failingSince.Format("15:04"), l.reason),
			En: fmt.Sprintf("Nothing gets through to %s since %s: %s", o.name, l.failingSince.Format("15:04"), l.reason),
		})
	}
	return web.DestinationHealth{Name: o.name, LastSent: l.lastSent, FailingSince: l.failingSince, Reason: l.reason}
}

// ready says what keeps kigen from watching over deadlines.
func (d *Daemon) ready(ctx context.Context) error {
	h := d.health(ctx)
	var faults []error
	for _, f := range h.Faults {
		if f.Alerts {
			faults = append(faults, errors.New(f.Text.En))
		}
	}
	return errors.Join(faults...)
}
