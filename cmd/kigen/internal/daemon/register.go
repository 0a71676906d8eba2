package daemon

import (
	"context"
	"errors"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/registry"
	"kigen/config"
	"kigen/sla/register"
)

// registered returns a configuration with what the register holds. A published entry that
// is faulty, as after an upgrade, is named in the log and stops nothing beside it.
func (d *Daemon) registered(ctx context.Context, c *config.Config) (*config.Config, []register.Version, error) {
	published, err := d.store.Published(ctx)
	if err != nil || len(published) == 0 && c.Bare() {
		return c, published, err
	}
	whole, err := c.With(published)
	if err != nil {
		return nil, nil, err
	}
	keepFixed(whole, c)
	for vendor, mistakes := range whole.Refused {
		d.log.Error("the published entry of a vendor is not in force: publish it again without the mistakes", "vendor", vendor, "mistakes", mistakes.Error())
	}
	return whole, published, nil
}

// takeOver puts in force what the register holds, if that is not in force yet.
func (d *Daemon) takeOver(ctx context.Context) error {
	d.reloads.mu.Lock()
	defer d.reloads.mu.Unlock()
	if d.reloads.ended {
		return errors.New("kigen is stopping")
	}
	old := d.present.Load()
	c, published, err := d.registered(ctx, old.config)
	if err != nil {
		return err
	}
	if slices.EqualFunc(published, old.entries, sameVersion) {
		return nil
	}
	next, err := d.deploy(ctx, c, published, old)
	if err != nil {
		return err
	}
	if _, err := d.replace(context.WithoutCancel(ctx), old, next); err != nil {
		d.report(err)
		return err
	}
	changed := next.config.Since(old.config).Vendors
	d.log.Info("register in force", "vendors_added", changed.Added, "vendors_removed", changed.Removed, "vendors_changed", changed.Changed)
	return nil
}

// registerRetry is the pause after the register could not be put in force.
const registerRetry = 15 * time.Second

// followRegister puts in force what other replicas publish, until ctx ends.
func (d *Daemon) followRegister(ctx context.Context) {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.announced:
		case <-again:
		}
		again = nil
		if err := d.takeOver(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("what was published about vendors is not in force here, it is tried again", "error", err)
			again = time.After(registerRetry)
		}
	}
}

func sameVersion(a, b register.Version) bool { return a.Vendor == b.Vendor && a.Number == b.Number }

// registry returns the register for HTTP requests.
func (d *deployment) registry() *registry.Registry {
	return &registry.Registry{Store: d.store, Papers: d.store, Config: d.config, TakeOver: d.takeOver, Now: clock}
}
