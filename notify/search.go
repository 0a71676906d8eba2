package notify

import (
	"context"
	"time"

	"kigen/sla/outbox"
)

// Searchable is a Destination whose messages can be searched.
type Searchable interface {
	// Find returns the receipts of the messages that carry one of the keys, by
	// key. Without an error, a key that is missing in the result was not at the
	// destination at the time of the search.
	Find(ctx context.Context, s Search) (map[string]outbox.Receipt, error)
}

// Search describes which messages to find, and where.
type Search struct {
	Keys   []string
	Since  time.Time      // by kigen's clock; older messages are ignored
	Thread outbox.Receipt // search the replies to this message; empty: the channel
	// Turn waits until the rate limit allows one more request. Find calls it
	// before each request.
	Turn func(ctx context.Context) error
}
