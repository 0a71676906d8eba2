// Package format reads the documents of status pages and feeds: each becomes a list of
// entries in one form, whatever the vendor calls its fields.
//
// A document counts only with its anchor: its root, and the page's id or the channel's
// title. A page of an error, a bot check, or another page's document has none, and its
// reading fails: it says nothing about the vendor, and above all no "all clear".
package format

import (
	"errors"
	"fmt"
	"time"

	"kigen/sla/inbox"
)

// Format is a form of documents.
type Format string

// The formats.
const (
	StatuspageIncidents    Format = "statuspage.incidents"
	StatuspageMaintenances Format = "statuspage.maintenances"
	StatuspageSummary      Format = "statuspage.summary"
	StatuspageHistory      Format = "statuspage.history" // history.atom or history.rss
	StatusIO               Format = "statusio"
	GoogleCloud            Format = "gcp.incidents"
	AWSFeed                Format = "aws.rss"
	AWSCurrent             Format = "aws.currentevents"
	Azure                  Format = "azure.rss"
	Microsoft365           Format = "m365.issues"
	SlackCurrent           Format = "slack.current"
	SlackHistory           Format = "slack.history"
	Feed                   Format = "feed" // RSS of any version, Atom
	WatchedPage            Format = "page" // HTML that is watched for change
)

// What bounds a document beyond its size.
const (
	maxEntries = 5000
	maxUpdates = 1000  // of one entry
	maxText    = 20000 // runes of one text
	maxTitle   = 500

	maxFragment = 200_000 // bytes of HTML in a field
	maxClassed  = 4000    // runes of a text in which words are looked for
)

// Basis says how an instant is known.
type Basis string

// The bases.
const (
	Stated   Basis = "stated"   // by a field that means it
	Assumed  Basis = "assumed"  // from another field
	Observed Basis = "observed" // by us
)

// Moment is an instant as a field gives it.
type Moment struct {
	At    time.Time `json:"at,omitzero"`
	Field string    `json:"field,omitempty"` // the vendor's name of the field
	Basis Basis     `json:"basis,omitempty"`
}

// Phase is how far an entry is. It is only what the document says of it.
type Phase string

// The phases. Those of planned work are the last four.
const (
	Open      Phase = "open"
	Resolved  Phase = "resolved"
	Scheduled Phase = "scheduled"
	Running   Phase = "in_progress"
	Completed Phase = "completed"
	Cancelled Phase = "cancelled"
)

// Entry is one incident or planned work of a document, or one message about it.
type Entry struct {
	ID string `json:"id"`
	// Keys are all names by which the entry is known again, the surest first. A name of
	// another form of the same page is among them.
	Keys       []string     `json:"keys"`
	Title      string       `json:"title"`   // as given
	Subject    string       `json:"subject"` // the title without marks of the stage
	Status     string       `json:"status,omitempty"`
	Phase      Phase        `json:"phase,omitempty"`
	Impact     string       `json:"impact,omitempty"`
	Severity   string       `json:"severity,omitempty"`
	Kind       inbox.Kind   `json:"kind"`
	Components []string     `json:"components,omitempty"`
	Updates    []Update     `json:"updates,omitempty"` // the oldest first
	Started    Moment       `json:"started,omitzero"`
	Published  Moment       `json:"published,omitzero"`
	Touched    time.Time    `json:"touched,omitzero"` // no revision by itself
	Resolved   Moment       `json:"resolved,omitzero"`
	Window     inbox.Window `json:"window,omitzero"`
	Link       string       `json:"link,omitempty"`
	// Moving says that the vendor restamps the publication with each change, so that the
	// first one seen is the publication.
	Moving bool `json:"moving,omitempty"`
	// Join is what the messages about one incident have in common where each is an entry
	// of its own; empty where an entry is the whole incident.
	Join  string `json:"join,omitempty"`
	Stage Stage  `json:"stage,omitzero"`
	// Slot says that the entry is known by its address alone, which the vendor may use
	// again for the next incident.
	Slot bool `json:"slot,omitempty"`
}

