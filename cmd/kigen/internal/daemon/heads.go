package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla/outbox"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// headsRetry is the pause after the head could not be stored for sending.
const headsRetry = time.Minute

// heads is the job that sends the head of the record to destinations outside, on a
// schedule. Who can write to the database can't change what was sent. After downtime
// it sends the newest head only.
type heads struct {
	schedule schedule.Cron
	to       []string
	lang     string
	created  time.Time // when the database was created: earlier instants have no head
	store    tracker.Store
	head     func(context.Context) (record.Head, error)
	now      func() time.Time
	log      *slog.Logger
}

// run catches up at once and then at each scheduled instant, until ctx ends.
func (h *heads) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.catchUp(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("the head of the record was not sent", "error", err)
			schedule.Pause(ctx, headsRetry)
			continue
		}
		h.schedule.Sleep(ctx, h.now)
	}
}

// catchUp raises the alert of the newest scheduled instant, unless it was raised.
func (h *heads) catchUp(ctx context.Context) error {
	at := h.schedule.Last(h.now())
	if at.IsZero() || at.Before(h.created) {
		return nil
	}
	key := "record/" + at.UTC().Format(time.RFC3339)
	var known bool
	err := h.store.View(ctx, func(r tracker.Reader) (err error) {
		known, err = r.HasAlert(ctx, key)
		return err
	})
	if err != nil || known {
		return err
	}
	head, err := h.head(ctx)
	if err != nil {
		return err
	}
	body, err := h.body(head)
	if err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx tracker.Tx) error {
		_, err := tx.Raise(ctx, &outbox.Alert{Key: key, Reason: outbox.ReasonReport, At: h.now(), To: h.to, Body: body})
		return err
	})
}

// body writes the message like a report, which needs no incident.
func (h *heads) body(head record.Head) ([]byte, error) {
	in := catalog.In(h.lang)
	command := fmt.Sprintf("kigen db verify --head %s --at %d", head.Hash, head.Count)
	return json.Marshal(map[string]any{"title": in.Say("head_title", "Count", head.Count), "lines": []string{in.Say("head_note"), command}})
}

// makeHeads makes the job that sends the head of the record; nil if no destination
// gets it.
func (d *deployment) makeHeads(ctx context.Context) (*heads, error) {
	c := d.config.Record
	if len(c.HeadTo) == 0 {
		return nil, nil
	}
	cron, err := schedule.ParseCron("record.schedule", c.Schedule, d.config.Timezone)
	if err != nil {
		return nil, err
	}
	h := &heads{
		schedule: cron, to: c.HeadTo, lang: d.config.Language, store: gated{d.store, d}, head: d.store.Head, now: wallNow, log: d.log,
	}
	err = d.store.View(ctx, func(r tracker.Reader) error {
		h.created, err = r.CreatedAt(ctx)
		return err
	})
	return h, err
}
