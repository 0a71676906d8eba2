package tracker

import (
	"context"
	"errors"
)

// onceKey is where a context carries an idempotency key.
type onceKey struct{}

// Once makes the change of an incident that runs under the context happen
// once for this key: asked again, also after a restart, it changes nothing and
// returns the incident as it stands. Log has a key of its own.
//
// Chat systems deliver a click again when they missed our answer.
func Once(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, onceKey{}, key)
}

// onceRequest stands in the place of a request's hash: the key alone says
// which act it was.
const onceRequest = "once"

// doneBefore reports whether the change was made under the context's key.
func (c *change) doneBefore() (bool, error) {
	key, _ := c.ctx.Value(onceKey{}).(string)
	if key == "" {
		return false, nil
	}
	_, _, err := c.tx.Replayed(c.ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// rememberKey binds the context's key to the incident that was changed.
func (c *change) rememberKey() error {
	key, _ := c.ctx.Value(onceKey{}).(string)
	if key == "" {
		return nil
	}
	return c.tx.Remember(c.ctx, key, onceRequest, c.inc.ID, c.now)
}