// Update is one message of an entry.
type Update struct {
	ID     string    `json:"id"`
	Status string    `json:"status,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Text   string    `json:"text"`
}

// Document is what one document says.
type Document struct {
	Anchor  string // the page's id, or the channel's title; empty: the form has neither
	Entries []Entry
	Page    *Page  // of a page that is watched
	Next    string // where the document goes on
}

// Options are what is known of a document before it is read.
type Options struct {
	URL         string // of the document: relative links are resolved against it
	ContentType string // the header
	Anchor      string // must be the document's; empty: any
	Select      string // a CSS selector: what is watched of a page
	MustContain string // a text without which a page is not the page
}

// Reason classes the failures of reading.
type Reason string

// The reasons.
const (
	NotTheFeed Reason = "not_the_feed" // no root, or not of this form
	WrongPage  Reason = "anchor"       // a document of another page
	NotThePage Reason = "not_the_page"
	Charset    Reason = "charset"
	Entities   Reason = "entities" // declares entities of its own
	TooMuch    Reason = "too_much"
)

// Error is a document that cannot be read.
type Error struct {
	Reason Reason
	Err    error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the text.
func (e *Error) Unwrap() error { return e.Err }

func refuse(reason Reason, format string, args ...any) error {
	return &Error{reason, fmt.Errorf(format, args...)}
}

// reader reads a document whose characters are decoded.
type reader func(text string, o Options) (Document, error)

var readers = map[Format]reader{
	StatuspageIncidents:    readStatuspage("incidents"),
	StatuspageMaintenances: readStatuspage("scheduled_maintenances"),
	StatuspageSummary:      readStatuspage("incidents", "scheduled_maintenances", "status"),
	StatuspageHistory:      readHistory,
	StatusIO:               readStatusIO,
	GoogleCloud:            readGoogleCloud,
	AWSFeed:                readAWSFeed,
	AWSCurrent:             readAWSCurrent,
	Azure:                  readAzure,
	Microsoft365:           readMicrosoft365,
	SlackCurrent:           readSlackCurrent,
	SlackHistory:           readSlackHistory,
	Feed:                   readFeed,
	WatchedPage:            readPage,
}

// Parse reads a document. Its error is an Error.
func Parse(f Format, body []byte, o Options) (Document, error) {
	read, ok := readers[f]
	if !ok {
		return Document{}, refuse(NotTheFeed, "%q is no format of documents", f)
	}
	text, err := decode(body, o.ContentType, f)
	if err != nil {
		return Document{}, err
	}
	doc, err := read(text, o)
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			return Document{}, err
		}
		return Document{}, refuse(NotTheFeed, "the document is not what this source serves: %w", err)
	}
	if o.Anchor != "" && Fold(o.Anchor) != Fold(doc.Anchor) {
		return Document{}, refuse(WrongPage, "the document is of another page: its anchor is %q, and this source's is %q", clip(doc.Anchor, 100), o.Anchor)
	}
	if len(doc.Entries) > maxEntries {
		return Document{}, refuse(TooMuch, "the document has %d entries, more than %d", len(doc.Entries), maxEntries)
	}
	for i := range doc.Entries {
		finish(&doc.Entries[i])
	}
	return doc, nil
}

// finish bounds an entry, brings its updates into order and gives it its names.
func finish(e *Entry) {
	e.Title = clip(Line(e.Title), maxTitle)
	if e.Subject == "" {
		e.Subject = e.Title
	}
	e.Subject = clip(Line(e.Subject), maxTitle)
	for i := range e.Updates {
		e.Updates[i].Text = clip(e.Updates[i].Text, maxText)
	}
	e.Updates = inOrder(e.Updates)
	if n := len(e.Updates); n > maxUpdates {
		e.Updates = e.Updates[n-maxUpdates:]
	}
	e.Components = distinct(e.Components)
	e.Keys = distinct(append([]string{e.ID}, e.Keys...))
}
