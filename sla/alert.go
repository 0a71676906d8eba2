package sla

import (
	"encoding/json"
	"time"
)

// Reason names why an alert exists. It is part of the alert's key.
type Reason string

// The reasons.
const (
	ReasonLogged     Reason = "logged"     // the incident was logged: for information
	ReasonWarning    Reason = "warning"    // a threshold before due has passed
	ReasonOverdue    Reason = "overdue"    // due has passed in silence
	ReasonRepeat     Reason = "repeat"     // still silent, nobody has it
	ReasonEscalation Reason = "escalation" // still silent, later, to others
	ReasonReport     Reason = "report"     // a month has ended
	ReasonTest       Reason = "test"       // somebody asked whether alerts arrive
)

// AlertID numbers the alerts of one database.
type AlertID int64

// Alert is a thing to tell people. Its Key is unique and holds the deadline's
// value, so that a changed deadline is announced again and nothing twice.
type Alert struct {
	ID       AlertID
	Key      string
	Reason   Reason
	Incident IncidentID      // zero for a report
	Clock    ClockID         // zero for a report, and where it speaks of all clocks of the incident
	DueAt    time.Time       // the deadline it speaks of; zero likewise
	At       time.Time       // when it became due to be told, not when we got to it
	To       []string        // destinations; one delivery each
	Body     json.RawMessage // what a report says; empty for a clock, whose state is read when sending
	Files    []Attachment    // that go with a report. Read back, they are in Delivery.Files
}

// Attachment is a file that goes with a message.
type Attachment struct {
	Name string // unique among those of an alert: it stays with the file
	Type string // its media type
	Data []byte
}

// DeliveryKind tells a first message from a change to a sent one.
type DeliveryKind string

// The kinds of delivery. A Page belongs to a digest, a File to that or to a report.
const (
	Post   DeliveryKind = "post"
	Update DeliveryKind = "update"
	Page   DeliveryKind = "page" // a part of a digest's list
	File   DeliveryKind = "file" // a digest's whole list, or one file of a report, by itself
)

// DeliveryState is where a delivery stands in the outbox.
type DeliveryState string

// The states of a delivery. A row found in Sending after a crash becomes
// Unknown: the destination may have it.
const (
	DeliveryPending    DeliveryState = "pending"
	DeliverySending    DeliveryState = "sending"
	DeliveryUnknown    DeliveryState = "unknown" // attempted, and nobody knows how that ended
	DeliverySent       DeliveryState = "sent"
	DeliveryMerged     DeliveryState = "merged"     // told by a digest
	DeliverySuperseded DeliveryState = "superseded" // a later alert says more
)

// DeliveryID numbers the rows of the outbox.
type DeliveryID int64

// Delivery is one alert at one destination.
type Delivery struct {
	ID          DeliveryID
	Key         string // unique: the alert's key, the destination, and the version for an update
	Destination string
	Kind        DeliveryKind
	State       DeliveryState
	Attempts    int       // requests begun so far
	NextAt      time.Time // not to be tried before
	LastError   string
	Receipt     Receipt // of the message itself; for an Update, of the message to change
	SentAt      time.Time

	PossibleRepeat bool // an attempt of unknown outcome went before, and could not be looked for
	Looks          int  // waits for an answer so far, of all its attempts

	Thread    Receipt // of the message in whose thread this one stands; empty: in none
	InsteadOf string  // the destination that could not be reached, for which this one is told; empty: none

	Files []Attachment // that this message carries; those that go by themselves are not among them

	Alert    Alert
	Digest   *Digest   // what it tells when it stands for many alerts; nil otherwise
	Incident *Incident // as it stands now, with clocks and notices; nil for a report or digest
	Clock    *Clock    // the alert's clock, inside Incident; nil likewise
}

// Doubt is a delivery in DeliveryUnknown, with what it takes to look for it at
// its destination.
type Doubt struct {
	ID        DeliveryID
	Key       string
	Kind      DeliveryKind
	AttemptAt time.Time // when the request of unknown outcome was begun
	LookAt    time.Time // not to be looked for before
	Looks     int       // waits for an answer so far
	Thread    Receipt   // of the message in whose thread it stands; empty: in none
}

// Receipt is how a destination names a message that it has taken: Slack's
// channel and ts, a mail's Message-ID. Where it can't be named, it is empty.
type Receipt struct {
	Channel string
	TS      string
}
