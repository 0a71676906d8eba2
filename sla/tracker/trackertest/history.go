// Package trackertest records the histories of incidents that a test stores without the
// tracker, so that they verify like any other.
package trackertest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/tracker"
)

// actor records all events and notices of this package.
const actor = "kigen"

// Logged appends the events by which an incident and its clocks came to be.
func Logged(ctx context.Context, tx tracker.Tx, inc *sla.Incident) error {
	times := map[string]time.Time{}
	for m, s := range inc.Times {
		if s.Known() {
			times[sla.Moment(m).String()+"_at"] = s.At.UTC()
		}
	}
	at := inc.Times[sla.Logged].At
	err := add(ctx, tx, inc.ID, at, sla.EventLogged, map[string]any{
		"vendor": inc.Vendor, "service": inc.Service, "title": inc.Title,
		"impact": inc.Impact, "scope": inc.Scope, "severity": inc.Severity, "times": times,
	})
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		body := history.Deadline{Promise: c.Promise, Stage: c.Stage, State: c.State, Start: c.Start.At.UTC(), Due: instant(c.Due)}
		if err == nil {
			err = add(ctx, tx, inc.ID, at, sla.EventDeadline, body)
		}
	}
	return err
}

// Answered stores the notice that stopped a clock at its NotifiedAt, and appends the
// events of it.
func Answered(ctx context.Context, tx tracker.Tx, c *sla.Clock, was sla.State) error {
	n := &sla.Notice{Incident: c.Incident, ReceivedAt: c.NotifiedAt, Channel: "email", RecordedAt: c.NotifiedAt, RecordedBy: actor}
	if err := tx.InsertNotice(ctx, n); err != nil {
		return err
	}
	body := map[string]any{"received_at": n.ReceivedAt.UTC(), "channel": n.Channel}
	if err := add(ctx, tx, c.Incident, n.RecordedAt, sla.EventNotice, body); err != nil {
		return err
	}
	return add(ctx, tx, c.Incident, n.RecordedAt, sla.EventState,
		history.State{Promise: c.Promise, Stage: c.Stage, Was: was, State: c.State, Due: instant(c.Due)})
}

// Cancelled cancels an incident and its only clock, and supersedes its alerts.
func Cancelled(ctx context.Context, tx tracker.Tx, id sla.IncidentID, at time.Time) error {
	inc, err := tx.Incident(ctx, id)
	if err != nil {
		return err
	}
	inc.CancelledAt, inc.CancelReason = at.UTC(), "a false alarm"
	if err := tx.UpdateIncident(ctx, inc); err != nil {
		return err
	}
	if err := add(ctx, tx, id, at, sla.EventCancelled, map[string]any{"reason": inc.CancelReason}); err != nil {
		return err
	}
	c := &inc.Clocks[0]
	was := c.State
	c.State = sla.Cancelled
	if err := tx.UpdateClock(ctx, c, was); err != nil {
		return err
	}
	if err := add(ctx, tx, id, at, sla.EventState, history.DescribeState(c, was)); err != nil {
		return err
	}
	return tx.Supersede(ctx, c.ID, nil)
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func add(ctx context.Context, tx tracker.Tx, id sla.IncidentID, at time.Time, kind sla.EventKind, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", kind, id, err)
	}
	return tx.AppendEvent(ctx, &sla.Event{Incident: id, At: at, Actor: actor, Kind: kind, Body: text})
}
