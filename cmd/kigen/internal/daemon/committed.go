package daemon

import (
	"context"
	"slices"

	"kigen/store"
)

// ownStep marks the context of the watch loop's own step.
type ownStep struct{}

// stepping returns the context of a step of the watch loop, whose commits need no
// further step.
func stepping(ctx context.Context) context.Context {
	return context.WithValue(ctx, ownStep{}, true)
}

func isOwnStep(ctx context.Context) bool { return ctx.Value(ownStep{}) != nil }

// leadersWork marks the context of what only a leader may do besides its steps.
type leadersWork struct{}

// leading returns the context of a leader's work: its commits fail where another replica
// leads by then.
func leading(ctx context.Context) context.Context {
	return context.WithValue(ctx, leadersWork{}, true)
}

func isLeaders(ctx context.Context) bool { return isOwnStep(ctx) || ctx.Value(leadersWork{}) != nil }

// committed is called after each commit: it updates open pages and metrics, wakes the
// watch loop for a step that comes sooner than it is to wake, and wakes the senders of the
// destinations with new messages.
func (d *Daemon) committed(ctx context.Context, c store.Committed) {
	d.meter.committed(c.Alerts)
	if len(c.Incidents) > 0 || c.Anything {
		d.live.Changed()
		d.watch.committed(ctx, &c)
	}
	if c.Intake && len(c.Incidents) == 0 && !c.Anything {
		d.live.Changed()
	}
	if c.Register || c.Anything {
		select {
		case d.announced <- struct{}{}:
		default: // one look at the register follows already
		}
	}
	for _, s := range d.present.Load().senders {
		if c.Anything || slices.Contains(c.Destinations, s.Name()) {
			s.Wake()
		}
	}
	if isOwnStep(ctx) {
		d.systemd.turned() // a long catch-up makes many commits within one step
	}
}
