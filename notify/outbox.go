package notify

import (
	"context"
	"time"

	"kigen/sla/outbox"
)

// Outbox is the part of the store that a Sender uses. Each method is one
// committed transaction. A destination has one Sender, so that at most one of
// its rows is being sent.
type Outbox interface {
	Queue
	Outcomes
	Reconciliation
	Refusals
}

// Queue hands out the deliveries of a destination.
type Queue interface {
	// NextSend returns when the next pending delivery of the given kinds is
	// due, false when no delivery is pending.
	NextSend(ctx context.Context, destination string, kinds ...outbox.DeliveryKind) (time.Time, bool, error)
	// NextDelivery claims the oldest delivery that is due for the destination,
	// trying the given kinds in order: it is committed as sending, with one
	// attempt more. It returns nil when none is due.
	NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error)
	// Merge puts the posts that are due for the destination into a digest, when
	// there are more than the form allows or a digest is pending already. It
	// returns how many it merged. NextDelivery applies the form from then on:
	// with DigestForm.Once it keeps one update for each incident, and merges many
	// of them into a digest of changes.
	Merge(ctx context.Context, destination string, now time.Time, form outbox.DigestForm) (int, error)
	// FailOver queues at the fallback every post that waits for the destination
	// or is unconfirmed there, each once. It returns how many it queued.
	FailOver(ctx context.Context, destination, fallback string, now time.Time) (int, error)
}

// Outcomes records how an attempt ended.
type Outcomes interface {
	// Sent records that the destination accepted the message.
	Sent(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time) error
	// Partly records that the destination accepted the message except for some
	// recipients. Each of them gets a Copy, pending or refused; a delivery that is
	// a copy itself keeps its row.
	Partly(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time, left []outbox.Undelivered) error
	// Retry makes a delivery that did not arrive pending again, due at next. An
	// attempt that a later one has followed changes nothing.
	Retry(ctx context.Context, a outbox.Attempt, next time.Time, reason string) error
	// MarkUnsearchable records whether the attempt in progress uses a path that
	// cannot be searched, or has arrived in part. Interrupted or put back, such a
	// delivery is sent again as a possible repeat.
	MarkUnsearchable(ctx context.Context, a outbox.Attempt, unsearchable bool) error
	// MarkUnconfirmed records that the outcome of the last attempt is unknown,
	// and when to search for the message. An attempt that a later one has followed
	// changes nothing.
	MarkUnconfirmed(ctx context.Context, a outbox.Attempt, searchAt time.Time, reason string) error
	// Displace records that the message which an update changes no longer
	// exists. It returns true when the update has to be posted as a new message.
	// Otherwise another message carries the change and the update is superseded.
	Displace(ctx context.Context, id outbox.DeliveryID) (anew bool, err error)
}

// Reconciliation settles deliveries whose outcome is unknown.
type Reconciliation interface {
	// Interrupted makes every delivery in state sending unconfirmed. It returns
	// how many there were.
	Interrupted(ctx context.Context, destination string, searchAt time.Time) (int, error)
	// Unconfirmed lists the unconfirmed deliveries, the earliest attempt first.
	Unconfirmed(ctx context.Context, destination string) ([]outbox.Unconfirmed, error)
	// Resend makes an unconfirmed delivery pending again, due at next, and marks
	// it as a possible repeat if possibleRepeat is set. An attempt that a later one
	// has followed changes nothing.
	Resend(ctx context.Context, a outbox.Attempt, next time.Time, possibleRepeat bool) error
}

// Refusals handles messages that their destination refuses.
type Refusals interface {
	// Refuse puts a delivery aside until next and queues its alert at the
	// fallback (empty: none). A part of a digest is dissolved: its alerts are sent
	// one by one. It reports whether it queued a delivery at the fallback.
	Refuse(ctx context.Context, id outbox.DeliveryID, fallback string, now, next time.Time, reason string) (handed bool, err error)
	// Reconsider makes refused deliveries pending again, due at next, and allows
	// alerts of dissolved digests to be merged again.
	Reconsider(ctx context.Context, destination string, ids []outbox.DeliveryID, next time.Time) error
	// Reopen makes the refused deliveries pending again that were put aside until
	// due or earlier and are still relevant; it supersedes the others. It returns
	// how many are pending again.
	Reopen(ctx context.Context, destination string, due, now time.Time) (int, error)
}
