package notify

import "kigen/notify/wire"

// The parts of a message and of a destination's answer, which have a package of their own,
// so that the table of destinations needs nothing of the pipeline.
type (
	// Message is the content of a delivery.
	Message = wire.Message
	// Status is the overall state of a message.
	Status = wire.Status
	// Field is one labelled fact.
	Field = wire.Field
	// Quote is the published clause of the promise.
	Quote = wire.Quote
	// Section is a heading with lines under it.
	Section = wire.Section
	// Link leads to the incident or report.
	Link = wire.Link
	// Facts is the data of one incident and clock.
	Facts = wire.Facts
	// Item is one alert of a digest.
	Item = wire.Item
	// LinkedFile is a file that a message links to.
	LinkedFile = wire.LinkedFile
	// Action is a button of a message.
	Action = wire.Action
	// Pace is the rate limit of a destination.
	Pace = wire.Pace
	// Kind classifies a failure.
	Kind = wire.Kind
	// Failure is a failed attempt.
	Failure = wire.Failure
)

// The statuses.
const (
	StatusWaiting      = wire.StatusWaiting
	StatusWarning      = wire.StatusWarning
	StatusOverdue      = wire.StatusOverdue
	StatusAcknowledged = wire.StatusAcknowledged
	StatusMet          = wire.StatusMet
	StatusLate         = wire.StatusLate
	StatusCancelled    = wire.StatusCancelled
	StatusReport       = wire.StatusReport
)

// The kinds of failure.
const (
	Unknown   = wire.Unknown
	Unreached = wire.Unreached
	Limited   = wire.Limited
	Refused   = wire.Refused
	Gone      = wire.Gone
	Broken    = wire.Broken
)

const (
	// DefaultRetryAfter is the wait after an answer that asks to wait without a duration.
	DefaultRetryAfter = wire.DefaultRetryAfter
	// ProxyRemedy is the remedy for an answer 407.
	ProxyRemedy = wire.ProxyRemedy
)

// AsFailure returns err as a Failure.
func AsFailure(err error) *Failure { return wire.AsFailure(err) }

// Redact removes secrets from a text from outside.
func Redact(text string, secrets ...string) string { return wire.Redact(text, secrets...) }

// mayRepeat marks a written message as a possible repeat.
func mayRepeat(m *Message) {
	if !m.Repeat {
		m.Repeat = true
		m.Notes = append(m.Notes, textsIn(m.Lang).text("note_repeat", nil))
		m.Text = m.Compose()
	}
}
