package tracker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/record"
)

// HistoryReader reads the histories of incidents.
type HistoryReader interface {
	// Events returns the history of an incident, oldest first.
	Events(ctx context.Context, id sla.IncidentID) ([]sla.Event, error)
	// Head is the newest line of the record.
	Head(ctx context.Context) (record.Head, error)
	// CreatedAt is when this database was created.
	CreatedAt(ctx context.Context) (time.Time, error)
}

// HistoryWriter appends to the histories of incidents.
type HistoryWriter interface {
	// AppendEvent seals the event to the incident's last one and stores it.
	AppendEvent(ctx context.Context, e *sla.Event) error
}

// record appends an event to the incident's history.
func (c *change) record(actor string, kind sla.EventKind, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", kind, c.inc.ID, err)
	}
	event := &sla.Event{Incident: c.inc.ID, At: c.now, Actor: actor, Kind: kind, Body: text}
	if actor != kigen {
		event.Origin = c.by.Origin
	}
	return c.tx.AppendEvent(c.ctx, event)
}
