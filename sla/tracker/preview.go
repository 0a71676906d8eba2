package tracker

import (
	"cmp"
	"context"
	"time"

	"kigen/sla"
)

// Preview returns the incident as Log would make it now, with its clocks, and
// keeps nothing of it: no ID, no history, no alert. A title may be missing.
// What Log would refuse is an Invalid here, too.
func (t *Tracker) Preview(ctx context.Context, e Entry) (*sla.Incident, error) {
	e.Title = cmp.Or(e.Title, "-")
	return t.previewEntry(ctx, e)
}

// previewEntry wants the title, too.
func (t *Tracker) previewEntry(ctx context.Context, e Entry) (*sla.Incident, error) {
	now := t.now()
	inc := e.incident(now)
	if problems := t.checkNew(inc, now); len(problems) > 0 {
		return nil, problems
	}
	c := &change{Tracker: t, ctx: ctx, tx: nowhere{}, inc: inc, now: now, actor: kigen, moved: true}
	if err := c.reckon(); err != nil {
		return nil, err
	}
	return inc, nil
}

// nowhere is a transaction that keeps nothing, so that a preview goes the very
// way that logging goes. What reckoning a new incident never asks for, it
// does not have.
type nowhere struct{ Tx }

// InsertClock keeps nothing.
func (nowhere) InsertClock(context.Context, *sla.Clock) error { return nil }

// UpdateClock keeps nothing.
func (nowhere) UpdateClock(context.Context, *sla.Clock, sla.State) error { return nil }

// AppendEvent keeps nothing.
func (nowhere) AppendEvent(context.Context, *sla.Event) error { return nil }

// KeepTerms keeps nothing.
func (nowhere) KeepTerms(context.Context, sla.Terms) error { return nil }

// HasAlert says that everything was told.
func (nowhere) HasAlert(context.Context, string) (bool, error) { return true, nil }

// Untold says the same.
func (nowhere) Untold(context.Context, *sla.Clock, time.Time, []string) ([]string, error) {
	return nil, nil
}

// Raise tells nobody.
func (nowhere) Raise(context.Context, *sla.Alert) (bool, error) { return true, nil }

// Supersede finds nothing to supersede.
func (nowhere) Supersede(context.Context, sla.ClockID, []string) error { return nil }
