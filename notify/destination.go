package notify

import (
	"context"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// Destination accepts messages. Its methods make one attempt and return when
// the outcome is known; an error that is not a *Failure counts as Unknown.
type Destination interface {
	// Post sends a new message and returns its receipt.
	Post(ctx context.Context, m *wire.Message) (outbox.Receipt, error)
	// Update changes the message that the receipt names, or replies to it where
	// messages cannot be changed.
	Update(ctx context.Context, r outbox.Receipt, m *wire.Message) error
}

// paced is a Destination with a speed limit.
type paced interface{ Pace() wire.Pace }

// digesting is a Destination with its own form for many alerts at once. The
// form also states whether the destination can change its messages (Once).
type digesting interface{ Digest() outbox.DigestForm }

// uploading is a Destination that accepts files.
type uploading interface {
	// Upload shares the message's first attachment.
	Upload(ctx context.Context, m *wire.Message) (outbox.Receipt, error)
}

// digestForm returns d's form for many alerts at once; by default one message
// with the whole list.
func digestForm(d Destination) outbox.DigestForm {
	if own, ok := d.(digesting); ok {
		return own.Digest()
	}
	return outbox.DigestForm{Above: digestAbove}
}

// Shown returns the class that a destination's methods show: one that finds messages is
// askable, one that does not send each change once is editable. That the same key twice is
// one message does not show.
func Shown(d Destination) (c wire.Class) {
	if _, ok := d.(Searchable); ok {
		c |= wire.Askable
	}
	if !digestForm(d).Once {
		c |= wire.Editable
	}
	return c
}

// digestAbove is how many alerts at once are still sent one by one.
const digestAbove = 50

// ListedOnce is the form of a destination without threads that cannot change
// sent messages.
func ListedOnce() outbox.DigestForm { return outbox.DigestForm{Above: digestAbove, Once: true} }
