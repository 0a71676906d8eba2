package inbox

import (
	"context"
	"encoding/json"
)

// Reader reads items inside a transaction.
type Reader interface {
	// Item returns an item, or tracker.ErrNotFound.
	Item(ctx context.Context, id int64) (*Item, error)
	// ItemsOf returns the items of a source with these ids of the source, by them.
	ItemsOf(ctx context.Context, source string, ids []string) (map[string]*Item, error)
	// HasWording reports whether an item had a wording with this fingerprint.
	HasWording(ctx context.Context, id int64, fingerprint string) (bool, error)
	// DecisionByKey returns the decision that an idempotency key made, or
	// tracker.ErrNotFound.
	DecisionByKey(ctx context.Context, key string) (Decision, error)
	// LastDecision returns the newest decision about an item, or tracker.ErrNotFound.
	LastDecision(ctx context.Context, item int64) (Decision, error)
	// Parts returns the parts of a source's state, by name.
	Parts(ctx context.Context, source string) (map[string]json.RawMessage, error)
	// Source returns what is remembered of a source; nothing of one that was never read.
	Source(ctx context.Context, name string) (Source, error)
}

// Writer writes items inside a transaction.
type Writer interface {
	// InsertItem stores a new item with its first wording, and sets its ID and Version.
	InsertItem(ctx context.Context, it *Item, doc Document) error
	// Revise stores another wording of an item, and raises its Revision and Version;
	// tracker.ErrConflict if the item was changed since it was read.
	Revise(ctx context.Context, it *Item, doc Document) error
	// Decide stores a decision about an item with the state that follows, and queues
	// updates of the messages that announced the item; tracker.ErrConflict if the item was
	// changed since it was read.
	Decide(ctx context.Context, it *Item, d *Decision) error
	// PutSource stores what is to be remembered of a source.
	PutSource(ctx context.Context, s Source) error
	// PutPart stores a part of a source's state.
	PutPart(ctx context.Context, source, name string, part json.RawMessage) error
}

// Tx reads and writes items inside one transaction.
type Tx interface {
	Reader
	Writer
}
