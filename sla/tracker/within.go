package tracker

import "context"

// Within returns a tracker whose use cases run in a transaction that is open already, with
// what else it stores: all of it is kept, or nothing. A use case that refuses its input
// has written nothing; after any other error the transaction must be rolled back.
func (t *Tracker) Within(tx Tx) *Tracker {
	return &Tracker{
		Store: open{tx}, Catalogue: t.Catalogue, Duties: t.Duties, Policies: t.Policies,
		Now: t.Now, Failed: t.Failed, Vouched: t.Vouched,
	}
}

// open is a Store of one open transaction.
type open struct{ tx Tx }

func (o open) Update(_ context.Context, f func(Tx) error) error { return f(o.tx) }

func (o open) View(_ context.Context, f func(Reader) error) error { return f(o.tx) }
