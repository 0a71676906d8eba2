package mailbox

import (
	"context"
	"sync"
)

// Watchers are all mailboxes of one configuration.
type Watchers []*Watcher

// Run watches all mailboxes until ctx ends.
func (ws Watchers) Run(ctx context.Context) error {
	var running sync.WaitGroup
	for _, w := range ws {
		running.Go(func() { _ = w.Run(ctx) }) // its error is that of ctx
	}
	running.Wait()
	return nil
}

// Hint reports that no page is read here.
func (Watchers) Hint(context.Context, string, []byte) (bool, error) { return false, nil }
