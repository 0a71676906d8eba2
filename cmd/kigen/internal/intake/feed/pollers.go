package feed

import (
	"context"
	"errors"
	"sync"
)

// Pollers asks a number of sources, each by itself: one that is slow delays no other.
type Pollers []*Poller

// Run asks all sources until the context ends.
func (ps Pollers) Run(ctx context.Context) error {
	failed := make([]error, len(ps))
	var all sync.WaitGroup
	for n, p := range ps {
		all.Go(func() {
			if err := p.Run(ctx); ctx.Err() == nil {
				failed[n] = err
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// Hint polls a source at once, because a hook says that it changed. It reports false for a
// source that these pollers do not have.
func (ps Pollers) Hint(_ context.Context, source string, hook []byte) (bool, error) {
	for _, p := range ps {
		if p.source.Name == source {
			return true, p.Hook(hook)
		}
	}
	return false, nil
}
