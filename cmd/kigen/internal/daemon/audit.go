package daemon

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/store"
)

const (
	auditPeriod = 30 * time.Second
	auditAgain  = 5 * time.Second // after one that could not read the database
	// auditStale is the age from which a verdict means that the auditor has stopped.
	auditStale = 3 * auditPeriod
	auditBound = 20 * time.Second // of one audit
	// auditGrace is the time that the pipeline has to deliver a due alert.
	auditGrace = 5 * time.Minute
	// auditDiverts is added where a destination fails over to another one.
	auditDiverts = time.Minute
	// auditMost bounds the findings of one audit. At the bound the figure is a
	// lower one.
	auditMost = 1000
)

// books finds passed deadlines without a delivered alert; *store.Auditor
// implements it.
type books interface {
	Unalerted(ctx context.Context, now time.Time, s store.Stage, grace time.Duration, limit int) ([]store.Unalerted, error)
}

// finding is a clock with a due alert of one stage that was not delivered.
type finding struct {
	store.Unalerted
	stage store.Stage
}

// findingKey identifies a finding. A deadline that moves makes another one.
type findingKey struct {
	clock sla.ClockID
	due   int64 // Unix milliseconds
	after time.Duration
	to    string
}

func (f *finding) key() findingKey {
	return findingKey{f.Clock, f.Due.UnixMilli(), f.stage.After, strings.Join(f.stage.To, ",")}
}

// verdict is the result of one audit.
type verdict struct {
	at       time.Time
	findings []finding
	err      error // the database could not be read
}

// auditor checks that every deadline that passed without a notice has a delivered
// alert. It shares no code with the parts that plan and send alerts.
type auditor struct {
	books  books
	stages []store.Stage
	ledger ledger
	// failing reports whether the pipeline is known to fail for an incident.
	failing func(sla.IncidentID) bool
	// fallback sends a fallback alert and reports whether a destination accepted
	// it.
	fallback func(ctx context.Context, found []finding) bool
	leads    func() bool // whether it is for this replica to tell people; nil: it is
	log      *slog.Logger
	period   time.Duration // 0: auditPeriod

	latest atomic.Pointer[verdict]

	mu    sync.Mutex // held by one audit
	begun time.Time
	marks map[findingKey]mark // nil: not read yet
}

// stagesOf lists the destinations that the policies alert about a passed
// deadline, and when.
func stagesOf(policies policy.Policies) (stages []store.Stage) {
	for _, p := range policies {
		if len(p.To) > 0 {
			stages = append(stages, store.Stage{After: p.After, To: p.To, When: p.When, Except: p.Except})
		}
	}
	return stages
}

// run audits until ctx ends. The first audit comes after one period, so that the
// pipeline can catch up after a start.
func (a *auditor) run(ctx context.Context) {
	a.mu.Lock()
	if a.begun.IsZero() { // set when a reload replaced another auditor
		a.begun = wallNow()
	}
	a.follow(ctx, a.begun)
	a.mu.Unlock()
	for {
		schedule.Pause(ctx, a.wait())
		if ctx.Err() != nil {
			return
		}
		a.once(ctx, wallNow())
	}
}

// wait is the time until the next audit. One that could not read the database is repeated
// soon: until it can, this replica is not ready.
func (a *auditor) wait() time.Duration {
	period := cmp.Or(a.period, auditPeriod)
	if v := a.latest.Load(); v != nil && v.err != nil {
		return min(period, auditAgain)
	}
	return period
}

// once makes one audit.
func (a *auditor) once(ctx context.Context, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	leads := a.follow(ctx, now)
	v := a.audit(ctx, now, auditGrace)
	if ctx.Err() != nil {
		return
	}
	a.latest.Store(v)
	if v.err != nil {
		a.log.Error("audit failed", "error", v.err)
		return
	}
	for _, f := range v.findings[:min(len(v.findings), mostNamed)] {
		a.log.Error("no alert was delivered for a passed deadline", "incident", f.Incident, "vendor", f.Vendor,
			"clock", f.Clock, "promise", f.Promise, "due", f.Due.Format(time.RFC3339), "after", f.stage.After, "to", f.stage.To)
	}
	if leads {
		a.escalate(ctx, v.findings, now)
	}
}

// follow reports whether it is for this replica to tell people. The one that does keeps the
// marks: they are read anew when this replica begins to lead.
func (a *auditor) follow(ctx context.Context, now time.Time) (leads bool) {
	if a.leads != nil && !a.leads() {
		a.marks = nil
		return false
	}
	a.remember(ctx, now)
	return true
}

// mostNamed bounds the findings that one audit lists in the log and in a message.
const mostNamed = 20

// audit finds deadlines without a delivered alert that was due more than grace ago.
func (a *auditor) audit(ctx context.Context, now time.Time, grace time.Duration) *verdict {
	ctx, cancel := context.WithTimeout(ctx, auditBound)
	defer cancel()
	v := &verdict{at: now}
	for _, stage := range a.stages {
		untold, err := a.books.Unalerted(ctx, now, stage, grace, auditMost)
		v.err = errors.Join(v.err, err)
		for _, u := range untold {
			v.findings = append(v.findings, finding{u, stage})
		}
	}
	return v
}

// verdict returns the newest verdict; nil before the first one, and if the auditor
// has stopped.
func (a *auditor) verdict(now time.Time) *verdict {
	v := a.latest.Load()
	if v == nil || now.Sub(v.at) > max(auditStale, 3*a.period) {
		return nil
	}
	return v
}

// passes reports whether a fresh audit found no missing alert.
func (a *auditor) passes(now time.Time) bool {
	v := a.verdict(now)
	return v != nil && v.err == nil && len(v.findings) == 0
}

func (d *deployment) makeAuditor() *auditor {
	stages := stagesOf(d.config.Alerts)
	for i := range stages {
		if slices.ContainsFunc(stages[i].To, func(name string) bool { return d.config.Destinations[name].Fallback != "" }) {
			stages[i].Diverts = auditDiverts
		}
	}
	return &auditor{
		books: d.books, stages: stages, ledger: d.store, failing: d.stepFails, fallback: d.last.unalerted, leads: d.lease.Valid, log: d.log,
	}
}
