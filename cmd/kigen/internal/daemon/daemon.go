// Package daemon wires the parts of kigen together and runs them: the database,
// the senders, the watch loop, the monthly report, the Slack apps, the listener.
// They start in that order and stop in the reverse one.
package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/listener"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/notify"
	"kigen/sla/record"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/lease"
)

// Options adjust a Daemon. Console and Log must be set.
type Options struct {
	Version string
	Console io.Writer    // where console destinations print
	Colour  bool         // whether Console takes colours
	Log     *slog.Logger // what the operator reads
	// LogLevel is the level of Log, which a reload sets; nil: it is fixed.
	LogLevel *slog.LevelVar
	BaseURL  string       // of the pages, for the destinations that Destination makes
	Access   *slog.Logger // new lines of the access log; nil: they are not printed
	// Load reads the configuration for a reload. Mistakes in its content are a
	// config.Invalid error. Nil: it can't be reloaded.
	Load func() (*config.Config, error)

	head  func(ctx context.Context) (record.Head, error) // of the record; nil: no database is open
	fence *notify.Fence                                  // before the network; nil: none
}

// Daemon is a running kigen. It is made by New, started once and stopped once. The
// deployment holds all parts that depend on the configuration; a reload replaces
// it.
type Daemon struct {
	options   Options
	log       *slog.Logger
	hold      hold
	store     *store.DB
	books     *store.Auditor
	watch     *watch
	trials    *trials
	endTrials func()
	systemd   *supervisor
	meter     *meter
	metrics   *prometheus.Registry // the metrics that do not depend on the configuration
	budgets   *notify.Budgets
	certified *listener.Certificate // nil: plain HTTP
	server    *http.Server
	live      *web.Live
	rendered  *reporting.Renderings
	listener  net.Listener

	lease    *lease.Lease
	fence    *notify.Fence // nil: no other replica can lead
	aligning sync.Mutex    // held while the parts of a leader start or stop
	leads    bool          // they run
	ended    bool          // they start no more
	term     lease.Term    // by this leadership

	present   present
	announced chan struct{} // a look at the register is due
	turn      sync.Mutex    // held by each step, and while a deployment replaces another
	resumed   lease.Term    // what was put back before this term was made due; guarded by turn
	swap      sync.RWMutex  // read-locked by each use case's transaction, locked while the database is brought in line
	reloads   reloads

	base, front parts // what runs below the deployment, and what runs before it
	leading     parts // what runs beside it while this replica leads
	failed      chan error
}

// New opens the database and makes all parts, but starts none. After an error
// nothing stays open.
func New(ctx context.Context, c *config.Config, o Options) (*Daemon, error) {
	hold, db, err := open(ctx, c.Database, o.Log)
	if err != nil {
		return nil, err
	}
	d := &Daemon{
		options: o, log: o.Log, hold: hold, store: db, live: web.NewLive(), rendered: reporting.NewRenderings(), books: db.Auditor(), metrics: prometheus.NewRegistry(),
		systemd: &supervisor{log: o.Log}, budgets: notify.NewBudgets(), failed: make(chan error, 1), announced: make(chan struct{}, 1),
	}
	d.election(c.Listen)
	d.makeLoop()
	if err := d.prepare(ctx, c); err != nil {
		return nil, errors.Join(err, d.closeDatabase())
	}
	hold.Announce(d.URL())
	return d, nil
}

// makeLoop makes the watch loop and the trials.
func (d *Daemon) makeLoop() {
	d.meter = newMeter(d.metrics)
	life, endTrials := context.WithCancel(context.Background())
	d.endTrials = endTrials
	d.trials = &trials{
		life: life, store: d.store, outbox: d.store, wake: d.wake, now: wallNow,
		lang: func() string { return d.present.Load().config.Language },
	}
	d.watch = newWatch(d.step, d.systemd.turned, d.log)
	d.watch.measured = d.meter.stepped
	d.store.Subscribe(d.committed)
}

