package notify

import (
	"context"
	"strings"
	"time"

	"kigen/sla"
)

// Status is what a message says at a glance. A destination shows it as a
// colour; the title says it in words.
type Status string

// The statuses.
const (
	StatusWaiting      Status = "waiting"      // the deadline is ahead, or not known yet
	StatusWarning      Status = "warning"      // the deadline is near
	StatusOverdue      Status = "overdue"      // passed in silence
	StatusAcknowledged Status = "acknowledged" // no notice yet, but a person has it
	StatusMet          Status = "met"
	StatusLate         Status = "late"
	StatusCancelled    Status = "cancelled" // nothing to wait for any more
	StatusReport       Status = "report"
)

// Message is what people are told, in no destination's own form. All texts
// are plain, in one language, and unescaped.
type Message struct {
	Key    string    // the delivery's: a destination carries it along, to be found again
	Thread string    // what belongs together: the incident's id, or the report's key
	At     time.Time // when it was written, in the reader's zone
	Lang   string
	Status Status
	// Attempt counts the requests for this message, this one included.
	Attempt int
	Late    bool // told more than two minutes after it should have been
	Repeat  bool // may have been told before
	Plain   bool // to be sent as Text alone, because the rich form was refused
	// Blindly is called before the message goes a way on which nobody can look
	// for it afterwards, where the destination has another way; nil: nobody
	// wants to know. When it fails, the message stays.
	Blindly func(ctx context.Context) error

	Title       string // says everything that matters at 3 a.m.
	Fields      []Field
	Notes       []string // what to bear in mind: an assumed start, a late alert
	Quote       Quote
	Explanation Section
	Link        Link
	Actions     []Action // what a person can do at once; the last one may be a link
	Text        string   // the whole message as plain text

	Facts *Facts // for machines; nil for a report

	Under sla.Receipt // of the message in whose thread this one goes; empty: in none
	Items []Item      // of a digest: one line an alert
	Cases []Facts     // the same for machines

	Attachments []sla.Attachment // that go with this message
	Files       []LinkedFile     // of a report: all its files, however they travel
}

// Field is one labelled fact.
type Field struct{ Name, Value string }

// Quote is the clause that the vendor published.
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

// Link leads to the incident or report; URL is empty when kigen was not told
// where people reach it.
type Link struct{ Text, URL string }

// Facts is the case behind a message, for a webhook's receiver.
type Facts struct {
	Reason       sla.Reason     `json:"reason"`
	Incident     sla.IncidentID `json:"incident"`
	Reference    string         `json:"reference,omitempty"`
	Vendor       string         `json:"vendor"`
	Service      string         `json:"service,omitempty"`
	Promise      string         `json:"promise"`
	Stage        string         `json:"stage,omitempty"`
	State        sla.State      `json:"state"`
	Start        time.Time      `json:"start,omitzero"`
	Basis        sla.Basis      `json:"basis,omitempty"`
	Due          time.Time      `json:"due,omitzero"`
	BreachedAt   time.Time      `json:"breached_at,omitzero"`
	NoticeAt     time.Time      `json:"notice_at,omitzero"`
	Acknowledged string         `json:"acknowledged_by,omitempty"`
}

// compose puts the whole message into one plain text, the title first.
func (m *Message) compose() string {
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
