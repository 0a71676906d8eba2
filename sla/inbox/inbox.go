// Package inbox holds what came in from vendors: items with their revisions, what was
// decided about each, and the state of the sources. It is pure; the store keeps them, and
// the intake fills it.
//
// An item's state, and the decisions that change it:
//
//	candidate   -> recorded (accept as notice, or by rule), logged (accept as incident, link), dismissed (dismiss)
//	recorded    -> candidate (undo: the notice is withdrawn)
//	logged      -> candidate (undo: the incident is cancelled, or the link ends)
//	dismissed   -> candidate (undo; or a revision that tells of an incident for the first time)
//	seen        -> as candidate, and candidate (its page tells of trouble anew)
//	ignored     -> as candidate, and candidate (a revision that tells of trouble)
//	unconfirmed -> as candidate, and candidate (its page confirms it)
package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"kigen/sla"
)

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

// Kinds lists all kinds.
var Kinds = [...]Kind{
	KindFirst, KindFollowup, KindFinal, KindRecovery, KindMaintenance, KindVulnerability, KindUnrelated,
	KindIncident, KindSecurity, KindNone,
}

// Trouble reports whether a kind tells of something that a person should see.
func (k Kind) Trouble() bool { return k != KindUnrelated && k != KindNone }

// Notifies reports whether an item of the kind may be the vendor's notice of an incident.
func (k Kind) Notifies() bool {
	switch k {
	case KindFirst, KindFollowup, KindFinal, KindRecovery, KindIncident, KindSecurity:
		return true
	}
	return false
}

// State is what became of an item.
type State string

// The states of an item.
const (
	Candidate   State = "candidate"   // waits for a person
	Recorded    State = "recorded"    // a notice, by rule or by a person
	Logged      State = "logged"      // became an incident, or was linked to one
	Dismissed   State = "dismissed"   // by a person
	Seen        State = "seen"        // was there when its source was read for the first time
	Ignored     State = "ignored"     // no trouble
	Unconfirmed State = "unconfirmed" // a hook whose page does not say so
)

// States lists all states.
var States = [...]State{Candidate, Recorded, Logged, Dismissed, Seen, Ignored, Unconfirmed}

// Open reports whether a person may still make something of an item in this state.
func (s State) Open() bool {
	return s == Candidate || s == Seen || s == Ignored || s == Unconfirmed
}

// Linked reports whether an item in this state belongs to an incident.
func (s State) Linked() bool { return s == Recorded || s == Logged }

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
	Incident   string // KGN-n of the one open incident that it is about, or of its own; empty: none, or not sure
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

	// Of kigen, not of the source.
	Notice    int       // the Number of the notice that it is recorded as; 0: none
	Version   int64     // raised by each change
	TakenAt   time.Time // when it came in first
	ChangedAt time.Time // when its newest revision came in
}

// Times are what the text, or a field that means it, states.
type Times struct {
	Occurred time.Time `json:"occurred,omitzero"`
	// Assumed: nothing states Occurred, and it is the time of a publication.
	Assumed   bool      `json:"assumed,omitempty"`
	Detected  time.Time `json:"detected,omitzero"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Recovered time.Time `json:"recovered,omitzero"`
	Windows   []Window  `json:"windows,omitempty"` // of planned work
}

// Window is planned work from a start to an end.
type Window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end,omitzero"`
}

// Reason says in words why an item was matched, or why it was not taken by itself: a
// message of the locale files of the package that reads it, with its arguments, so that it
// can be read in either language.
type Reason struct {
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"`
}

// Fingerprint is equal for two readings of an item that say the same. Offsets of times, and
// what kigen concludes from the item, do not count.
func (it *Item) Fingerprint() string {
	instant := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.UnixMilli()
	}
	said := []any{
		it.Kind, it.Service, it.Title, it.Text, it.Reference,
		instant(it.Times.Occurred), instant(it.Times.Detected), instant(it.Times.Confirmed), instant(it.Times.Recovered),
	}
	for _, w := range it.Times.Windows {
		said = append(said, instant(w.Start), instant(w.End))
	}
	text, err := json.Marshal(said)
	if err != nil {
		panic("inbox: " + err.Error()) // plain data, which always marshals
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Revision is one wording of an item.
type Revision struct {
	Item     // as it came; of kigen's own fields the Revision
	At       time.Time
	Original *sla.Evidence // the mail or document as it came; nil: it was not kept, or was erased
}

// Action is what was decided about an item.
type Action string

// The actions.
const (
	Record  Action = "record"  // as a notice
	Log     Action = "log"     // as a new incident
	Link    Action = "link"    // to an incident, without a notice
	Dismiss Action = "dismiss" // it is nothing of ours
	Undo    Action = "undo"    // of the last one
	Reopen  Action = "reopen"  // a revision made it a candidate again
)

// Decision is one decision about an item. Decisions are never changed.
type Decision struct {
	ID       int64
	Item     int64
	At       time.Time
	By       string // a person, a program, or the rule of a source
	Origin   string // as of events
	Action   Action
	State    State          // of the item from then on
	Incident sla.IncidentID // that it belongs to from then on, or belonged to before an Undo
	Notice   int            // that it is recorded as, or was
	Reason   string
	Key      string // the idempotency key; empty: none
}

// Source is what is remembered of a source.
type Source struct {
	Name         string
	State        json.RawMessage // of whoever reads it, such as validators and the last UID
	Since        time.Time       // watched since: its first success
	LastSuccess  time.Time
	FailingSince time.Time // zero: it does not fail
	Error        string    // of the newest failure; holds no secret
}

// Query selects items, newest first.
type Query struct {
	State    State          // empty: every state
	Source   string         // empty: every source
	Vendor   string         // empty: every vendor
	Incident sla.IncidentID // 0: every incident, and none
	Before   int64          // ids below this one; 0: from the newest
	Limit    int
}

// Page is one page of a list.
type Page struct {
	Items []Item
	Next  int64 // Query.Before of the next page; 0: this is the last one
}

// Told is an item with its history.
type Told struct {
	Item      Item
	Revisions []Revision // oldest first
	Decisions []Decision // oldest first
}

// Document is an item as it came.
type Document struct {
	Name    string // of a file, such as mail.eml
	Type    string // media type
	Content []byte // empty: it is not kept
}
