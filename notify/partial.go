package notify

import (
	"strings"

	"kigen/notify/wire"
)

// Partial is the error of a message that the destination accepted for some of
// its recipients only.
type Partial struct{ Left []Left }

// Left is a recipient that did not get the message.
type Left struct {
	Recipient string
	Failure   *wire.Failure // Refused: for good. Unreached: it may be tried again. Unknown: it may have arrived
}

// Error lists each recipient with the server's answer.
func (p *Partial) Error() string {
	lines := make([]string, len(p.Left))
	for i, l := range p.Left {
		lines[i] = l.Recipient + " " + outcomeOf(l.Failure) + ": " + l.Failure.Reason
	}
	return strings.Join(lines, "; ")
}

// outcomeOf describes the failure for one recipient.
func outcomeOf(f *wire.Failure) string {
	switch f.Kind {
	case wire.Refused, wire.Broken:
		return "refused"
	case wire.Unknown:
		return "not confirmed"
	default:
		return "put off"
	}
}
