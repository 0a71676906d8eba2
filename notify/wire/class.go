package wire

import "strings"

// Class says what a destination can do about a message that it may have already. It
// decides how the pipeline treats an attempt without an answer.
type Class uint8

// The classes, which can be combined.
const (
	// Idempotent: the same key twice is one message, so that an attempt without an answer is
	// made again at once.
	Idempotent Class = 1 << iota
	// Askable: the history can be searched before a message is sent again.
	Askable
	// Editable: a sent message is changed in place.
	Editable

	// Blind: none of these. A message arrives at least once; a second one says that it may
	// be a repeat, and a change is a further message.
	Blind Class = 0
)

// Has reports whether c includes the other class.
func (c Class) Has(other Class) bool { return c&other == other && other != Blind }

// String names the classes, as in "askable, editable".
func (c Class) String() string {
	if c == Blind {
		return "blind"
	}
	var names []string
	for i, name := range [...]string{"idempotent", "askable", "editable"} {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
