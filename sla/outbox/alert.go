package outbox

import (
	"encoding/json"
	"time"

	"kigen/sla"
)

// Reason names why an alert exists. It is part of the alert's key.
type Reason string

// The reasons.
const (
	ReasonLogged     Reason = "logged"     // the incident was logged: for information
	ReasonWarning    Reason = "warning"    // a threshold before due has passed
	ReasonOverdue    Reason = "overdue"    // due has passed without a notice
	ReasonRepeat     Reason = "repeat"     // still no notice, and no owner
	ReasonEscalation Reason = "escalation" // still no notice, later, to other destinations
	ReasonReport     Reason = "report"     // a month has ended
	ReasonTest       Reason = "test"       // a person tests whether alerts arrive
	ReasonCandidate  Reason = "candidate"  // something came in that a person should look at
	ReasonSource     Reason = "source"     // a source of the intake can't be read, or can be read again
	ReasonPast       Reason = "past"       // due had passed long before the incident was imported: for the summary of its import
)

// AlertID numbers the alerts of one database.
type AlertID int64

// Alert is a message about a deadline, a report or a test. Its Key is unique and
// contains the announced deadline, so that a new deadline is announced again and
// the same one is not.
type Alert struct {
	ID        AlertID
	Key       string
	Reason    Reason
	Incident  sla.IncidentID // zero for a report
	Clock     sla.ClockID    // zero for a report, and for an alert about all clocks of the incident
	DueAt     time.Time      // the deadline that it announces; zero likewise
	At        time.Time      // when it became due, not when it was raised
	NotBefore time.Time      // it is not sent earlier; zero: from At
	// Premature marks an alert that was raised before its instant because the
	// wall clock was ahead. It counts as never raised.
	Premature bool
	To        []string        // destinations; one delivery each
	Body      json.RawMessage // the content of a report; empty for a clock, whose state is read when sending
	Files     []Attachment    // of a report. Read back, they are in Delivery.Files
}

// Attachment is a file of a message.
type Attachment struct {
	Name string // unique within its alert
	Type string // its media type
	Data []byte
}

// DeliveryKind is the kind of message of a delivery.
type DeliveryKind string

// The kinds of delivery. A Page belongs to a digest, a File to that or to a report.
const (
	Post   DeliveryKind = "post"
	Update DeliveryKind = "update"
	Page   DeliveryKind = "page" // a part of a digest's list
	File   DeliveryKind = "file" // a digest's whole list, or one file of a report, sent separately
	// A Copy repeats a message for a recipient that the mail server put off or
	// refused while it accepted others. A claimed copy has the kind, the key and
	// the content of that message.
	Copy DeliveryKind = "copy"
)

// DeliveryState is the state of a delivery in the outbox.
type DeliveryState string

// The states of a delivery. A row found in Sending after a crash becomes
// Unknown: the destination may have the message. A Pending post may have arrived
// only if it is a possible repeat (Delivery.PossibleRepeat): any other post
// becomes pending again only when it certainly did not arrive.
const (
	DeliveryPending    DeliveryState = "pending"
	DeliverySending    DeliveryState = "sending"
	DeliveryUnknown    DeliveryState = "unknown" // unconfirmed: the outcome of the attempt is not known
	DeliverySent       DeliveryState = "sent"
	DeliveryMerged     DeliveryState = "merged"     // part of a digest
	DeliverySuperseded DeliveryState = "superseded" // replaced by a later message
	DeliveryRefused    DeliveryState = "refused"    // the destination refuses this message; put aside and shown to people
	DeliveryRetired    DeliveryState = "retired"    // its destination left the configuration
)

// DeliveryID numbers the rows of the outbox.
type DeliveryID int64

// Attempt is one attempt to send a delivery. What comes to light about it does not hold
// for a later one.
type Attempt struct {
	Delivery DeliveryID
	Number   int // counts from 1
}

// Delivery is one alert at one destination.
type Delivery struct {
	ID          DeliveryID
	Key         string // unique: the alert's key, the destination, and the version for an update
	Destination string
	Kind        DeliveryKind
	State       DeliveryState
	Attempts    int       // attempts begun so far
	NextAt      time.Time // no attempt before
	LastError   string
	Receipt     Receipt // of the message itself; for an Update, of the message to change
	SentAt      time.Time

	PossibleRepeat bool // an earlier attempt may have arrived: it is unconfirmed and was not searched for
	Lookups        int  // times that an attempt or a search left it unconfirmed
	Refusals       int  // times that it was put aside

	Thread    Receipt // of the root of its thread; empty: not in a thread
	InsteadOf string  // the destination from which this post failed over; empty: none
	// InsteadState is the state of the original delivery at InsteadOf: refused, or
	// unknown if it may have arrived.
	InsteadState DeliveryState
	Recipient    string // of a copy: its only recipient; empty: all of the destination's

	Said *Said // what the destination had shown of the incident when this one was claimed; nil: unknown

	Files []Attachment // sent with this message; files with deliveries of their own are left out

	// Unreadable is why storage could not read the delivery's data; empty: no
	// error. The message then has only the error and the incident's id.
	Unreadable string

	Alert    Alert
	Digest   *Digest       // the content of a digest; nil otherwise
	Decision *ItemDecision // about the item that a candidate's alert announces, at the time of the claim; nil: none yet
	Incident *sla.Incident // at the time of the claim, with clocks and notices; nil for a report or digest
	Clock    *sla.Clock    // the alert's clock, inside Incident; nil likewise
}

// Refusal describes a delivery in DeliveryRefused for people. Times are in UTC.
type Refusal struct {
	Incident       sla.IncidentID // zero for a report
	Destination    string
	Kind           DeliveryKind
	Alert          Reason
	At             time.Time // when it was refused last
	Next           time.Time // when it is tried again, if it is still relevant then
	Why            string    // holds no secret
	Fallback       string    // the destination to which the alert failed over; empty: none
	FallbackSentAt time.Time // when the fallback accepted it; zero: not yet
}

// Unconfirmed is a delivery in DeliveryUnknown, with the data for a search at its
// destination.
type Unconfirmed struct {
	ID        DeliveryID
	Key       string
	Kind      DeliveryKind
	Attempts  int       // the number of the request of unknown outcome
	AttemptAt time.Time // when it was begun
	SearchAt  time.Time // no search before
	Lookups   int       // times that an attempt or a search left it unconfirmed
	Thread    Receipt   // of the root of its thread; empty: not in a thread
}

// Attempt returns the last attempt.
func (d *Delivery) Attempt() Attempt { return Attempt{d.ID, d.Attempts} }

// Attempt returns the attempt of unknown outcome.
func (u *Unconfirmed) Attempt() Attempt { return Attempt{u.ID, u.Attempts} }

// Undelivered is a recipient that did not get a message that others got.
type Undelivered struct {
	Recipient      string // as the destination is configured
	Reason         string // for a person; holds no secret
	Refused        bool   // permanently; otherwise it is tried again at Next
	Next           time.Time
	PossibleRepeat bool // it may have arrived
}

// Receipt identifies a message at its destination: by Slack's channel and ts, or
// by a mail's Message-ID. It is empty if the destination returns no identifier.
type Receipt struct {
	Channel string
	TS      string
}
