package mailbox

import (
	"context"
	"encoding/json"

	"kigen/cmd/kigen/internal/intake"
)

// Inbox is the Keeper that makes mails items of the inbox. A step is one batch: a mail, what
// became of it, and that it was read are kept in one transaction of the leading replica.
type Inbox struct{ *intake.Service }

// Load returns what is remembered of a source.
func (k Inbox) Load(ctx context.Context, source string) (state json.RawMessage, parts map[string]json.RawMessage, err error) {
	src, parts, err := k.Remembered(ctx, source)
	return src.State, parts, err
}

// Commit takes a step in.
func (k Inbox) Commit(ctx context.Context, source string, s Step) error {
	b := intake.Batch{Source: source, Old: s.Old, State: s.State, Parts: s.Parts, Broken: s.Health.ToldFailing}
	if s.Failed != nil {
		b.Failed = s.Failed.Error()
	}
	if len(s.Mails) > 0 {
		var err error
		if b.Entries, err = k.ReadMails(ctx, s.Mails); err != nil {
			return err
		}
	}
	_, err := k.Take(ctx, b)
	return err
}
