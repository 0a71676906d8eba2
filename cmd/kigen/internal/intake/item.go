// Package intake takes in what vendors send and publish: mails, feeds and signed hooks
// become items, of which a person makes a notice or an incident. An item stops a clock by
// itself only where its source may and everything about it agrees: a wrong automatic stop
// hides a breach, a wrong candidate costs a click.
//
// Its subpackages read: mail the mails, feed the status pages. They know no database and
// no clock.
package intake

import "time"

// Kind is what an item is about.
type Kind string

// Of mails, by the text that is new in them.
const (
	KindFirst         Kind = "incident_first"    // tells of an incident for the first time
	KindFollowup      Kind = "incident_followup" // tells more, corrects or withdraws
	KindFinal         Kind = "incident_final"    // closes the report
	KindRecovery      Kind = "recovery"
	KindMaintenance   Kind = "maintenance" // planned work, also of feeds
	KindVulnerability Kind = "vulnerability"
	KindUnrelated     Kind = "unrelated"
)

// Of feeds and hooks.
const (
	KindIncident Kind = "incident"
	KindSecurity Kind = "security"
	KindNone     Kind = "none" // no trouble
)

// State is what became of an item.
type State string

// The states of an item.
const (
	Candidate   State = "candidate"   // waits for a person
	Recorded    State = "recorded"    // a notice, by rule or by a person
	Logged      State = "logged"      // became an incident
	Dismissed   State = "dismissed"   // by a person
	Seen        State = "seen"        // was there when its source was read for the first time
	Ignored     State = "ignored"     // no trouble
	Unconfirmed State = "unconfirmed" // a hook whose page does not say so
)

// Item is one mail, or one incident of a feed, as it was read last. It is unique by its
// source and the source's id. Times are instants in any zone; zero where nothing is known.
type Item struct {
	ID         int64
	Source     string // its name in the configuration
	SourceID   string // the sender's id: a Message-ID, the id of a status page's incident
	Revision   int    // counts from 1: how often the source changed what it says
	State      State
	Vendor     string // empty: none of ours
	Service    string // the vendor's name of it, where it says one
	Kind       Kind
	Incident   string // KGN-n of the one open incident that it is about; empty: none, or not sure
	Title      string
	Text       string // what is new in it, without quoted history
	Channel    string // how it came: email, support, status_page …, as in a promise
	Reference  string // the vendor's ticket number
	Link       string // where the source shows it; never fetched
	ReceivedAt time.Time
	SentAt     time.Time
	Times      Times
	Auto       bool // everything agrees: its source may record it by itself
	Reasons    []Reason
	Evidence   string // the SHA-256 of the mail or document as it came, in hex
}

// Times are what the text, or a field that means it, states.
type Times struct {
	Occurred, Detected, Confirmed, Recovered time.Time
	Windows                                  []Window // of planned work
}

// Window is planned work from a start to an end.
type Window struct {
	Start, End time.Time
}

// Reason says in words why an item was matched, or why it was not taken by itself: a
// message of the locale files of this package with its arguments, so that it can be read
// in either language.
type Reason struct {
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"`
}
