package daemon

import (
	"context"
	"errors"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase"
	"kigen/store"
)

const (
	// stalledAfter is the time without a finished step after which kigen is not
	// ready: twice the longest sleep of the watch loop.
	stalledAfter = 2 * longestSleep
	// unsentTooLong is the wait of an alert from which it is a fault.
	unsentTooLong = 15 * time.Minute
	// healthBound bounds the queries of one health check.
	healthBound = 5 * time.Second
)

// health checks all parts. A failed check is a fault.
func (d *deployment) health(ctx context.Context) web.Health {
	ctx, cancel := context.WithTimeout(ctx, healthBound)
	defer cancel()
	now := wallNow()
	h := web.Health{At: now, LastStep: d.watch.lastStep(), NextPlanned: d.watch.nextPlanned()}
	d.led(&h)
	if silent := now.Sub(h.LastStep); d.lease.Valid() && silent > stalledAfter {
		h.Fault(true, catalog.Both("watch_stalled", "Length", lengthOf(silent)))
	}
	if d.store.Full() {
		h.Fault(true, catalog.Both("disk_full"))
	}
	if err := d.store.Failing(); err != nil {
		h.Fault(true, catalog.Both("disk_fails", "Error", errorOf(err.Error())))
	}
	d.wallFault(ctx, &h)
	d.asides(ctx, &h)
	d.unsent(ctx, &h)
	d.refused(ctx, &h)
	d.audited(&h)
	d.appFaults(&h)
	d.calendarFaults(&h)
	for _, o := range d.lines {
		h.Destinations = append(h.Destinations, d.destinationHealth(o, &h))
	}
	d.departed(ctx, &h)
	d.watchedSources(ctx, &h)
	d.recipients(ctx, &h)
	if d.backups != nil {
		h.Backup = &web.BackupHealth{Last: d.backups.Last()}
		d.drilled(ctx, &h)
		if d.backups.Failing() {
			h.Fault(false, catalog.Both("backups_fail"))
		}
	}
	if d.forwarder != nil && d.forwarder.Failing() {
		h.Fault(false, catalog.Both("access_log_waits"))
	}
	if d.beats != nil {
		h.Heartbeat = &web.HeartbeatHealth{Last: d.beats.Last()}
	}
	return h
}

// drilled adds the newest restore drill.
func (d *deployment) drilled(ctx context.Context, h *web.Health) {
	line, known, err := d.store.LastDrill(ctx)
	if err != nil {
		d.log.Error("health: the newest restore drill can't be read", "error", err)
		h.Fault(false, catalog.Both("database_unreadable"))
	}
	if known {
		h.Backup.Drilled = line.At
	}
	if line.Kind == store.DrillFailed {
		h.Fault(false, catalog.Both("drill_failed"))
	}
}

// unsent adds the alerts that wait to be sent.
func (d *deployment) unsent(ctx context.Context, h *web.Health) {
	oldest, waiting, err := d.store.OldestUnsent(ctx)
	due, _, dueErr := d.books.NextDue(ctx, h.At)
	if err := errors.Join(err, dueErr); err != nil {
		d.log.Error("health: database can't be read", "error", err)
		h.Unserving(catalog.Both("database_unreadable"))
		return
	}
	h.NextDue = due
	if !waiting {
		return
	}
	h.OldestUnsent = oldest
	if h.At.Sub(oldest) > unsentTooLong {
		d.waitTooLong(ctx, h)
	}
}

// waitTooLong adds a fault for each destination with an alert that waits too
// long.
func (d *deployment) waitTooLong(ctx context.Context, h *web.Health) {
	waiting, err := d.store.WaitingSince(ctx, h.At.Add(-unsentTooLong))
	if err != nil {
		d.log.Error("health: waiting alerts can't be read", "error", err)
		h.Unserving(catalog.Both("database_unreadable"))
	}
	for _, w := range waiting {
		wait := h.At.Sub(w.Since)
		h.Fault(true, catalog.Both("alert_waits", "Destination", w.Destination, "Length", lengthOf(wait)))
	}
}

// audited adds the newest verdict of the auditor.
func (d *deployment) audited(h *web.Health) {
	v := d.auditor.verdict(h.At)
	switch {
	case v == nil && h.At.Sub(d.began) > auditStale:
		h.Fault(true, catalog.Both("audit_stopped"))
	case v == nil: // the first audit comes one period after the start
	case v.err != nil:
		h.AuditedAt = v.at
		h.Fault(true, catalog.Both("audit_blind"))
	default:
		h.AuditedAt, h.Untold = v.at, len(v.findings)
		if h.Untold > 0 {
			h.Fault(true, catalog.Both("unalerted", "Count", h.Untold))
		}
	}
}

// calendarFaults adds a fault for each vendor whose calendar ends before the
// deadlines of the next month's incidents.
func (d *deployment) calendarFaults(h *web.Health) {
	const ahead = 30
	var named []string
	for _, u := range d.config.Catalogue.Unreached(h.At, h.At.AddDate(0, 0, ahead)) {
		vendor := u.Promise.Vendor
		if slices.Contains(named, vendor) {
			continue
		}
		named = append(named, vendor)
		since := u.Promise.Calendar.DateOf(u.Start)
		h.Fault(false, catalog.Both("calendar_ends", "Vendor", vendor, "Since", func(lang string) string { return phrase.FullDay(lang, since) }))
	}
}

func (d *deployment) destinationHealth(o *meteredOutbox, h *web.Health) web.DestinationHealth {
	l := o.state()
	if !l.failingSince.IsZero() {
		since := func(lang string) string {
			return phrase.Instant(lang, l.failingSince.In(d.config.Timezone), h.At.In(d.config.Timezone))
		}
		fault := catalog.Both("destination_fails", "Destination", o.name, "Since", since, "Reason", l.reason)
		fault.Ja += inBrackets(knownRemedy(l.reason).Ja)
		h.Fault(false, fault)
	}
	return web.DestinationHealth{Name: o.name, LastSent: l.lastSent, FailingSince: l.failingSince, Reason: l.reason}
}

// inBrackets puts a remedy behind the English reason in a Japanese sentence.
func inBrackets(remedy string) string {
	if remedy == "" {
		return ""
	}
	return "(" + remedy + ")"
}

// ready returns the faults that may stop alerts; nil if there are none.
func (d *deployment) ready(ctx context.Context) error {
	h := d.health(ctx)
	var faults []error
	for _, f := range h.Faults {
		if f.Alerts {
			faults = append(faults, errors.New(f.Text.En))
		}
	}
	return errors.Join(faults...)
}

// alive returns an error if alerts may not get through, or if the first audit has
// not passed yet.
func (d *deployment) alive(ctx context.Context) error {
	if err := d.ready(ctx); err != nil {
		return err
	}
	if !d.auditor.passes(wallNow()) {
		return errors.New("the audit has not passed yet")
	}
	return nil
}