// prepare makes the first deployment, brings the database in line with it and
// opens the listener last.
func (d *Daemon) prepare(ctx context.Context, c *config.Config) error {
	c, published, err := d.registered(ctx, c)
	if err != nil {
		return err
	}
	first, err := d.deploy(ctx, c, published, nil)
	if err != nil {
		return err
	}
	if !d.lease.Contended() { // else the first step of the leader settles
		if err := first.settle(ctx); err != nil {
			return err
		}
	}
	d.present.Store(first)
	d.measure()
	d.reloads.succeeded(wallNow())
	plain, err := listener.Open(ctx, c.Listen)
	if err != nil {
		return err
	}
	if d.listener, err = d.encrypt(plain, c.TLS); err != nil {
		return errors.Join(err, plain.Close())
	}
	d.server = listener.NewServer(&d.present, d.log)
	d.server.RegisterOnShutdown(d.live.Close) // open boards would hold the listener
	return nil
}

// step makes all changes that are due, and returns the next planned instant.
func (d *Daemon) step(ctx context.Context) (time.Time, error) {
	d.turn.Lock()
	defer d.turn.Unlock()
	if err := d.resume(ctx); err != nil {
		return time.Time{}, err
	}
	now := d.present.Load()
	if err := now.settle(ctx); err != nil {
		return time.Time{}, err
	}
	next, err := now.tracker.Step(ctx)
	if err != nil {
		return next, err
	}
	return d.trials.step(ctx, next)
}

// wake asks the watch loop for a step now.
func (d *Daemon) wake() { d.watch.Wake() }

// Config returns the configuration in force, with what the register holds.
func (d *Daemon) Config() *config.Config { return d.present.Load().config }

// Addr returns the address of the listener, with the actual port for port 0.
func (d *Daemon) Addr() string { return d.listener.Addr().String() }

// URL returns the address of the board for a browser on this machine.
func (d *Daemon) URL() string {
	if d.certified != nil {
		return "https://" + d.Addr()
	}
	return "http://" + d.Addr()
}

// Start starts all parts and returns at once.
func (d *Daemon) Start() {
	d.base.begin("database", nil, func(context.Context) error { return d.closeDatabase() })
	d.base.loop("disk", d.makeDisk().run)
	d.base.loop("lease", d.lease.Run)
	d.present.Load().start()
	d.report(d.align(context.Background()))
	d.base.loop("leader", d.follow)
	if d.lease.Contended() {
		d.base.loop("news", func(ctx context.Context) { d.store.Follow(ctx, d.log) })
		d.base.loop("watch of the leader", d.watchLeader)
		d.base.loop("register", d.followRegister)
		d.base.loop("needs", d.watchSuited)
	}
	d.front.begin("listener", func() { d.report(listener.Serve(d.server, d.listener)) }, d.server.Shutdown)
	// Stopped first: a request that waits for a trial would delay the listener.
	d.front.begin("trials", nil, func(context.Context) error { d.endTrials(); return nil })
}

// report passes a part's failure to Wait.
func (d *Daemon) report(err error) {
	if err == nil {
		return
	}
	select {
	case d.failed <- err:
	default: // one failure is enough to stop
	}
}

// Wait returns nil when ctx ends, or the error of a part that failed.
func (d *Daemon) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.failed:
		return err
	}
}

// Stop stops all parts in the reverse order of their start.
func (d *Daemon) Stop(ctx context.Context) error {
	d.systemd.stopping()
	d.reloads.end() // waits for a running one
	return errors.Join(d.front.stop(ctx), d.retire(ctx), d.base.stop(ctx))
}

// retire ends the deployment for good.
func (d *Daemon) retire(ctx context.Context) error {
	d.aligning.Lock()
	defer d.aligning.Unlock()
	now := d.present.Load()
	d.leading.ask()
	now.leading.ask() // the next replica leads when the last of them has ended
	err := errors.Join(d.leading.stop(ctx), now.leading.stop(ctx), now.running.stop(ctx))
	d.leads, d.ended = false, true
	return err
}

// Close releases a daemon that was never started.
func (d *Daemon) Close() error {
	d.endTrials()
	return errors.Join(d.listener.Close(), d.closeDatabase())
}

// closeDatabase closes the database and then releases its file lock.
func (d *Daemon) closeDatabase() error {
	return errors.Join(d.books.Close(), d.rendered.Close(), d.store.Close(), d.hold.Release())
}

// Tracker returns the use cases on the daemon's database, under the present
// configuration.
func (d *Daemon) Tracker() *tracker.Tracker { return d.present.Load().tracker }
