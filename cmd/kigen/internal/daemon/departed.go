package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
)

// departedShown is how long /health lists a destination that left the
// configuration: every shift of a week sees it.
const departedShown = 7 * 24 * time.Hour

// itself is the actor of events that no person caused.
const itself = "kigen"

// settle brings the database in line with the configuration: the destinations
// that left it, and the policies of open clocks. After that it only checks whether
// a request from before a reload has added messages to a destination that left. A
// destination that cannot be settled does not delay the clocks: it is shown on
// /health and retried with the next step. The caller holds Daemon.turn.
func (d *deployment) settle(ctx context.Context) error {
	if !d.placed {
		d.placed = d.settleDestinations(ctx)
	} else if waits, err := d.store.Waits(ctx, d.gone); err != nil {
		return err
	} else if waits {
		d.settleDestinations(ctx)
	}
	if d.adopted {
		return nil
	}
	// Not gated: the deployment is not in force yet.
	planner := tracker.Tracker{Store: d.store, Catalogue: d.config.Catalogue, Policies: d.config.Alerts, Now: clock}
	if err := planner.Adopt(ctx); err != nil {
		return err
	}
	d.adopted = d.keepRounds(ctx, &planner)
	return nil
}

// keepRounds opens the rounds of periodic promises, and reports whether that succeeded.
// A failure delays no clock: the next step tries again.
func (d *deployment) keepRounds(ctx context.Context, planner *tracker.Tracker) bool {
	err := planner.KeepRounds(ctx, d.store, func(v *sla.Vendor) string {
		return catalog.In(d.config.Language).Say("rounds_title", "Vendor", v.Name.In(d.config.Language))
	})
	if err != nil && ctx.Err() == nil {
		d.log.Error("the rounds of periodic promises can't be opened, the next step tries again", "error", err)
	}
	return err == nil
}

// settleDestinations moves the messages of destinations that left the
// configuration to the destination that writes to the same place under another
// name. Without such a successor the messages are retired, and those still needed
// are planned for configured destinations. It reports whether all succeeded.
func (d *deployment) settleDestinations(ctx context.Context) bool {
	now := wallNow().Truncate(time.Millisecond)
	left, err := d.store.KeepDestinations(ctx, d.places(), now)
	failures := []error{err}
	gone := make([]string, len(left))
	for i := range left {
		l := &left[i]
		gone[i] = l.Name
		switch {
		case l.Successor == "":
			failures = append(failures, d.retire(ctx, l, now))
		case !l.Settled || d.placed: // or more messages came late
			failures = append(failures, d.handOver(ctx, l, now))
		}
	}
	err = errors.Join(failures...)
	if err == nil {
		d.gone = gone
		d.unsettled.Store(nil)
		return true
	}
	if ctx.Err() == nil {
		text := err.Error()
		if before := d.unsettled.Swap(&text); before == nil || *before != text {
			d.log.Error("alerts of destinations that left the configuration can't be settled, the next step tries again", "error", err)
		}
	}
	return false
}

// places lists the configured destinations in the form of the outbox.
func (d *deployment) places() (places []store.Destination) {
	for _, name := range d.destinationNames() {
		c := d.config.Destinations[name] // Place needs an address
		places = append(places, store.Destination{Name: name, Place: c.Place(), Channel: c.Channel(), Account: c.Account()})
	}
	return places
}

// handOver moves all messages of a destination that left to its successor.
func (d *deployment) handOver(ctx context.Context, l *store.Departed, now time.Time) error {
	n, err := d.store.Rename(ctx, l.Name, l.Successor, now)
	if n > 0 {
		d.log.Warn("destination left the configuration, another one at the same place takes over",
			"destination", l.Name, "successor", l.Successor, "messages", n)
		d.departures = append(d.departures, web.Departed{Name: l.Name, At: l.LeftAt, Successor: l.Successor, Retired: l.Retired})
	}
	return err
}

// retire retires the messages of a destination without a successor.
func (d *deployment) retire(ctx context.Context, l *store.Departed, now time.Time) error {
	n, err := d.store.Retire(ctx, l, now, func(ctx context.Context, r *store.Retirement) error {
		return d.replan(ctx, r, now)
	})
	if n > 0 {
		d.log.Warn("destination left the configuration, its waiting messages are retired", "destination", l.Name, "messages", n)
		d.departures = append(d.departures, web.Departed{Name: l.Name, At: l.LeftAt, Retired: l.Retired + n})
	}
	return err
}

// replan records in each incident's history how many messages were retired, and
// raises those that belong to no clock and are still needed. The next step plans
// the alerts of clocks.
func (d *deployment) replan(ctx context.Context, r *store.Retirement, now time.Time) error {
	counts := map[sla.IncidentID]int{}
	var order []sla.IncidentID
	for i := range r.Messages {
		m := &r.Messages[i]
		if m.Incident != 0 {
			if counts[m.Incident] == 0 {
				order = append(order, m.Incident)
			}
			counts[m.Incident]++
		}
		if err := d.again(ctx, r, m, now); err != nil {
			return err
		}
	}
	for _, id := range order {
		if err := recordRetired(ctx, r, id, counts[id], now); err != nil {
			return err
		}
	}
	return nil
}

func recordRetired(ctx context.Context, r *store.Retirement, id sla.IncidentID, messages int, now time.Time) error {
	body, err := json.Marshal(history.Retired{Destination: r.Destination, Messages: messages})
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", sla.EventRetired, id, err)
	}
	return r.AppendEvent(ctx, &sla.Event{Incident: id, At: now, Actor: itself, Kind: sla.EventRetired, Body: body})
}

// again raises a retired message that belongs to no clock at the destinations that
// the configuration names for it now.
func (d *deployment) again(ctx context.Context, r *store.Retirement, m *store.Retired, now time.Time) error {
	var planned []policy.Planned
	switch {
	case m.Kind != outbox.Post:
	case m.Reason == outbox.ReasonLogged:
		inc, err := r.Incident(ctx, m.Incident)
		if err != nil {
			// One unreadable incident must not stop the others.
			d.log.Error("a retired alert is not raised again", "alert", m.Key, "error", err)
			return nil
		}
		if unanswered(inc) {
			planned = d.config.Alerts.Logged(inc, now)
		}
	case m.Reason == outbox.ReasonReport && strings.HasPrefix(m.Key, "report/") && !strings.Contains(m.Key, "/sent/"): // a person chose its destinations
		planned = d.config.Quiet.Plan(m.Reason, d.config.Report.To, now)
	}
	for _, p := range planned {
		for _, to := range p.To {
			if _, err := r.Again(ctx, m, to, p.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// unanswered reports whether an incident is not cancelled and a notice of its
// vendor is still missing.
func unanswered(inc *sla.Incident) bool {
	return inc.CancelledAt.IsZero() && slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool {
		return c.State.Open() || c.State == sla.NoCommitment && c.NotifiedAt.IsZero()
	})
}

// departed adds the destinations that left the configuration recently.
func (d *deployment) departed(ctx context.Context, h *web.Health) {
	if reason := d.unsettled.Load(); reason != nil {
		h.Fault(true, catalog.Both("departed_unsettled", "Error", errorOf(*reason)))
	}
	left, err := d.store.Departed(ctx, h.At.Add(-departedShown))
	if err != nil {
		d.log.Error("health: destinations that left can't be read", "error", err)
		return
	}
	for _, l := range left {
		if l.Successor != "" || l.Retired > 0 {
			h.Departed = append(h.Departed, web.Departed{Name: l.Name, At: l.LeftAt, Successor: l.Successor, Retired: l.Retired})
		}
	}
}
