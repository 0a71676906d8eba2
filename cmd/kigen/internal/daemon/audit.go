package daemon

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"kigen/sla"
	"kigen/store"
)

const (
	// An audit is a few queries over what is past due.
	auditPeriod = 30 * time.Second
	// A verdict older than this is none: the auditor itself has stopped.
	auditStale = 3 * auditPeriod
	auditBound = 20 * time.Second // of one audit
	// How long the pipeline has to tell what is due.
	auditGrace = 5 * time.Minute
	// How many findings one audit reads. The figure is then a lower bound.
	auditMost = 1000
)

// books is what the auditor asks; *store.Auditor answers.
type books interface {
	Untold(ctx context.Context, now time.Time, s store.Stage, grace time.Duration, limit int) ([]store.Untold, error)
}

// finding is a clock of which a stage's people had to be told, and nobody was.
type finding struct {
	store.Untold
	stage store.Stage
}

// occasion tells findings apart: a deadline that moves is another one.
type occasion struct {
	clock sla.ClockID
	due   int64 // Unix milliseconds
	after time.Duration
	to    string
}

func (f *finding) occasion() occasion {
	return occasion{f.Clock, f.Due.UnixMilli(), f.stage.After, strings.Join(f.stage.To, ",")}
}

// verdict is what one audit found.
type verdict struct {
	at       time.Time
	findings []finding
	err      error // the books could not be read
}

// auditor looks, beside everything that plans and sends, whether anybody was
// told of every deadline that passed in silence.
type auditor struct {
	books  books
	stages []store.Stage
	// lastResort tells people past the pipeline that just failed them.
	lastResort func(ctx context.Context, found []finding)
	log        *slog.Logger

	latest atomic.Pointer[verdict]

	// What follows belongs to the goroutine of run.
	begun time.Time
	told  map[occasion]bool // by the last resort, and still not by the pipeline
}

// stagesOf lists whom the policies tell of a passed deadline, and when.
func stagesOf(policies sla.Policies) (stages []store.Stage) {
	for _, p := range policies {
		if len(p.To) > 0 {
			stages = append(stages, store.Stage{After: p.After, To: p.To})
		}
	}
	return stages
}

// run audits until ctx ends. The first audit waits a period, so that a start
// may catch up.
func (a *auditor) run(ctx context.Context) {
	a.begun = time.Now().Round(0)
	tick := time.NewTicker(auditPeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.once(ctx, time.Now().Round(0))
		}
	}
}

// once audits the books as they stand.
func (a *auditor) once(ctx context.Context, now time.Time) {
	v := a.audit(ctx, now)
	if ctx.Err() != nil {
		return
	}
	a.latest.Store(v)
	if v.err != nil {
		a.log.Error("audit failed", "error", v.err)
		return
	}
	for _, f := range v.findings[:min(len(v.findings), mostNamed)] {
		a.log.Error("nobody was told of a deadline that passed", "incident", f.Incident, "vendor", f.Vendor,
			"clock", f.Clock, "promise", f.Promise, "due", f.Due.Format(time.RFC3339), "after", f.stage.After, "to", f.stage.To)
	}
	a.escalate(ctx, v.findings, now)
}

// mostNamed bounds what one audit writes into the log and into one message.
const mostNamed = 20

func (a *auditor) audit(ctx context.Context, now time.Time) *verdict {
	ctx, cancel := context.WithTimeout(ctx, auditBound)
	defer cancel()
	v := &verdict{at: now}
	for _, stage := range a.stages {
		untold, err := a.books.Untold(ctx, now, stage, auditGrace, auditMost)
		v.err = errors.Join(v.err, err)
		for _, u := range untold {
			v.findings = append(v.findings, finding{u, stage})
		}
	}
	return v
}

// escalate tells people, once of each, what the pipeline did not. After a
// start the pipeline first has its time to catch up.
func (a *auditor) escalate(ctx context.Context, found []finding, now time.Time) {
	still := make(map[occasion]bool, len(found))
	var news []finding
	for _, f := range found {
		still[f.occasion()] = a.told[f.occasion()]
		if !a.told[f.occasion()] {
			news = append(news, f)
		}
	}
	a.told = still
	if len(news) == 0 || now.Sub(a.begun) < auditGrace {
		return
	}
	a.lastResort(ctx, news)
	for _, f := range news {
		a.told[f.occasion()] = true
	}
}

// verdict is the newest one; nil before the first, and when the auditor itself
// has fallen silent.
func (a *auditor) verdict(now time.Time) *verdict {
	v := a.latest.Load()
	if v == nil || now.Sub(v.at) > auditStale {
		return nil
	}
	return v
}

// passes reports whether a fresh audit found that everybody was told.
func (a *auditor) passes(now time.Time) bool {
	v := a.verdict(now)
	return v != nil && v.err == nil && len(v.findings) == 0
}

// makeAuditor makes the auditor, with destinations of its own for the last
// resort.
func (d *Daemon) makeAuditor() (*auditor, error) {
	resorts, err := d.resorts()
	if err != nil {
		return nil, err
	}
	last := &lastResort{destinations: resorts, writer: d.writer(), log: d.log}
	return &auditor{books: d.books, stages: stagesOf(d.config.Alerts), lastResort: last.untold, log: d.log}, nil
}
