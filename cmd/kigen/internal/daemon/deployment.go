package daemon

import (
	"context"
	"net/http"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/accesslog"
	"kigen/cmd/kigen/internal/backups"
	"kigen/cmd/kigen/internal/chasing"
	"kigen/cmd/kigen/internal/heartbeat"
	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/slackapp"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/notify"
	"kigen/sla/register"
	"kigen/sla/tracker"
	"kigen/store"
)

// deployment holds all parts that are made from one configuration. It is built,
// started and stopped as a unit and never changed: a reload replaces it, so that
// no part works with half of a configuration.
type deployment struct {
	*Daemon // the parts that outlive a configuration

	config  *config.Config
	entries []register.Version // what the register held
	tracker *tracker.Tracker
	intake  *intake.Service
	chasing *chasing.Service
	fetcher *fetch.Client // of pages; shared with the deployment before
	readers []sourceReader
	lines   []*meteredOutbox // one for each destination
	senders []*notify.Sender
	monthly *reporting.Monthly
	last    *fallbackAlert
	auditor *auditor
	backups *backups.Job         // nil: not configured
	beats   *heartbeat.Heartbeat // nil: not configured
	heads   *heads               // nil: not configured

	printer   *accesslog.Printer   // nil: the access log is not printed
	forwarder *accesslog.Forwarder // nil: not configured
	retention *retention           // nil: not configured

	apps    []*slackapp.App
	access  *access.Keeper
	issuer  *access.Issuer       // nil: not configured
	figures *prometheus.Registry // the metrics of these parts
	handler http.Handler

	began   time.Time
	running parts
	leading parts // while this replica leads

	unsettled atomic.Pointer[string] // why destinations that left could not be settled; nil: they are

	// Guarded by Daemon.turn.
	placed     bool           // no messages are left at destinations that left the configuration
	adopted    bool           // open clocks are planned under the policies
	gone       []string       // destinations that were configured once
	departures []web.Departed // those that had messages left
}

// deploy makes all parts of a configuration, which includes what the register holds, and starts none. An error is a mistake
// in the configuration. previous is the running deployment, nil at the start: its
// observations, such as a destination that does not answer, are passed on.
func (d *Daemon) deploy(ctx context.Context, c *config.Config, published []register.Version, previous *deployment) (*deployment, error) {
	p := &deployment{Daemon: d, config: c, entries: published, figures: prometheus.NewRegistry(), began: wallNow()}
	p.tracker = &tracker.Tracker{
		Store: gated{d.store, p}, Catalogue: c.Catalogue, Duties: c.Duties, Policies: c.Alerts, Now: clock, Failed: d.putAside, Vouched: vouched,
	}
	p.intake = p.makeIntake()
	var err error
	if p.chasing, err = p.makeChasing(); err != nil {
		return nil, err
	}
	if err := p.prepare(ctx, previous); err != nil {
		return nil, err
	}
	if err := p.makeReaders(previous); err != nil {
		return nil, err
	}
	p.measure()
	p.handler = p.makeHandler()
	return p, nil
}

// prepare makes the parts that a mistake in the configuration can prevent.
func (d *deployment) prepare(ctx context.Context, previous *deployment) (err error) {
	if err := d.makeSenders(previous); err != nil {
		return err
	}
	if d.monthly, err = d.makeMonthly(); err != nil {
		return err
	}
	if d.last, err = d.makeFallbackAlert(); err != nil {
		return err
	}
	d.apps = d.makeSlackApps()
	d.auditor = d.makeAuditor()
	if d.backups, err = d.makeBackups(ctx); err != nil {
		return err
	}
	if d.heads, err = d.makeHeads(ctx); err != nil {
		return err
	}
	if beat := d.config.Heartbeat; beat.URL != "" {
		d.beats = heartbeat.New(heartbeat.Options{URL: beat.URL.Reveal(), Every: beat.Every, Alive: d.alive, Head: d.store.Head, Log: d.log})
	}
	d.retention = d.makeRetention()
	if err := d.makeAccessLog(ctx, previous); err != nil {
		return err
	}
	return d.makeAccess(ctx, previous)
}

// inherit takes over the observations of a stopped deployment.
func (d *deployment) inherit(previous *deployment) {
	old := previous.auditor
	d.auditor.latest.Store(old.latest.Load())
	if d.config.Alerts.Fingerprint() == previous.config.Alerts.Fingerprint() {
		// Only under the same policies: after a change the pipeline has to catch up.
		d.auditor.begun = old.begun
		d.began = previous.began
	}
	if d.beats != nil && previous.beats != nil {
		d.beats.Inherit(previous.beats)
	}
	if d.backups != nil && previous.backups != nil && reflect.DeepEqual(d.config.Backup, previous.config.Backup) {
		d.backups.Inherit(previous.backups)
	}
}

// start starts the parts of every replica and returns at once.
func (d *deployment) start() {
	d.running.loop("auditor", d.auditor.run)
	if d.printer != nil {
		d.running.loop("access log", d.printer.Run)
	}
}

// startLeading starts the parts of the replica that leads and returns at once: what must
// not happen twice.
func (d *deployment) startLeading() {
	for _, s := range d.senders {
		d.leading.loop("sender", func(ctx context.Context) { d.report(s.Run(ctx)) })
	}
	if d.beats != nil {
		d.leading.loop("heartbeat", d.beats.Run)
	}
	if d.backups != nil {
		d.leading.loop("backups", d.backups.Run)
	}
	for _, r := range d.readers {
		d.leading.loop("reader of sources", func(ctx context.Context) { d.report(r.Run(ctx)) })
	}
	if d.heads != nil {
		d.leading.loop("heads of the record", d.heads.run)
	}
	if d.retention != nil {
		d.leading.loop("retention", d.retention.run)
	}
	if d.forwarder != nil {
		d.leading.loop("access log on its way", d.forwarder.Run)
	}
	d.leading.loop("monthly report", func(ctx context.Context) { d.report(d.monthly.Run(ctx)) })
	for _, app := range d.apps {
		d.leading.loop("slack app", func(ctx context.Context) { d.report(app.Run(ctx)) })
	}
}

// gated is the store for the use cases of one deployment. It refuses transactions
// after the deployment was replaced, because they would plan by old policies, and
// delays them while the next deployment takes over.
type gated struct {
	*store.DB
	deployment *deployment
}

// Update runs f in one transaction while the deployment is the present one.
func (g gated) Update(ctx context.Context, f func(tracker.Tx) error) error {
	return g.whilePresent(func() error {
		if isLeaders(ctx) {
			return g.UpdateLeading(ctx, f)
		}
		return g.DB.Update(ctx, f)
	})
}

// present is the running deployment. Code that loads it once works with one
// configuration throughout.
type present struct{ atomic.Pointer[deployment] }

// ServeHTTP answers each request under the configuration in force at its arrival.
func (p *present) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.Load().handler.ServeHTTP(w, r)
}
