// Package daemon wires the rooms of kigen together and runs them: the
// database, the senders, the watch loop, the monthly report, the Slack apps,
// the listener. They start in that order and stop in the reverse one.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/slackapp"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/notify"
	"kigen/sla/tracker"
	"kigen/store"
)

// Options adjust a Daemon. The zero value is right for nobody: Console and
// Log must be set.
type Options struct {
	Version string
	Console io.Writer    // where console destinations print
	Colour  bool         // whether Console takes colours
	Log     *slog.Logger // what the operator reads
}

// Daemon is kigen at work. It is made by New, started once, stopped once.
type Daemon struct {
	config    *config.Config
	options   Options
	log       *slog.Logger
	hold      *store.Hold
	store     *store.DB
	tracker   *tracker.Tracker
	senders   []*notify.Sender
	access    *access.Keeper
	watch     *watch
	trials    *trials
	endTrials func()
	monthly   *Monthly
	books     *store.Auditor
	auditor   *auditor
	beats     *heartbeat // nil: nobody waits for it
	systemd   *supervisor
	meter     *meter
	metrics   *prometheus.Registry
	last      *lastResort
	backups   *backups         // nil: none are asked for
	lines     []*meteredOutbox // one to each destination
	begun     time.Time
	apps      []*slackapp.App
	server    *http.Server
	live      *web.Live
	listener  net.Listener

	stages []stage // running, in the order of their start
	failed chan error
}

// stage is one running part and how it is stopped.
type stage struct {
	name string
	stop func(context.Context) error
}

// New opens the database and makes everything ready, but starts nothing.
// After an error nothing stays open.
func New(ctx context.Context, c *config.Config, o Options) (*Daemon, error) {
	hold, db, err := open(ctx, c.Database, o.Log)
	if err != nil {
		return nil, err
	}
	d := &Daemon{
		config: c, options: o, log: o.Log, hold: hold, store: db, live: web.NewLive(), books: db.Auditor(), metrics: prometheus.NewRegistry(),
		systemd: &supervisor{log: o.Log}, begun: wallNow(), failed: make(chan error, 1),
	}
	d.makeLoop()
	if err := d.prepare(ctx); err != nil {
		return nil, errors.Join(err, d.closeDatabase())
	}
	hold.Announce(d.URL())
	return d, nil
}

// makeLoop makes what time drives: the use cases, the trials and their loop.
func (d *Daemon) makeLoop() {
	d.meter = newMeter(d.metrics)
	wake := func() { d.watch.Wake() }
	d.tracker = &tracker.Tracker{
		Store: d.live.Watch(meteredStore{d.store, d.meter}), Catalogue: d.config.Catalogue, Policies: d.config.Alerts,
		Now: time.Now, Changed: wake,
	}
	life, endTrials := context.WithCancel(context.Background())
	d.endTrials = endTrials
	d.trials = &trials{
		life: life, store: d.tracker.Store, outbox: d.store, wake: wake, now: wallNow, lang: d.config.Language,
	}
	d.watch = newWatch(d.step, d.stepped, d.log)
	d.watch.measured = d.meter.stepped
}

// prepare makes what may fail for its configuration: the alert policies, the
// destinations, the schedule and, last, the listener.
func (d *Daemon) prepare(ctx context.Context) (err error) {
	if err := d.tracker.Adopt(ctx); err != nil {
		return err
	}
	if d.senders, err = d.makeSenders(); err != nil {
		return err
	}
	if d.monthly, err = d.makeMonthly(); err != nil {
		return err
	}
	if d.last, err = d.makeLastResort(); err != nil {
		return err
	}
	d.apps = d.makeSlackApps()
	d.auditor = d.makeAuditor()
	if d.backups, err = d.makeBackups(ctx); err != nil {
		return err
	}
	if beat := d.config.Heartbeat; beat.URL != "" {
		d.beats = newHeartbeat(beat.URL.Reveal(), beat.Every, d.alive, d.log)
	}
	d.measure()
	if err := d.makeAccess(ctx); err != nil {
		return err
	}
	plain, err := listen(ctx, d.config.Listen)
	if err != nil {
		return err
	}
	if d.listener, err = d.encrypt(plain); err != nil {
		return errors.Join(err, plain.Close())
	}
	d.server = newServer(d.handler())
	d.server.RegisterOnShutdown(d.live.Close) // open boards would hold the listener
	return nil
}

