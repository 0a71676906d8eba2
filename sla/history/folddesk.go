package history

import (
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
)

func (f *Fold) note(e *sla.Event) error {
	var b Note
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f.notes = append(f.notes, sla.Note{At: e.At, By: e.Actor, Text: b.Text, Files: filesOf(b.Files)})
	return nil
}

func (f *Fold) chased(e *sla.Event) error {
	var b Chaser
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f.chasers = append(f.chasers, sla.Chaser{
		SentAt: b.SentAt.In(time.FixedZone("", b.Offset)), To: b.To, Channel: b.Channel, MessageID: b.MessageID,
		RecordedAt: e.At, RecordedBy: e.Actor,
	})
	return nil
}

func (f *Fold) owned(e *sla.Event) error {
	var b Owner
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if f.owner != b.Was {
		f.faultf("event %d replaces the owner %q, but it was %q: events are missing", e.Seq, b.Was, f.owner)
	}
	f.owner = b.Owner
	if b.Owner == "" {
		f.ack = sla.Acknowledgement{}
	}
	return nil
}

// CancelledFrom returns, by clock, the state that the last cancellation ended.
func CancelledFrom(events []sla.Event) (map[ClockKey]sla.State, error) {
	states := map[ClockKey]sla.State{}
	for i := range events {
		var body State
		if events[i].Kind != sla.EventState || events[i].Erased() {
			continue
		}
		if err := json.Unmarshal(events[i].Body, &body); err != nil {
			return nil, fmt.Errorf("event %d: %w", events[i].Seq, err)
		}
		if body.State == sla.Cancelled {
			states[ClockKey{body.Promise, body.Stage}] = body.Was
		}
	}
	return states, nil
}
