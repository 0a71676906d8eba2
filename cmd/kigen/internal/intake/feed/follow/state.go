// Package follow follows what a source says from one poll to the next: which entries are
// new, which have changed, which left the document. It is pure: the instant is an argument.
//
//	entry                          | first poll | later
//	-------------------------------|------------|---------------------------------------------
//	not known                      | seen       | candidate; ignored if it is no trouble, or
//	                               |            | only the recovery of a trouble never seen
//	another message about a known  | seen       | attached: a revision of that one
//	known, says the same           |            | unchanged
//	known, says something else     |            | changed: the next revision; the old stays
//	known, not in the document     |            | gone: its phase stays what the vendor said last
//
// Nothing is resolved by its absence, and a document that could not be read changes nothing.
package follow

import (
	"maps"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// State is the state of a source. The items are kept one by one.
type State struct {
	Began time.Time       `json:"began,omitzero"` // the first document that was read
	Docs  map[string]Doc  `json:"docs,omitempty"`
	Hints []Hint          `json:"hints,omitempty"` // hooks that no document has confirmed yet
	Items map[string]Item `json:"-"`
}

// Doc is the state of a document of a source.
type Doc struct {
	Read         time.Time `json:"read,omitzero"`
	Anchor       string    `json:"anchor,omitempty"` // as it was first
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Listed       []string  `json:"listed,omitempty"` // the ids of the items in it
	Page         *Page     `json:"page,omitempty"`
}

// Item is an entry over the polls.
type Item struct {
	ID        string        `json:"id"`
	Keys      []string      `json:"keys"` // all names of it
	State     inbox.State   `json:"state"`
	Kind      inbox.Kind    `json:"kind"`
	Into      string        `json:"into,omitempty"`  // it is a message about this item
	Entry     format.Entry  `json:"entry"`           // as it was read last
	Phase     format.Phase  `json:"phase,omitempty"` // as the vendor says; never by absence
	FirstSeen time.Time     `json:"first_seen"`
	Active    time.Time     `json:"active"` // when something last happened
	Gone      time.Time     `json:"gone,omitzero"`
	Published format.Moment `json:"published,omitzero"`
	Resolved  format.Moment `json:"resolved,omitzero"`
	Revisions []Revision    `json:"revisions"`
	Updates   []Update      `json:"updates,omitempty"`
	Plans     []Plan        `json:"plans,omitempty"`
	Conflicts []Conflict    `json:"conflicts,omitempty"`
	Reason    inbox.Reason  `json:"reason,omitzero"` // why it is in its state
	Page      bool          `json:"page,omitempty"`  // a change of a watched page: a person decides, always
	Revised   int           `json:"revised"`         // the number of the last revision
}

// Revision is one state of what a source says. What it replaced stays on record.
type Revision struct {
	N        int           `json:"n"`
	At       time.Time     `json:"at"` // when it was read
	Changed  []string      `json:"changed,omitempty"`
	Title    string        `json:"title"`
	Status   string        `json:"status,omitempty"`
	Impact   string        `json:"impact,omitempty"`
	Occurred format.Moment `json:"occurred,omitzero"`
}

// Update is one message of an item, in all wordings that it has had.
type Update struct {
	ID       string    `json:"id"`
	Status   string    `json:"status,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Seen     time.Time `json:"seen"`
	Wordings []Wording `json:"wordings"` // the first one first
	Removed  bool      `json:"removed,omitempty"`
	Part     bool      `json:"part,omitempty"` // an entry of its own
}

// Wording is a text with the time of its first reading.
type Wording struct {
	Text string    `json:"text"`
	Seen time.Time `json:"seen"`
}

// Plan is a window of planned work, and when it was announced.
type Plan struct {
	Window    inbox.Window `json:"window"`
	Announced time.Time    `json:"announced"`
}

// Conflict is a time that cannot be true.
type Conflict struct {
	Field string    `json:"field"`
	Given time.Time `json:"given"`
	Why   string    `json:"why"` // a key of intake
	Seen  time.Time `json:"seen"`
}

// Hint is what a hook said, until a document confirms or denies it.
type Hint struct {
	Entry format.Entry `json:"entry"`
	At    time.Time    `json:"at"`
}

// Read is the reading of one document.
type Read struct {
	Name       string
	Unmodified bool // the source says that it is as it was
	Document   format.Document
}

// Joined is an entry that became an update of another one.
type Joined struct{ Item, To string }

// Outcome is what a poll brought. Items are those that changed in any way.
type Outcome struct {
	New, Changed, Unchanged, Seen, Gone, Ignored, Unconfirmed []string
	Attached                                                  []Joined
	Items                                                     []Item
}

// What bounds an item over time, against a source that changes at each poll.
const (
	maxRevisions = 500
	maxWordings  = 50
	maxRecords   = 2000 // updates
	maxHints     = 100
)

// Hinted takes a hook's word down. What is known by its id needs none.
func Hinted(s State, h Hint) State {
	known := slices.ContainsFunc(s.Hints, func(o Hint) bool { return o.Entry.ID == h.Entry.ID })
	if h.Entry.ID == "" || known || len(s.Hints) >= maxHints {
		return s
	}
	s.Hints = append(slices.Clone(s.Hints), h)
	return s
}

func because(key string) inbox.Reason { return inbox.Reason{Key: key} }

// clone copies what a poll changes.
func (s State) clone() State {
	s.Docs, s.Items, s.Hints = maps.Clone(s.Docs), maps.Clone(s.Items), slices.Clone(s.Hints)
	if s.Docs == nil {
		s.Docs = map[string]Doc{}
	}
	if s.Items == nil {
		s.Items = map[string]Item{}
	}
	return s
}

// clone copies an item so that appending to the copy leaves the original alone.
func (i Item) clone() Item {
	i.Keys, i.Revisions, i.Updates = slices.Clone(i.Keys), slices.Clone(i.Revisions), slices.Clone(i.Updates)
	i.Plans, i.Conflicts = slices.Clone(i.Plans), slices.Clone(i.Conflicts)
	return i
}
