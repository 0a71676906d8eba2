package daemon

import (
	"context"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/notify/destinations"
	"kigen/notify/slack"
	"kigen/sla"
)

// mostRefused bounds how many refused messages are listed.
const mostRefused = 50

// refusedOf lists the refused messages of one incident or, for 0, of all incidents
// that were not acknowledged since.
func (d *deployment) refusedOf(ctx context.Context, id sla.IncidentID) ([]web.Refusal, error) {
	found, err := d.store.Refused(ctx, id, wallNow(), mostRefused)
	if err != nil {
		return nil, err
	}
	list := make([]web.Refusal, len(found))
	for i, f := range found {
		list[i] = web.Refusal{
			Incident: f.Incident, Destination: f.Destination, Kind: f.Kind, Alert: f.Alert,
			At: f.At.In(d.config.Timezone), Next: f.Next.In(d.config.Timezone), Why: f.Why, Remedy: remedy(f.Why), Fallback: f.Fallback,
		}
		if !f.FallbackSentAt.IsZero() {
			list[i].ToldAt = f.FallbackSentAt.In(d.config.Timezone)
		}
	}
	return list, nil
}

// remedy returns the remedy for a refused message.
func remedy(why string) calendar.Text {
	if known := knownRemedy(why); known.En != "" {
		return known
	}
	return catalog.Both("remedy_other")
}

// knownRemedy returns the remedy that a failure's reason names; empty for none.
func knownRemedy(why string) calendar.Text {
	if known := destinations.Remedy(why); known.En != "" {
		return known
	}
	return slack.Remedy(why)
}

// refused adds the refused messages.
func (d *deployment) refused(ctx context.Context, h *web.Health) {
	list, err := d.refusedOf(ctx, 0)
	if err != nil {
		d.log.Error("health: refused messages can't be read", "error", err)
		h.Fault(true, catalog.Both("database_unreadable"))
		return
	}
	h.Refused = list
	if len(list) > 0 {
		h.Fault(false, catalog.Both("messages_refused", "Count", len(list)))
	}
}
