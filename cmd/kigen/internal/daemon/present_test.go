package daemon

import (
	"context"

	"kigen/cmd/kigen/internal/web"
)

// try is a trial by the configuration in force.
func (d *Daemon) try(ctx context.Context, destination string) (web.Trial, error) {
	return d.present.Load().try(ctx, destination)
}

// health is how the daemon fares by the configuration in force.
func (d *Daemon) health(ctx context.Context) web.Health { return d.present.Load().health(ctx) }

// ready is whether kigen watches over deadlines by the configuration in force.
func (d *Daemon) ready(ctx context.Context) error { return d.present.Load().ready(ctx) }
