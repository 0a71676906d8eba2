package wire

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultRetryAfter is the wait after an answer that asks to wait without a
// duration.
const DefaultRetryAfter = 30 * time.Second

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
	Partly       bool          // a part of the message has arrived, such as the first of several requests
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

// ProxyRemedy is the remedy for an answer 407.
const ProxyRemedy = ": give the proxy's user and password in HTTPS_PROXY (http://user:password@proxy:port), or name the host in NO_PROXY"

// Redact removes secrets from a text from outside. A server may echo the
// request.
func Redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return text
}
