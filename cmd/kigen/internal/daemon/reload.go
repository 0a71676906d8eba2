package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"kigen/cmd/kigen/internal/listener"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/config/tree"
)

// reloads is the state of reloads.
type reloads struct {
	mu      sync.Mutex  // held by a reload: one at a time
	ended   bool        // the daemon stops: no further reload begins
	refused atomic.Bool // the newest one was
	latest  atomic.Int64
}

// succeeded records when a configuration came into force.
func (r *reloads) succeeded(at time.Time) {
	r.refused.Store(false)
	r.latest.Store(at.UnixMilli())
}

// last returns when the configuration in force was read; zero before the first.
func (r *reloads) last() time.Time {
	if ms := r.latest.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// end waits for a running reload and prevents further ones.
func (r *reloads) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
}

// Reload reads the configuration and puts it in force as a whole. Its mistakes are
// a *web.ReloadRefusedError; then the previous one stays in force. Reload returns
// when the new one is in force. Once the previous one has begun to stop, the end
// of ctx no longer matters.
func (d *Daemon) Reload(ctx context.Context) (*web.Reloaded, error) {
	d.reloads.mu.Lock()
	defer d.reloads.mu.Unlock()
	if d.reloads.ended {
		return nil, errors.New("kigen is stopping: the configuration is read at the next start")
	}
	d.systemd.reloading()
	defer d.systemd.reloaded()
	old := d.present.Load()
	next, restart, err := d.next(ctx, old)
	if err != nil {
		d.reloads.refused.Store(true)
		refused := refusal(err)
		for i := range refused.Mistakes {
			d.log.Error("configuration refused, the previous one stays in force", "mistake", refused.Mistakes[i].String())
		}
		return nil, refused
	}
	outcome := reloaded(old.config, next.config, restart)
	if outcome.Departed, err = d.replace(context.WithoutCancel(ctx), old, next); err != nil {
		d.report(err)
		return nil, err
	}
	outcome.Warnings = orEmpty(Warnings(next.config, next.config.Language, outcome.At))
	d.reloads.succeeded(outcome.At)
	d.logReloaded(outcome)
	return outcome, nil
}

// reload returns Reload for HTTP requests; nil if there is no configuration file.
func (d *Daemon) reload() func(context.Context) (*web.Reloaded, error) {
	if d.options.Load == nil {
		return nil
	}
	return d.Reload
}

// next makes the deployment of the configuration file, and lists the keys whose
// new value takes effect with a restart.
func (d *Daemon) next(ctx context.Context, old *deployment) (next *deployment, restart []string, err error) {
	if d.options.Load == nil {
		return nil, nil, errors.New("this kigen runs without a configuration file: restart it to change its settings")
	}
	written, err := d.options.Load()
	if err != nil {
		return nil, nil, err
	}
	c, published, err := d.registered(ctx, written)
	if err != nil {
		return nil, nil, err
	}
	restart = keepFixed(c, old.config)
	if c.TLS != nil && *c.TLS != *old.config.TLS {
		if _, err := listener.LoadCertificate(*c.TLS, d.log); err != nil {
			return nil, nil, err
		}
	}
	next, err = d.deploy(ctx, c, published, old)
	return next, restart, err
}

// keepFixed restores and lists the values that can't change while kigen runs.
func keepFixed(c, old *config.Config) (restart []string) {
	if c.Listen != old.Listen {
		c.Listen, restart = old.Listen, append(restart, "listen")
	}
	if c.Database != old.Database {
		c.Database, restart = old.Database, append(restart, "database")
	}
	if (c.TLS == nil) != (old.TLS == nil) {
		c.TLS, restart = old.TLS, append(restart, "tls")
	}
	if c.Logging.JSON != old.Logging.JSON {
		c.Logging.JSON, restart = old.Logging.JSON, append(restart, "log.format")
	}
	return restart
}

