package notify

import (
	"context"
	"time"

	"kigen/sla"
)

// Searchable is a Destination that can be asked which messages it has.
type Searchable interface {
	// Find returns the receipts of the messages that carry one of the keys.
	// Without an error, what is not among them was not there when asked.
	Find(ctx context.Context, s Search) (map[string]sla.Receipt, error)
}

// Search says what to look for, and where.
type Search struct {
	Keys   []string
	Since  time.Time   // by kigen's clock; nothing before it is wanted
	Thread sla.Receipt // look among the answers to this message; empty: in the channel
	// Turn waits until one more request may be made. A search that takes
	// several calls it before each.
	Turn func(ctx context.Context) error
}
