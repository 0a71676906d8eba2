package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// queueItemUpdates adds a pending update for every post that announced the item alone and
// was sent or is being sent, unless one is pending already.
func (t *tx) queueItemUpdates(ctx context.Context, item int64, at time.Time) error {
	prefix, ms := outbox.ItemPrefix(item), at.UnixMilli()
	if _, err := t.queue(ctx, queueUpdatesOf(postsOfItem), ms, ms, prefix, afterAll(prefix)); err != nil {
		return fmt.Errorf("queue updates of the messages about item %d: %w", item, err)
	}
	return nil
}

// afterAll is the first key behind all that begin with a prefix, which ends in a slash.
func afterAll(prefix string) string { return prefix[:len(prefix)-1] + "0" }

// decisionFor returns what was decided last about the item that an alert announces; nil:
// nothing, or the alert announces no item.
func (r *reader) decisionFor(ctx context.Context, a *outbox.Alert) (*outbox.ItemDecision, error) {
	item, ok := outbox.AnnouncedItem(a.Key)
	if !ok || a.Reason != outbox.ReasonCandidate {
		return nil, nil
	}
	last, err := r.LastDecision(ctx, item)
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &outbox.ItemDecision{
		Action: string(last.Action), Waits: last.State.Open(), At: last.At, By: last.By, Incident: last.Incident, Reason: last.Reason,
	}, nil
}
