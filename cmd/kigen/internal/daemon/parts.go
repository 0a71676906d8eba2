package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// partBound bounds the end of each part when kigen stops.
	partBound = 10 * time.Second
	// haltBound bounds it during a reload: a sender needs less for its request and,
	// while the database is locked, for the outcome.
	haltBound = time.Minute
)

// parts are running parts, in the order of their start.
type parts []part

// part is one running part.
type part struct {
	name   string
	cancel func() // asks it to end; nil: only stop does
	stop   func(context.Context) error
}

// begin runs a part in the background.
func (ps *parts) begin(name string, run func(), stop func(context.Context) error) {
	if run != nil {
		go run()
	}
	*ps = append(*ps, part{name: name, stop: stop})
}

// loop begins a part that ends when its context does.
func (ps *parts) loop(name string, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { run(ctx) })
	*ps = append(*ps, part{name: name, cancel: cancel, stop: func(bound context.Context) error {
		cancel()
		return waitFor(bound, &done)
	}})
}

// halt ends all parts at the same time. Each finishes its current work.
func (ps *parts) halt(ctx context.Context) error {
	ps.ask()
	return ps.end(ctx, haltBound)
}

// ask asks all parts to end, so that none waits for another one to finish its work.
func (ps *parts) ask() {
	for _, p := range *ps {
		if p.cancel != nil {
			p.cancel()
		}
	}
}

// stop ends the parts in the reverse order of their start, so that none uses a
// closed one. It continues after a part that fails to stop; the error names it.
func (ps *parts) stop(ctx context.Context) error { return ps.end(ctx, partBound) }

func (ps *parts) end(ctx context.Context, limit time.Duration) error {
	var failures []error
	for i := len(*ps) - 1; i >= 0; i-- {
		bound, cancel := context.WithTimeout(ctx, limit)
		if err := (*ps)[i].stop(bound); err != nil {
			failures = append(failures, fmt.Errorf("stop %s: %w", (*ps)[i].name, err))
		}
		cancel()
	}
	*ps = nil
	return errors.Join(failures...)
}

func waitFor(ctx context.Context, wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
