package tracker

import (
	"context"
	"errors"
	"time"

	"kigen/sla"
)

// UseCase names a use case that takes an idempotency key, as the database stores it.
type UseCase string

// The use cases that take an idempotency key.
const (
	UseLog         UseCase = "log" // also of many incidents at once
	UseAmend       UseCase = "amend"
	UseNotice      UseCase = "notice"
	UseAcknowledge UseCase = "acknowledge"
	UseCancel      UseCase = "cancel"
	UseWithdraw    UseCase = "withdraw"
	UseReopen      UseCase = "reopen"
	UseWaive       UseCase = "waive"
	UseUnwaive     UseCase = "unwaive"
	UseOwner       UseCase = "owner"
	UseNote        UseCase = "note"
	UseChaser      UseCase = "chaser"
	UseErase       UseCase = "erase"
	UseDecide      UseCase = "decide"
	UseSubmit      UseCase = "submit"

	UseWithdrawSubmission UseCase = "withdraw_submission"
)

// KeyUse is the request that an idempotency key is bound to.
type KeyUse struct {
	Key      string
	UseCase  UseCase // empty: unknown, of a key from before this was stored
	Actor    string  // empty: likewise
	Incident sla.IncidentID
	// Content is the hash of what was logged. Empty: the key alone identifies the
	// request.
	Content string
	At      time.Time
}

// KeyReader reads idempotency keys.
type KeyReader interface {
	// KeyUse returns the request that a key is bound to; ErrNotFound when the key is
	// new.
	KeyUse(ctx context.Context, key string) (KeyUse, error)
}

// KeyWriter stores idempotency keys.
type KeyWriter interface {
	// BindKey binds a new key to its request; ErrConflict when it is bound already.
	BindKey(ctx context.Context, u KeyUse) error
}

// keyedReader reads the incident that a request logged or changed.
type keyedReader interface {
	KeyReader
	IncidentReader
}

// use is what the request's key is bound to once the use case has changed the
// incident; 0 for an incident that is still to be logged.
func (q *Request) use(useCase UseCase, id sla.IncidentID, content string) KeyUse {
	return KeyUse{Key: q.Key, UseCase: useCase, Actor: q.Actor, Incident: id, Content: content}
}

// answered returns the incident of the request that was made under the key before;
// nil when the key is new. It needs neither the write lock nor a valid
// configuration: a replay is answered even where the same request would be refused
// by now.
func (t *Tracker) answered(ctx context.Context, u KeyUse) (inc *sla.Incident, err error) {
	if u.Key == "" {
		return nil, nil
	}
	err = t.Store.View(ctx, func(r Reader) error {
		inc, err = replayed(ctx, r, u)
		return err
	})
	return inc, err
}

// replayed is answered inside a transaction: a concurrent request may have bound
// the key since.
func replayed(ctx context.Context, r keyedReader, u KeyUse) (*sla.Incident, error) {
	if u.Key == "" {
		return nil, nil
	}
	first, err := r.KeyUse(ctx, u.Key)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if problems := first.checkReplay(u); len(problems) > 0 {
		return nil, problems
	}
	return r.Incident(ctx, first.Incident)
}

// checkReplay refuses a request that differs from the one that its key is bound to.
// The incident is named to the account that used the key only.
func (u *KeyUse) checkReplay(again KeyUse) (problems Invalid) {
	const field = "Idempotency-Key"
	switch {
	case u.Actor != "" && principal(u.Actor) != principal(again.Actor):
		problems.Addf(field, again.Key, "was used by another user or token: use a new key")
	case u.UseCase != again.UseCase && (u.UseCase != "" || again.UseCase == UseLog):
		problems.Addf(field, again.Key, "was used for another operation on %s: use a new key", u.Incident)
	case u.Content != again.Content:
		problems.Addf(field, again.Key, "was used for another request, which logged %s: use a new key", u.Incident)
	case again.Incident != 0 && u.Incident != again.Incident:
		problems.Addf(field, again.Key, "was used for a change of %s, not of %s: use a new key", u.Incident, again.Incident)
	}
	return problems
}

// bindKey binds the request's key to the incident that was logged or changed.
func (c *change) bindKey(u KeyUse) error {
	if u.Key == "" {
		return nil
	}
	u.Incident, u.At = c.inc.ID, c.now
	return c.tx.BindKey(c.ctx, u)
}
