package access

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kigen/store"
)

// Denials that are logged of one kind, per second and in a burst: each costs a commit,
// and who has no rights can cause any number.
const (
	denialRate  = 2
	denialBurst = 200
)

// budget limits the lines of one kind. Lines beyond it are counted.
type budget struct {
	mu      sync.Mutex
	limit   *rate.Limiter
	skipped int
}

func newBudget() *budget { return &budget{limit: rate.NewLimiter(denialRate, denialBurst)} }

// take reports whether a line may be written, and how many were not since the last one.
func (b *budget) take(now time.Time) (skipped int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.limit.AllowN(now, 1) {
		b.skipped++
		return 0, false
	}
	skipped, b.skipped = b.skipped, 0
	return skipped, true
}

// Denied logs a request that was denied to a caller, who has no actor if no session or
// token was valid. Each of the two kinds has a budget, so that strangers do not keep
// the denials of users out of the log; the next line says how many were left out.
func (k *Keeper) Denied(ctx context.Context, actor, from, request string) error {
	line := store.AccessLine{At: k.now(), Actor: actor, Kind: store.AccessDenied, Subject: request, Origin: from}
	b := k.denials
	if actor == "" {
		line.Actor, line.Kind = "?", store.AccessUnknown
		b = k.strange
	}
	skipped, ok := b.take(line.At)
	if !ok {
		return nil
	}
	if skipped > 0 {
		line.Subject += fmt.Sprintf(" (%d more before it)", skipped)
	}
	return k.store.LogBounded(ctx, line)
}
