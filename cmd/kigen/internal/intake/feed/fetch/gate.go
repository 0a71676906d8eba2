package fetch

import (
	"context"
	"sync"
	"time"
)

// HostInterval is how often a host is asked at most, whatever number of sources it has.
const HostInterval = time.Minute

// gate gives each host its turns. Redirects belong to the request that they answer.
type gate struct {
	mu   sync.Mutex
	next map[string]time.Time
}

// wait waits for the next turn of a host.
func (g *gate) wait(ctx context.Context, host string, now func() time.Time) error {
	turn, at := g.reserve(host, now()), now()
	if !turn.After(at) {
		return nil
	}
	t := time.NewTimer(turn.Sub(at))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reserve takes the next turn of a host and returns when it is.
func (g *gate) reserve(host string, now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = map[string]time.Time{}
	}
	for h, at := range g.next {
		if now.Sub(at) > HostInterval {
			delete(g.next, h)
		}
	}
	turn := g.next[host]
	if turn.Before(now) || turn.Sub(now) > time.Hour { // the clock was set back
		turn = now
	}
	g.next[host] = turn.Add(HostInterval)
	return turn
}
