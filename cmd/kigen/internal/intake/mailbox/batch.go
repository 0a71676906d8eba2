package mailbox

import (
	"context"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

// batch collects mails into steps. What it holds changes the state of the watcher only when
// it is committed: a look that fails half-way leaves the rest to the next one.
type batch struct {
	w     *Watcher
	mails []intake.RawMail
	bytes int
	old   bool
	keys  []readMail
	last  uint32 // the number up to which all is read, of a server's mailbox
}

type readMail struct {
	key     key
	arrived time.Time
}

// add takes a mail that was read.
func (b *batch) add(ctx context.Context, m intake.RawMail, k key, old bool) error {
	if len(b.mails) > 0 && (old != b.old || len(b.mails) >= mostMails || b.bytes+len(m.Raw) > mostBytes) {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	b.old = old
	b.mails, b.bytes, b.keys = append(b.mails, m), b.bytes+len(m.Raw), append(b.keys, readMail{k, m.Arrived})
	return nil
}

// flush commits what was collected, if there is something.
func (b *batch) flush(ctx context.Context) error {
	// What comes with the first success counts as old: new mails wait for the second one.
	if len(b.mails) > 0 && !b.old && b.w.kept.Health.LastSuccess.IsZero() {
		if err := b.w.commit(ctx, Step{}); err != nil {
			return err
		}
	}
	b.w.kept.Box.Last = max(b.w.kept.Box.Last, b.last)
	if len(b.mails) == 0 {
		return nil
	}
	for _, r := range b.keys {
		b.w.memory.add(r.key, r.arrived)
	}
	s := Step{Mails: b.mails, Old: b.old}
	b.mails, b.bytes, b.keys = nil, 0, nil
	return b.w.commit(ctx, s)
}

// end commits what was collected before a look ended or failed, and returns the error of
// the look, or that of the keeper.
func (b *batch) end(ctx context.Context, err error) error {
	if _, failed := err.(notKept); failed || ctx.Err() != nil { //nolint:errorlint // the keeper's, unwrapped
		return err
	}
	if failed := b.flush(ctx); failed != nil {
		return failed
	}
	return err
}
