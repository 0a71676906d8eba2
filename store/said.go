package store

import (
	"context"
	"encoding/json"
	"fmt"

	"kigen/sla/outbox"
)

// noteSaid sets d.Said, the state of the incident that the messages at the
// destination have shown so far, and stores the state after this delivery. A
// message about a clock shows that clock and the incident; an update, and the
// message that an incident was logged, show all clocks.
func (t *tx) noteSaid(ctx context.Context, d *outbox.Delivery) error {
	if d.Digest != nil {
		return t.noteLines(ctx, d)
	}
	if d.Incident == nil {
		return nil
	}
	before, err := t.said(ctx, d)
	if err != nil {
		return err
	}
	now := outbox.Standing(d.Incident)
	after := now
	if d.Kind == outbox.Post && d.Clock != nil {
		var known outbox.Said
		if before != nil {
			known = *before
		}
		after = known.With(now, d.Clock.ID)
	}
	text, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("encode the state that delivery %d shows: %w", d.ID, err)
	}
	d.Said = before
	if d.PossibleRepeat {
		return nil // as with the first attempt: this one may be dropped as its repeat
	}
	const note = `UPDATE deliveries SET said = $1, tells = CASE WHEN $2 = 1
		THEN (SELECT changes FROM incidents WHERE id = deliveries.incident_id) ELSE -1 END WHERE id = $3`
	whole := 0
	if after.Equal(now) {
		whole = 1
	}
	_, err = t.exec(ctx, note, string(text), whole, d.ID)
	return err
}

// said reads the state of the incident that the last sent message at the destination
// showed; nil if there is none.
func (t *tx) said(ctx context.Context, d *outbox.Delivery) (*outbox.Said, error) {
	const last = `SELECT said FROM deliveries
		WHERE incident_id = $1 AND destination = $2 AND state = 'sent' AND said <> '' AND id <> $3
		ORDER BY sent_at DESC, id DESC LIMIT 1`
	var text string
	if err := t.one(ctx, []any{&text}, nil, last, d.Incident.ID, d.Destination, d.ID); err != nil || text == "" {
		return nil, err
	}
	var said outbox.Said
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return nil, fmt.Errorf("decode the state of %s that was shown at %s: %w", d.Incident.ID, d.Destination, err)
	}
	return &said, nil
}

// onlyNewestSaidSQL forgets what other messages about the incident showed at the
// destination: a message is compared with the last one that was sent.
const onlyNewestSaidSQL = `UPDATE deliveries SET said = '' WHERE said <> '' AND state = 'sent' AND id <> $1
	AND incident_id = (SELECT incident_id FROM deliveries WHERE id = $2 AND said <> '')
	AND destination = (SELECT destination FROM deliveries WHERE id = $3)`

// forgetSaid keeps one state of the incident at the destination, that of a delivery that
// was sent.
func (t *tx) forgetSaid(ctx context.Context, id outbox.DeliveryID) error {
	_, err := t.exec(ctx, onlyNewestSaidSQL, id, id, id)
	if err != nil {
		return fmt.Errorf("forget what was shown before delivery %d: %w", id, err)
	}
	return nil
}

// noteLines is noteSaid for the lines of a digest page. A line of an incident with
// one clock, and a line about a change, show the whole state.
func (t *tx) noteLines(ctx context.Context, teller *outbox.Delivery) error {
	if teller.PossibleRepeat {
		return nil
	}
	const note = `UPDATE deliveries SET tells = (SELECT changes FROM incidents WHERE id = deliveries.incident_id)
		WHERE digest_page_id = $1 AND state = 'merged'
		AND (kind = 'update' OR 1 = (SELECT COUNT(*) FROM clocks c WHERE c.incident_id = deliveries.incident_id))`
	_, err := t.exec(ctx, note, teller.ID)
	return err
}
