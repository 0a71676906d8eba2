package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kigen/sla"
)

// Destination takes messages. Its methods make one attempt and return when
// the outcome is known; an error that is no *Failure counts as Unknown.
type Destination interface {
	// Post sends a new message and returns how to name it later.
	Post(ctx context.Context, m *Message) (sla.Receipt, error)
	// Update changes the message that the receipt names, or answers it where
	// it can't be changed.
	Update(ctx context.Context, r sla.Receipt, m *Message) error
}

// Pace is how fast a destination takes messages. Each kind of request has a
// budget of its own, so that none starves another. A zero interval is no limit.
type Pace struct {
	Post   time.Duration // between two posts
	Update time.Duration // between two updates
	File   time.Duration // between two files
	Search time.Duration // between two searches

	// What budgets are shared by, within one Budgets: posts by those that write
	// to one channel of one account, everything else by those of one account.
	// Empty: nobody.
	Account, Channel string
	UpdatesPost      bool // an update is a post, and goes at the pace of posts
}

// paced is a Destination with a speed limit.
type paced interface{ Pace() Pace }

// Kind says what a failure means for the delivery.
type Kind uint8

// The kinds of failure.
const (
	// Unknown: the message may have arrived (timeout, 5xx, an answer that
	// can't be read).
	Unknown Kind = iota
	// Unreached: the request never left, or was not the one that shows anything,
	// so nothing can have arrived.
	Unreached
	// Limited: the destination asks to wait.
	Limited
	// Refused: this message was refused for its form; plain text may pass.
	Refused
	// Broken: no message will pass until a person repairs something.
	Broken
)

var kindNames = [...]string{"unknown outcome", "unreached", "rate limited", "refused", "broken"}

// String returns the kind in words, for logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Failure is an attempt that failed, and what that means.
type Failure struct {
	Kind       Kind
	RetryAfter time.Duration // for Limited: how long to wait
	Reason     string        // for a person, with the remedy where there is one; holds no secret
	Blind      bool          // for Unknown: no search can tell whether it arrived
	Err        error         // the cause; its text may hold anything, so it is never printed
}

// Error returns the reason.
func (f *Failure) Error() string { return f.Kind.String() + ": " + f.Reason }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// asFailure returns err as a Failure; what a destination did not classify
// has an unknown outcome.
func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Kind: Unknown, Reason: err.Error(), Err: err}
}

// digesting is a Destination with a form of its own for many alerts at once.
type digesting interface{ Digest() sla.DigestForm }

// uploading is a Destination that takes files.
type uploading interface {
	// Upload shares the message's attachment.
	Upload(ctx context.Context, m *Message) (sla.Receipt, error)
}

// digestForm is how d takes many alerts at once: as one message with the whole
// list, unless it says otherwise.
func digestForm(d Destination) sla.DigestForm {
	if own, ok := d.(digesting); ok {
		return own.Digest()
	}
	return sla.DigestForm{Above: 50}
}
