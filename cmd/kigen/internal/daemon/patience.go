package daemon

import (
	"context"
	"maps"
	"time"

	"kigen/sla"
	"kigen/store"
)

// ledger stores the marks of the auditor across restarts; *store.DB implements it.
type ledger interface {
	UnalertedDeadlines(ctx context.Context) ([]store.UnalertedDeadline, error)
	KeepUnalertedDeadlines(ctx context.Context, all []store.UnalertedDeadline) error
}

// mark is the state of a passed deadline without a delivered alert.
type mark struct {
	since time.Time // start of the pipeline's grace
	told  time.Time // when the fallback alert was sent; zero: not yet
}

// remember reads the stored marks once, and adds marks for deadlines that passed
// during downtime. The grace of these begins now, or at the earlier start that
// marked them.
func (a *auditor) remember(ctx context.Context, now time.Time) {
	if a.marks != nil {
		return
	}
	kept, err := a.ledger.UnalertedDeadlines(ctx)
	if err != nil {
		a.log.Error("the stored marks of the audit cannot be read", "error", err)
		return // the next audit tries again
	}
	a.marks = make(map[findingKey]mark, len(kept))
	for _, p := range kept {
		a.marks[findingKey{p.Clock, p.Due.UnixMilli(), p.After, p.To}] = mark{since: p.Since, told: p.FallbackSentAt}
	}
	before := maps.Clone(a.marks)
	for _, f := range a.audit(ctx, now, 0).findings {
		if _, known := a.marks[f.key()]; !known {
			a.marks[f.key()] = mark{since: now}
		}
	}
	a.keep(ctx, before)
}

// keep stores the marks if they have changed.
func (a *auditor) keep(ctx context.Context, before map[findingKey]mark) {
	if maps.Equal(before, a.marks) {
		return
	}
	all := make([]store.UnalertedDeadline, 0, len(a.marks))
	for o, m := range a.marks {
		all = append(all, store.UnalertedDeadline{Clock: o.clock, Due: time.UnixMilli(o.due), After: o.after, To: o.to, Since: m.since, FallbackSentAt: m.told})
	}
	// The mark of a sent message is stored even during a stop, so that the message
	// is not repeated.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthBound)
	defer cancel()
	if err := a.ledger.KeepUnalertedDeadlines(ctx, all); err != nil {
		a.log.Error("the marks of the audit cannot be stored", "error", err)
	}
}

// escalate sends one fallback alert for each deadline that the pipeline missed.
// The grace of the pipeline begins at the deadline, or at the start of kigen if
// that is later. There is no grace while the pipeline is known to fail.
func (a *auditor) escalate(ctx context.Context, found []finding, now time.Time) {
	before := a.marks
	a.marks = make(map[findingKey]mark, len(found))
	for o, m := range before {
		if due := time.UnixMilli(o.due).Add(o.after); due.Add(auditGrace).After(now) {
			a.marks[o] = m // its grace is not over
		}
	}
	var news []finding
	for _, f := range found {
		m, known := before[f.key()]
		if m.since.After(now) || m.told.After(now) { // the wall clock was ahead
			m, known = mark{}, false
		}
		if !known {
			m.since = later(f.Due.Add(f.stage.After), a.begun)
		}
		a.marks[f.key()] = m
		if m.told.IsZero() && (!m.since.Add(auditGrace).After(now) || a.failing(f.Incident)) {
			news = append(news, f)
		}
	}
	if len(news) > 0 && a.fallback(context.WithoutCancel(ctx), news) {
		for _, f := range news {
			m := a.marks[f.key()]
			m.told = now
			a.marks[f.key()] = m
		}
	}
	a.keep(ctx, before)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stepFails reports whether the watch loop fails, for all incidents or for this
// one.
func (d *Daemon) stepFails(id sla.IncidentID) bool {
	if d.watch.failing.Load() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), healthBound)
	defer cancel()
	all, err := d.store.Asides(ctx)
	for _, a := range all {
		if a.Incident == id {
			return true
		}
	}
	return err != nil
}
