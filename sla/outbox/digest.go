package outbox

import (
	"time"

	"kigen/sla"
)

// ReasonDigest is the reason of an alert that combines many others.
const ReasonDigest Reason = "digest"

// DigestForm is a destination's form for many alerts at once.
type DigestForm struct {
	Above int  // merge when more posts than this are due
	Page  int  // lines of a page in the summary's thread; 0: the summary holds the whole list
	File  bool // the list is also uploaded as a file
	Flat  bool // there are no threads: the pages follow the summary

	// Once means that the destination cannot edit sent messages: each change of an
	// incident is sent as one new message, and many changes as a digest.
	Once bool
}

// ReasonChanges is the reason of an alert that combines changes of many
// incidents.
const ReasonChanges Reason = "changes"

// ReasonImported is the reason of an alert that combines all ReasonPast alerts of an
// import.
const ReasonImported Reason = "imported"

// Digest is the content of a delivery that combines many alerts.
type Digest struct {
	Part  int    // of a page: 1, 2, 3 …; 0: the summary
	Pages int    // in the summary's thread; 0: the summary holds the list
	Lines []Line // of a page its own, otherwise all; the earliest deadline first
}

// Line is one alert of a digest, with the present state of its clock.
type Line struct {
	Key          string // of the delivery that was merged
	Reason       Reason
	At           time.Time // when the alert became due
	Incident     sla.IncidentID
	Kind         sla.IncidentKind
	Reference    string
	Vendor       string
	Service      string
	Title        string
	Severity     sla.Severity
	Promise      string // empty when the alert is about no clock
	Stage        string
	State        sla.State
	Due          time.Time
	NotifiedAt   time.Time
	BreachedAt   time.Time
	Acknowledged sla.Acknowledgement
	InsteadOf    string // the destination from which it failed over; empty: none
	Unreadable   bool   // its clock's row is damaged: state and instants are empty
	Change       bool   // it reports a change of the incident and is not an alert
}

// Digest reports whether an alert of this reason combines many others.
func (r Reason) Digest() bool { return r == ReasonDigest || r == ReasonChanges || r == ReasonImported }
