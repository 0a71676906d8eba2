package mailbox

import (
	"errors"
	"time"
)

// silentIntervals is how many intervals without a success are a silence.
const silentIntervals = 3

// Health is how a mailbox is.
type Health struct {
	Began        time.Time `json:"began,omitzero"` // when it was read first, or should have been
	LastSuccess  time.Time `json:"last_success,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"` // zero: the last look succeeded
	Reason       Reason    `json:"reason,omitempty"`       // of the last failure
	Failures     int       `json:"failures,omitempty"`     // in a row
	ToldSilent   bool      `json:"told_silent,omitempty"`
	ToldFailing  bool      `json:"told_failing,omitempty"`
}

// OK reports whether the last look succeeded.
func (h Health) OK() bool { return h.FailingSince.IsZero() && !h.LastSuccess.IsZero() }

// Silent reports whether there was no success for three intervals.
func (h Health) Silent(now time.Time, every time.Duration) bool {
	at := h.silentAt(every)
	return !at.IsZero() && !now.Before(at)
}

// News is something about a mailbox that its people are told once.
type News string

// The news.
const (
	Silent  News = "silent"  // no success for three intervals
	Failing News = "failing" // in a way that passes only when somebody does something
	Back    News = "back"    // after one of these
)

// succeeded takes a success and returns what is to be told.
func (h *Health) succeeded(now time.Time) (news []News) {
	if h.ToldSilent || h.ToldFailing {
		news = []News{Back}
	}
	*h = Health{Began: h.Began, LastSuccess: now}
	return news
}

// failed takes a failure and returns what is to be told.
func (h *Health) failed(now time.Time, every time.Duration, err error) (news []News) {
	if h.FailingSince.IsZero() {
		h.FailingSince = now
	}
	h.Reason = reasonOf(err)
	h.Failures++
	if h.Reason.lasts() && !h.ToldFailing {
		h.ToldFailing, news = true, append(news, Failing)
	}
	if !h.ToldSilent && h.Silent(now, every) {
		h.ToldSilent, news = true, append(news, Silent)
	}
	return news
}

// silentAt is when a mailbox without a success becomes silent.
func (h Health) silentAt(every time.Duration) time.Time {
	since := h.LastSuccess
	if since.IsZero() {
		since = h.Began
	}
	if since.IsZero() {
		return time.Time{}
	}
	return since.Add(silentIntervals*every + time.Millisecond)
}

// Reason classes the failures of a mailbox.
type Reason string

// The reasons.
const (
	Network  Reason = "network"  // no connection, or it was cut
	TooSlow  Reason = "timeout"  // no answer in time
	Insecure Reason = "tls"      // no TLS, or no valid certificate
	Refused  Reason = "login"    // the login was refused
	Token    Reason = "token"    // the token server gave none
	Absent   Reason = "mailbox"  // there is no such mailbox or folder
	Strange  Reason = "protocol" // an answer that can't be understood
)

// lasts reports whether a failure passes only when somebody does something.
func (r Reason) lasts() bool { return r == Refused || r == Absent || r == Insecure }

// Error is a failure of a mailbox. Its text is one short line without secrets.
type Error struct {
	Reason Reason
	Err    error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the text.
func (e *Error) Unwrap() error { return e.Err }

func reasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return Strange
}
