package tracker

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// Preview returns the incident as Log would create it now, with its clocks, and
// stores nothing: no ID, no history, no alert. The title may be missing. It
// returns the same Invalid errors as Log.
func (t *Tracker) Preview(ctx context.Context, e Entry) (*sla.Incident, error) {
	e.Title = cmp.Or(e.Title, "-")
	return t.previewEntry(ctx, e, nil)
}

// previewEntry is Preview with a required title, of an incident with the given origin;
// nil: logged by itself.
func (t *Tracker) previewEntry(ctx context.Context, e Entry, origin *sla.Import) (*sla.Incident, error) {
	now := t.now()
	inc := e.incident(now)
	if origin != nil {
		inc.Import = *origin
	}
	if problems := t.checkNew(inc, now); len(problems) > 0 {
		return nil, problems
	}
	c := &change{Tracker: t, ctx: ctx, tx: nowhere{}, inc: inc, now: now, by: byKigen(), moved: true}
	if err := c.addNotices(e.Notices); err != nil {
		return nil, err
	}
	if err := c.reckon(); err != nil {
		return nil, err
	}
	return inc, nil
}

// PreviewNotice returns the incident as Notice would leave it now, and stores nothing; inc
// stays as it is. It returns the same Invalid errors as Notice.
func (t *Tracker) PreviewNotice(ctx context.Context, inc *sla.Incident, n NoticeEntry) (*sla.Incident, error) {
	after := *inc
	after.Clocks, after.Notices, after.Duties = slices.Clone(inc.Clocks), slices.Clone(inc.Notices), slices.Clone(inc.Duties)
	c := &change{Tracker: t, ctx: ctx, tx: nowhere{}, inc: &after, now: t.now(), by: byKigen()}
	notice := n.notice(c)
	if problems := c.checkNotice(notice); len(problems) > 0 {
		return nil, problems
	}
	if err := c.addNotice(notice, nil); err != nil {
		return nil, err
	}
	return &after, c.reckon()
}

// nowhere is a transaction that stores nothing, so that a preview runs the same
// code as Log and Notice. Methods that this code never calls are missing: its Tx is nil.
type nowhere struct{ Tx }

// InsertClock stores nothing.
func (nowhere) InsertClock(context.Context, *sla.Clock) error { return nil }

// UpdateClock stores nothing.
func (nowhere) UpdateClock(context.Context, *sla.Clock, sla.State) error { return nil }

// AppendEvent stores nothing.
func (nowhere) AppendEvent(context.Context, *sla.Event) error { return nil }

// InsertNotice stores nothing.
func (nowhere) InsertNotice(context.Context, *sla.Notice) error { return nil }

// KeepEvidence stores nothing.
func (nowhere) KeepEvidence(context.Context, string, []byte) error { return nil }

// KeepTerms stores nothing.
func (nowhere) KeepTerms(context.Context, sla.Terms) error { return nil }

// HasAlert reports every alert as raised.
func (nowhere) HasAlert(context.Context, string) (bool, error) { return true, nil }

// NotAlerted reports every destination as alerted.
func (nowhere) NotAlerted(context.Context, *sla.Clock, time.Time, []string) ([]string, error) {
	return nil, nil
}

// Raise stores nothing.
func (nowhere) Raise(context.Context, *outbox.Alert) (bool, error) { return true, nil }

// Supersede finds nothing to supersede.
func (nowhere) Supersede(context.Context, sla.ClockID, []string) error { return nil }
