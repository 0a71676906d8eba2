package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kigen/sla/outbox"
)

// Destination accepts messages. Its methods make one attempt and return when
// the outcome is known; an error that is not a *Failure counts as Unknown.
type Destination interface {
	// Post sends a new message and returns its receipt.
	Post(ctx context.Context, m *Message) (outbox.Receipt, error)
	// Update changes the message that the receipt names, or replies to it where
	// messages cannot be changed.
	Update(ctx context.Context, r outbox.Receipt, m *Message) error
}

// Pace is the rate limit of a destination. Each kind of request has its own
// budget, so that none starves another. A zero interval is no limit.
type Pace struct {
	Post   time.Duration // between two posts
	Update time.Duration // between two updates
	File   time.Duration // between two files
	Search time.Duration // between two searches

	// The keys by which destinations share rate limiters within one Budgets:
	// posts by account and channel, all other requests by account. Empty: not
	// shared.
	Account, Channel string
	UpdatesPost      bool // an update is a new message and uses the budget of posts
}

// paced is a Destination with a speed limit.
type paced interface{ Pace() Pace }

// Kind classifies a failure.
type Kind uint8

// The kinds of failure.
const (
	// Unknown: the message may have arrived (timeout, 5xx, an unreadable
	// answer).
	Unknown Kind = iota
	// Unreached: the message did not arrive. The request was not sent, or was a
	// preparing step without a visible effect.
	Unreached
	// Limited: the destination asks to wait.
	Limited
	// Refused: the destination refuses this message; it may accept a plainer form
	// and other messages.
	Refused
	// Gone: the channel, the thread or the message that an update refers to can
	// no longer be written to. New messages may still be possible.
	Gone
	// Broken: the destination accepts no message until a person repairs it.
	Broken
)

var kindNames = [...]string{"unknown outcome", "unreached", "rate limited", "refused", "place gone", "broken"}

// String returns the kind's name for logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Failure is a failed attempt. Its Kind also gives the scope: Refused concerns
// one message, Gone the place of an earlier message, all other kinds the whole
// destination.
type Failure struct {
	Kind         Kind
	RetryAfter   time.Duration // the wait that the destination asked for; 0: none given
	Reason       string        // for a person, with the remedy where there is one; holds no secret
	Unsearchable bool          // for Unknown: no search can show whether the message arrived
	Err          error         // the cause; never printed, because its text may hold secrets
}

// Error returns the reason.
func (f *Failure) Error() string { return f.Kind.String() + ": " + f.Reason }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// AsFailure returns err as a Failure; an error that the destination did not
// classify is Unknown.
func AsFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Kind: Unknown, Reason: err.Error(), Err: err}
}

// digesting is a Destination with its own form for many alerts at once. The
// form also states whether the destination can change its messages (Once).
type digesting interface{ Digest() outbox.DigestForm }

// uploading is a Destination that accepts files.
type uploading interface {
	// Upload shares the message's first attachment.
	Upload(ctx context.Context, m *Message) (outbox.Receipt, error)
}

// digestForm returns d's form for many alerts at once; by default one message
// with the whole list.
func digestForm(d Destination) outbox.DigestForm {
	if own, ok := d.(digesting); ok {
		return own.Digest()
	}
	return outbox.DigestForm{Above: digestAbove}
}

// digestAbove is how many alerts at once are still sent one by one.
const digestAbove = 50

// ListedOnce is the form of a destination without threads that cannot change
// sent messages.
func ListedOnce() outbox.DigestForm { return outbox.DigestForm{Above: digestAbove, Once: true} }
