package sla

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// EventKind names what happened to an incident.
type EventKind string

// The kinds of event.
const (
	EventLogged       EventKind = "logged"
	EventAmended      EventKind = "amended"
	EventDeadline     EventKind = "deadline"     // a clock got a deadline, or another one
	EventState        EventKind = "state"        // a clock changed its state
	EventNotice       EventKind = "notice"       // the vendor spoke
	EventAcknowledged EventKind = "acknowledged" // a person has it
	EventCancelled    EventKind = "cancelled"
)

// Event is one line of an incident's history. Events are never changed or
// deleted; each holds the hash of the one before, so that a gap or a change
// shows.
type Event struct {
	Incident IncidentID
	Seq      int64 // 1, 2, 3 … within the incident
	At       time.Time
	Actor    string // such as user:yamada, token:soar, a person's name, or "kigen"
	Origin   string // the address, or Slack's workspace and channel, that it came from; empty: from kigen itself, or not known
	Kind     EventKind
	Body     json.RawMessage
	Prev     string // hash of the event before; empty for the first
	Hash     string
}

// Seal chains the event to the one before it and sets Seq, Prev and Hash.
// At is cut to the milliseconds that storage keeps, or the hash could not be
// checked later.
func (e *Event) Seal(lastSeq int64, lastHash string) {
	e.Seq, e.Prev = lastSeq+1, lastHash
	e.At = e.At.Truncate(time.Millisecond)
	e.Hash = e.digest()
}

// Intact reports whether the event still hashes to what was sealed.
func (e *Event) Intact() bool { return e.Hash == e.digest() }

// digest hashes every field with its length, so that no two events can be
// told apart only by where one field ends. An origin comes last and only where
// there is one: events from before there were any keep their hash.
func (e *Event) digest() string {
	sum := sha256.Sum256(e.Sealed())
	return hex.EncodeToString(sum[:])
}

// Sealed is what the hash is taken of, byte for byte, so that a history can be
// checked without kigen: the fields prev, incident, seq, at (Unix
// milliseconds), actor, kind, body and, only where there is one, origin, each
// after its length and a colon.
func (e *Event) Sealed() []byte {
	fields := []string{
		e.Prev, e.Incident.String(), fmt.Sprint(e.Seq), fmt.Sprint(e.At.UnixMilli()),
		e.Actor, string(e.Kind), string(e.Body),
	}
	if e.Origin != "" {
		fields = append(fields, e.Origin)
	}
	var sealed []byte
	for _, field := range fields {
		sealed = fmt.Appendf(sealed, "%d:%s", len(field), field)
	}
	return sealed
}
