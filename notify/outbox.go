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
	// NextDelivery claims the oldest delivery that is due for the destination:
	// it is committed as sending, with one attempt more. It returns nil when
	// none is due.
	NextDelivery(ctx context.Context, destination string, now time.Time) (*sla.Delivery, error)
	// Sent records that the destination has the message.
	Sent(ctx context.Context, id sla.DeliveryID, r sla.Receipt, at time.Time) error
	// Retry puts a delivery that did not arrive back until next.
	Retry(ctx context.Context, id sla.DeliveryID, next time.Time, reason string) error
	// Interrupted puts every delivery found sending back until resendAt and
	// marks it as a possible repeat: its outcome is unknown. It returns how
	// many there were.
	Interrupted(ctx context.Context, destination string, now, resendAt time.Time) (int, error)
	// NextSend returns when the next pending delivery is due, false when there
	// is none.
	NextSend(ctx context.Context, destination string) (time.Time, bool, error)
}
