package access

import (
	"context"
	"errors"
)

// ErrBusy means that too many passwords are being checked at the moment.
var ErrBusy = errors.New("too many sign-ins at the moment: try again in a few seconds")

// Password checks at once and in the queue, separately for strangers and for known
// devices: a flood by strangers leaves room for the users. Each check takes 19 MiB,
// and about 30 ms of one core.
const (
	strangerSlots, strangersWaiting = 2, 16
	deviceSlots, devicesWaiting     = 2, 16
)

// queue limits concurrent work and the number that waits for it.
type queue struct {
	slots chan struct{} // in progress
	all   chan struct{} // in progress or waiting
}

func newQueue(slots, waiting int) *queue {
	return &queue{slots: make(chan struct{}, slots), all: make(chan struct{}, slots+waiting)}
}

// enter waits for a slot and returns the function that frees it. The error is ErrBusy
// if the queue is full.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	select {
	case q.all <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	select {
	case q.slots <- struct{}{}:
		return func() { <-q.slots; <-q.all }, nil
	case <-ctx.Done():
		<-q.all
		return nil, ctx.Err()
	}
}
