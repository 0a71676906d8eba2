package sla

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// EventKind names what happened to an incident.
type EventKind string

// The kinds of event.
const (
	EventLogged       EventKind = "logged"
	EventAmended      EventKind = "amended"
	EventDeadline     EventKind = "deadline"     // a clock got a deadline, or a different one
	EventState        EventKind = "state"        // a clock changed its state
	EventNotice       EventKind = "notice"       // a notice of the vendor was recorded
	EventAcknowledged EventKind = "acknowledged" // a person took the incident
	EventOwner        EventKind = "owner"        // the incident got another owner, or has none any more
	EventNote         EventKind = "note"         // a person wrote something down
	EventChaser       EventKind = "chaser"       // a person asked the vendor for its notice
	EventCancelled    EventKind = "cancelled"
	EventReopened     EventKind = "reopened"    // a cancellation was taken back
	EventWithdrawn    EventKind = "withdrawn"   // a notice was withdrawn: it counts no more
	EventWaived       EventKind = "waived"      // we released the vendor from a promise
	EventUnwaived     EventKind = "unwaived"    // a waiver was lifted
	EventRetired      EventKind = "retired"     // pending messages were dropped because their destination left the configuration
	EventPremature    EventKind = "premature"   // decisions about a clock were taken back, because the wall clock had been ahead
	EventDecided      EventKind = "decided"     // a person decided whether a regime applies
	EventSubmitted    EventKind = "submitted"   // we submitted a report to an authority
	EventErased       EventKind = "erased"      // contents were replaced by their hashes
	EventUndelivered  EventKind = "undelivered" // a recipient's mail server refuses its alerts

	EventSubmissionWithdrawn EventKind = "submission_withdrawn" // a submission was withdrawn: it counts no more
)

// Event is one line of an incident's history. Events are never changed or
// deleted; each holds the hash of the one before, which reveals gaps and changes.
type Event struct {
	Incident IncidentID
	Seq      int64 // 1, 2, 3 … within the incident
	At       time.Time
	Actor    string // such as user:yamada, token:soar, a person's name, or "kigen"
	Origin   string // the address, or Slack workspace and channel, of the request; empty: kigen itself, or unknown
	Kind     EventKind
	Body     json.RawMessage
	// BodyHash is the SHA-256 of Body, in hexadecimal, which Hash covers instead of
	// Body: the body can be erased, and the chain still holds. Events of older versions
	// have none, and their Hash covers Body.
	BodyHash string
	Prev     string // hash of the event before; empty for the first
	Hash     string
}

// Person is the name in an actor: user:yamada and oidc:yamada are yamada, and so is
// token:bridge (yamada), a program that acts for a person.
func Person(actor string) string {
	kind, name, _ := strings.Cut(actor, ":")
	switch kind {
	case "user", "oidc":
		return name
	case "token":
		if _, person, ok := strings.Cut(name, " ("); ok {
			return strings.TrimSuffix(person, ")")
		}
		return name
	}
	return actor
}

// The actors of people who have given no name, while access control is off.
const (
	ActorBoard = "board"
	ActorAPI   = "api"
)

// Signature is the name in an actor as people elsewhere are to read it, without the number
// of an account at Slack; empty: no name is known.
func Signature(actor string) string {
	name := Person(actor)
	if name == ActorBoard || name == ActorAPI || strings.HasPrefix(name, "slack:") {
		return ""
	}
	name, _, _ = strings.Cut(name, " (slack:")
	return name
}

// Seal chains the event to the one before it and sets Seq, BodyHash, Prev and Hash. It
// truncates At to the milliseconds that storage keeps, so that the hash can be
// checked later.
func (e *Event) Seal(lastSeq int64, lastHash string) {
	e.Seq, e.Prev = lastSeq+1, lastHash
	e.At = e.At.Truncate(time.Millisecond)
	e.BodyHash = hashText(string(e.Body))
	e.Hash = e.digest()
}

// Intact reports whether the event still hashes to what was sealed. The body of an
// Erased one can't be checked.
func (e *Event) Intact() bool {
	return e.Hash == e.digest() && (e.BodyHash == "" || e.Erased() || e.BodyHash == hashText(string(e.Body)))
}

// Erased reports whether the event's body was removed and only its hash is left.
func (e *Event) Erased() bool {
	return len(e.Body) == 0 && e.BodyHash != "" && e.BodyHash != hashText("")
}

func hashText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// digest hashes the sealed form of the event.
func (e *Event) digest() string {
	return hashText(string(e.Sealed()))
}

// Sealed is the byte sequence that the hash covers, so that a history can be
// checked without kigen: the fields prev, incident, seq, at (Unix milliseconds),
// actor, kind, body and, if not empty, origin, each after its length and a colon. In
// place of the body stands "sha256:" and its BodyHash, if the event has one.
// The lengths keep two events with different field boundaries distinct. An empty
// origin is left out, because older events have none.
func (e *Event) Sealed() []byte {
	body := string(e.Body)
	if e.BodyHash != "" {
		body = "sha256:" + e.BodyHash
	}
	fields := []string{
		e.Prev, e.Incident.String(), fmt.Sprint(e.Seq), fmt.Sprint(e.At.UnixMilli()),
		e.Actor, string(e.Kind), body,
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
