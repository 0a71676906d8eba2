// Package wire holds what passes between the pipeline and a destination: the message in
// one direction, the failure and the rate limits in the other. It does no I/O.
package wire

import (
	"context"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// Status is the overall state of a message. A destination shows it as a colour;
// the title has it in words.
type Status string

// The statuses.
const (
	StatusWaiting      Status = "waiting"      // the deadline is ahead, or not known yet
	StatusWarning      Status = "warning"      // the deadline is near
	StatusOverdue      Status = "overdue"      // passed without a notice
	StatusAcknowledged Status = "acknowledged" // no notice yet, and a person took the incident
	StatusMet          Status = "met"
	StatusLate         Status = "late"
	StatusCancelled    Status = "cancelled" // no notice is awaited any more
	StatusReport       Status = "report"
)

// Message is the content of a delivery, independent of its destination. All
// texts are plain, in one language, and unescaped.
type Message struct {
	Key    string    // the delivery's: sent with the message, so that a search finds it
	Thread string    // groups messages: the incident's id, or the report's key
	At     time.Time // when it was written, in the reader's zone
	Lang   string
	Status Status
	To     string // of a mail destination: the only recipient; empty: all
	// Attempt is the number of this attempt, from 1.
	Attempt int
	Late    bool // sent more than two minutes after the alert was due
	Repeat  bool // an earlier attempt may have arrived
	Plain   bool // send Text only, because the rich form was refused
	Update  bool // changes an earlier message
	Anew    bool // post this update as a new message, because the message to change is gone or unknown
	// BeforeUnsearchable is called before the message is sent by a path that
	// cannot be searched, if the destination also has a searchable one; nil: not
	// needed. If it returns an error, the message must not be sent.
	BeforeUnsearchable func(ctx context.Context) error

	Title       string // has everything needed to decide whether to act now
	Fields      []Field
	Notes       []string // caveats: an assumed start, a late alert
	Quote       Quote
	Clock       sla.ClockID // that the alert is about; zero: none, or all of the incident
	Explanation Section
	Link        Link
	Actions     []Action // buttons; the last one may be a link
	Text        string   // the whole message as plain text

	Facts *Facts // for webhook receivers; nil for a report

	Under outbox.Receipt // the root of the thread that this message goes into; empty: no thread
	Items []Item         // of a digest: one line for each alert
	Cases []Facts        // the same for webhook receivers

	// News is, for an update, the same change as a new message, for a destination
	// that normally edits messages and cannot edit this one; nil if this message
	// is one already. Redundant means that another message has shown the change.
	News      *Message
	Redundant bool

	Attachments []outbox.Attachment // sent with this message
	Files       []LinkedFile        // of a report: all its files, attached or not
}

// Field is one labelled fact.
type Field struct{ Name, Value string }

// Quote is the published clause of the promise.
type Quote struct {
	Heading string
	Text    string
	Source  string // document, edition and section
	URL     string
}

// Section is a heading with lines under it.
type Section struct {
	Heading string
	Lines   []string
}

// Link leads to the incident or report; URL is empty without a base URL.
type Link struct{ Text, URL string }

// Facts is the data of one incident and clock, for a webhook's receiver.
type Facts struct {
	Reason       outbox.Reason  `json:"reason"`
	Incident     sla.IncidentID `json:"incident"`
	Reference    string         `json:"reference,omitempty"`
	Vendor       string         `json:"vendor"`
	Service      string         `json:"service,omitempty"`
	Promise      string         `json:"promise"`
	Stage        string         `json:"stage,omitempty"`
	OwedBy       string         `json:"owed_by,omitempty"` // us, of a duty of ours
	Duty         string         `json:"duty,omitempty"`    // its regime, such as jp-appi
	To           string         `json:"to,omitempty"`      // the authority
	State        sla.State      `json:"state"`
	Start        time.Time      `json:"start,omitzero"`
	Basis        sla.Basis      `json:"basis,omitempty"`
	Due          time.Time      `json:"due,omitzero"`
	BreachedAt   time.Time      `json:"breached_at,omitzero"`
	NotifiedAt   time.Time      `json:"notified_at,omitzero"`
	Acknowledged string         `json:"acknowledged_by,omitempty"`
}

// Enclose removes line breaks and control characters from parts that have one
// line, so that user input cannot imitate another part. The fields are enclosed
// when they are written.
func (m *Message) Enclose() {
	for _, line := range []*string{&m.Title, &m.Quote.Heading, &m.Quote.Source, &m.Explanation.Heading, &m.Link.Text} {
		*line = phrase.Line(*line)
	}
	for _, lines := range [][]string{m.Notes, m.Explanation.Lines} {
		for i := range lines {
			lines[i] = phrase.Line(lines[i])
		}
	}
	for i := range m.Items {
		item := &m.Items[i]
		item.Label, item.Text, item.Short = phrase.Line(item.Label), phrase.Line(item.Text), phrase.Line(item.Short)
	}
	for i := range m.Files {
		m.Files[i].Title = phrase.Line(m.Files[i].Title)
	}
	m.Quote.Text = phrase.Lines(m.Quote.Text)
}

// Compose puts the whole message into one plain text, the title first.
func (m *Message) Compose() string {
	lines := []string{m.Title}
	for _, f := range m.Fields {
		lines = append(lines, f.Name+": "+f.Value)
	}
	for _, note := range m.Notes {
		lines = append(lines, "* "+note)
	}
	if m.Quote.Text != "" {
		lines = append(lines, m.Quote.Heading+": "+m.Quote.Text)
	}
	if m.Quote.Source != "" {
		lines = append(lines, "  "+m.Quote.Source)
	}
	under := ""
	if m.Explanation.Heading != "" {
		lines = append(lines, m.Explanation.Heading+":")
		under = "  "
	}
	for _, line := range m.Explanation.Lines {
		lines = append(lines, under+line)
	}
	if m.Link.URL != "" {
		lines = append(lines, m.Link.Text+": "+m.Link.URL)
	}
	return strings.Join(lines, "\n")
}

// Item is one alert of a digest, as one line.
type Item struct {
	Label string // the incident's id
	URL   string // of the incident; empty without a base URL
	Text  string // the rest of the line, the most important first
	Short string // a short form of the whole line, for plain text with a limit
}

// LinkedFile is a file that a message links to.
type LinkedFile struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Link  string `json:"link,omitempty"` // empty without a base URL
}

// Action is a button of a message.
type Action struct {
	ID    string // which action it is
	Text  string
	Value string // the incident's id, such as KGN-12; empty for a link
	URL   string // of a link alone
	Style string // primary, or empty
}
