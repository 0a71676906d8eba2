package tracker

import (
	"context"
	"fmt"
	"time"

	"kigen/sla/outbox"
)

// importPause is how long the summary of an import waits for its next batch. After an
// interruption it names what was logged until then.
const importPause = 2 * time.Minute

// raisePast raises the alerts about the incident's past deadlines, which the sender
// combines to the summary of the import. They are the last alerts of the
// transaction: an alert waits for earlier ones of its incident.
func (c *change) raisePast() error {
	if c.batch == nil || c.batch.History {
		return nil
	}
	for _, clock := range c.inc.AllClocks() {
		if !c.inc.Import.Past(clock.Due) {
			continue
		}
		for _, planned := range c.Policies.For(c.inc, clock).PastOf(clock, c.now) {
			_, err := c.tx.Raise(c.ctx, &outbox.Alert{
				Key: planned.Key(clock), Reason: planned.Reason, Incident: c.inc.ID, Clock: clock.ID,
				DueAt: clock.Due, At: c.now, NotBefore: c.batch.sendAt(planned.At, c.now), To: planned.To,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// sendAt is when the summary is sent that a destination may get from the given
// instant on.
func (b *Batch) sendAt(at, now time.Time) time.Time {
	if pause := now.Add(importPause); b.More && at.Before(pause) {
		return pause
	}
	return at
}

// planSummary plans the summary of the whole import anew: at once after its last
// batch, and before that when no further batch has come for a while.
func (t *Tracker) planSummary(ctx context.Context, tx Tx, b *Batch, now time.Time) error {
	if b.Import == "" || b.History {
		return nil
	}
	before := now.AddDate(100, 0, 0)
	if b.More {
		before = now.Add(importPause / 2) // any later one waits long enough
	}
	for to, at := range t.Policies.Destinations(now) {
		if err := tx.MovePast(ctx, b.Import, to, before, b.sendAt(at, now)); err != nil {
			return err
		}
	}
	return nil
}

// addNotices stores the notices that were entered with a new incident.
func (c *change) addNotices(entered []NoticeEntry) error {
	var problems Invalid
	for i := range entered {
		n := &entered[i]
		notice := n.notice(c)
		wrong := append(c.checkNotice(notice), checkFiles(n.Files)...)
		if n.ReceivedAt.IsZero() {
			wrong.Addf("received_at", "", "is missing: give the time at which the notice reached you, or leave all columns of the notice empty")
		}
		for _, p := range wrong {
			p.Field = noticeField(i, p.Field)
			problems = append(problems, p)
		}
		if len(wrong) > 0 {
			continue
		}
		if err := c.addNotice(notice, n.Files); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// noticeField names a field of a notice that is entered with its incident.
func noticeField(i int, field string) string {
	if i == 0 {
		return "notice_" + field
	}
	return fmt.Sprintf("notices[%d].%s", i, field)
}
