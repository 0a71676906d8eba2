package notify

import (
	"context"
	"time"

	"kigen/sla"
)

// Outbox is what a Sender needs of the store. Each method is one committed
// transaction. A destination has one Sender, so that at most one of its rows
// is being sent.
type Outbox interface {
	// NextDelivery claims the oldest delivery of the given kinds, the first
	// ones first, that is due for the destination: it is committed as sending,
	// with one attempt more. It returns nil when none is due.
	NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...sla.DeliveryKind) (*sla.Delivery, error)
	// Sent records that the destination has the message.
	Sent(ctx context.Context, id sla.DeliveryID, r sla.Receipt, at time.Time) error
	// Retry puts a delivery that did not arrive back until next.
	Retry(ctx context.Context, id sla.DeliveryID, next time.Time, reason string) error
	// NextSend returns when the next pending delivery of the given kinds is
	// due, false when there is none.
	NextSend(ctx context.Context, destination string, kinds ...sla.DeliveryKind) (time.Time, bool, error)

	// Merge puts the posts that are due for the destination into a digest, when
	// there are more than the form allows, or one waits to be sent already. It
	// returns how many it merged.
	Merge(ctx context.Context, destination string, now time.Time, form sla.DigestForm) (int, error)

	// Divert has every post that waits for the destination told at the fallback
	// as well, each once. It returns how many are new there.
	Divert(ctx context.Context, destination, fallback string, now time.Time) (int, error)

	// Blind records that the attempt that is being made can't be looked for, or
	// that it can after all: interrupted, it is sent again as a possible repeat.
	Blind(ctx context.Context, id sla.DeliveryID, blind bool) error

	// Doubt records that nobody knows whether a delivery that is being sent, or
	// was in doubt before, has arrived, and when to look for it.
	Doubt(ctx context.Context, id sla.DeliveryID, lookAt time.Time, reason string) error
	// Interrupted puts every delivery found sending in doubt. It returns how
	// many there were.
	Interrupted(ctx context.Context, destination string, lookAt time.Time) (int, error)
	// InDoubt lists the deliveries in doubt, those attempted first coming first.
	InDoubt(ctx context.Context, destination string) ([]sla.Doubt, error)
	// Resend ends a doubt: the delivery is sent again at next, marked as a
	// possible repeat when told.
	Resend(ctx context.Context, id sla.DeliveryID, next time.Time, possibleRepeat bool) error
}