// replace replaces the old deployment by the next one. The old one finishes its
// requests first, so that no destination ever has two senders. replace returns the
// destinations that left with waiting messages. An error means that a part of the
// old deployment does not end, and kigen has to stop.
func (d *Daemon) replace(ctx context.Context, old, next *deployment) ([]web.Departed, error) {
	d.aligning.Lock()
	defer d.aligning.Unlock()
	d.turn.Lock()
	defer d.turn.Unlock()
	if err := errors.Join(old.leading.halt(ctx), old.running.halt(ctx)); err != nil {
		return nil, fmt.Errorf("a part of the previous configuration does not stop: %w", err)
	}
	next.inherit(old)
	d.putInForce(ctx, next)
	if next.config.TLS != nil && *next.config.TLS != *old.config.TLS {
		d.certified.Use(*next.config.TLS)
	}
	if d.options.LogLevel != nil {
		d.options.LogLevel.Set(next.config.Logging.Level)
	}
	next.start()
	if d.leads {
		next.startLeading()
	}
	d.live.Changed()
	d.wake()
	return append([]web.Departed{}, next.departures...), nil
}

// putInForce brings the database in line with the next deployment and makes it
// the present one.
func (d *Daemon) putInForce(ctx context.Context, next *deployment) {
	d.swap.Lock()
	defer d.swap.Unlock()
	if !d.lease.Valid() {
		// the next step of the leader settles
	} else if err := next.settle(ctx); err != nil {
		d.log.Error("the database is not in line with the new configuration yet, the next step tries again", "error", err)
	}
	d.present.Store(next)
}

// refusal lists the mistakes in a configuration.
func refusal(err error) *web.ReloadRefusedError {
	var invalid tree.Invalid
	if !errors.As(err, &invalid) {
		return &web.ReloadRefusedError{Mistakes: []web.Mistake{{Message: err.Error()}}}
	}
	refused := &web.ReloadRefusedError{}
	for _, p := range invalid {
		refused.Mistakes = append(refused.Mistakes, web.Mistake{File: p.File, Line: p.Line, Field: p.Field, Value: p.Value, Message: p.Message})
	}
	return refused
}

// reloaded lists the changes of the next configuration. A change that takes effect
// with a restart is listed there alone.
func reloaded(old, next *config.Config, restart []string) *web.Reloaded {
	changes := next.Since(old)
	outcome := &web.Reloaded{
		At: wallNow(), Destinations: difference(changes.Destinations), Vendors: difference(changes.Vendors),
		Calendars: difference(changes.Calendars), Sections: []string{}, NeedsRestart: orEmpty(restart),
		Policies: old.Alerts.Fingerprint() != next.Alerts.Fingerprint(),
	}
	for _, name := range changes.Sections {
		if name != "listen" && name != "database" && (name != "tls" || len(restart) == 0 || restart[len(restart)-1] != "tls") {
			outcome.Sections = append(outcome.Sections, name)
		}
	}
	return outcome
}

func difference(d config.Difference) web.Difference {
	return web.Difference{Added: orEmpty(d.Added), Removed: orEmpty(d.Removed), Changed: orEmpty(d.Changed)}
}

// orEmpty returns a list that JSON writes as [] where it is empty.
func orEmpty(list []string) []string { return append([]string{}, list...) }

// logReloaded logs the changes.
func (d *Daemon) logReloaded(r *web.Reloaded) {
	attrs := []any{"policies_adopted", r.Policies}
	for _, list := range []struct {
		key   string
		names []string
	}{
		{"destinations_added", r.Destinations.Added}, {"destinations_removed", r.Destinations.Removed}, {"destinations_changed", r.Destinations.Changed},
		{"vendors_added", r.Vendors.Added}, {"vendors_removed", r.Vendors.Removed}, {"vendors_changed", r.Vendors.Changed},
		{"calendars_added", r.Calendars.Added}, {"calendars_removed", r.Calendars.Removed}, {"calendars_changed", r.Calendars.Changed},
		{"sections", r.Sections},
	} {
		if len(list.names) > 0 {
			attrs = append(attrs, list.key, list.names)
		}
	}
	d.log.Info("configuration reloaded", attrs...)
	if len(r.NeedsRestart) > 0 {
		d.log.Warn("keys whose new value takes effect with a restart", "keys", r.NeedsRestart)
	}
	for _, warning := range r.Warnings {
		d.log.Warn("configuration", "warning", warning)
	}
}