// step does what time alone asks for, and returns the next planned instant.
func (d *Daemon) step(ctx context.Context) (time.Time, error) {
	next, err := d.tracker.Step(ctx)
	if err != nil {
		return next, err
	}
	return d.trials.step(ctx, next)
}

// wallNow is the time of day without the monotonic reading: stored times can
// only be compared with that.
func wallNow() time.Time { return time.Now().Round(0) }

// stepped hands on what a step committed.
func (d *Daemon) stepped() {
	d.systemd.stepped()
	d.wakeSenders()
}

func (d *Daemon) wakeSenders() {
	for _, s := range d.senders {
		s.Wake()
	}
}

// Addr is the address that the daemon answers on, also when the configuration
// asked for port 0.
func (d *Daemon) Addr() string { return d.listener.Addr().String() }

// URL is where a browser on this machine finds the board.
func (d *Daemon) URL() string {
	if d.config.TLS != nil {
		return "https://" + d.Addr()
	}
	return "http://" + d.Addr()
}

// Start sets everything going and returns at once.
func (d *Daemon) Start() {
	d.begin("database", nil, func(context.Context) error { return d.closeDatabase() })
	for _, s := range d.senders {
		d.loop("sender", func(ctx context.Context) { d.report(s.Run(ctx)) })
	}
	d.loop("watch loop", d.watch.run)
	d.loop("auditor", d.auditor.run)
	d.loop("disk", d.makeDisk().run)
	if d.beats != nil {
		d.loop("heartbeat", d.beats.run)
	}
	if d.backups != nil {
		d.loop("backups", d.backups.run)
	}
	d.loop("monthly report", func(ctx context.Context) { d.report(d.monthly.Run(ctx)) })
	for _, app := range d.apps {
		d.loop("slack app", func(ctx context.Context) { d.report(app.Run(ctx)) })
	}
	d.begin("listener", func() { d.report(serve(d.server, d.listener)) }, d.server.Shutdown)
	// Stopped first: whoever waits for a trial would hold up the listener.
	d.begin("trials", nil, func(context.Context) error { d.endTrials(); return nil })
}

// begin runs a part in the background and remembers how to stop it.
func (d *Daemon) begin(name string, run func(), stop func(context.Context) error) {
	if run != nil {
		go run()
	}
	d.stages = append(d.stages, stage{name, stop})
}

// loop begins a part that ends when its context does.
func (d *Daemon) loop(name string, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { run(ctx) })
	d.begin(name, nil, func(bound context.Context) error {
		cancel()
		return waitFor(bound, &done)
	})
}

func waitFor(ctx context.Context, wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// report hands a part's failure to Wait.
func (d *Daemon) report(err error) {
	if err == nil {
		return
	}
	select {
	case d.failed <- err:
	default: // one failure is enough to stop
	}
}

// Wait returns nil when ctx ends, or the failure of a part that can't go on.
func (d *Daemon) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.failed:
		return err
	}
}

// stopBound is how long each part gets to finish what it is doing.
const stopBound = 10 * time.Second

// Stop ends every part in reverse order of its start, so that nothing writes
// to what is already closed. It goes on past a part that fails to stop, and
// names it.
func (d *Daemon) Stop(ctx context.Context) error {
	d.systemd.stopping()
	var failures []error
	for i := len(d.stages) - 1; i >= 0; i-- {
		bound, cancel := context.WithTimeout(ctx, stopBound)
		if err := d.stages[i].stop(bound); err != nil {
			failures = append(failures, fmt.Errorf("stop %s: %w", d.stages[i].name, err))
		}
		cancel()
	}
	d.stages = nil
	return errors.Join(failures...)
}

// Close releases a daemon that was never started.
func (d *Daemon) Close() error {
	d.endTrials()
	return errors.Join(d.listener.Close(), d.closeDatabase())
}

// closeDatabase lets go of the database; the hold comes last.
func (d *Daemon) closeDatabase() error {
	return errors.Join(d.books.Close(), d.store.Close(), d.hold.Release())
}

// Tracker runs the use cases on the daemon's database.
func (d *Daemon) Tracker() *tracker.Tracker { return d.tracker }
