package tracker

import (
	"time"

	"kigen/sla"
)

// What an event's body holds. The keys are the API's names; instants are UTC.

type loggedBody struct {
	Vendor   string               `json:"vendor"`
	Service  string               `json:"service,omitempty"`
	Title    string               `json:"title"`
	Impact   sla.Impact           `json:"impact"`
	Scope    sla.Scope            `json:"scope"`
	Severity sla.Severity         `json:"severity,omitempty"`
	Times    map[string]time.Time `json:"times"`
}

func describe(inc *sla.Incident) loggedBody {
	b := loggedBody{
		Vendor: inc.Vendor, Service: inc.Service, Title: inc.Title,
		Impact: inc.Impact, Scope: inc.Scope, Severity: inc.Severity, Times: map[string]time.Time{},
	}
	for m, s := range inc.Times {
		if s.Known() {
			b.Times[timeField(sla.Moment(m))] = s.At.UTC()
		}
	}
	return b
}

type noticeBody struct {
	ReceivedAt time.Time  `json:"received_at"`
	SentAt     time.Time  `json:"sent_at,omitzero"`
	Channel    string     `json:"channel,omitempty"`
	Stage      string     `json:"stage,omitempty"`
	Reference  string     `json:"reference,omitempty"`
	Text       string     `json:"text,omitempty"`
	Files      []fileBody `json:"files,omitempty"`
}

// fileBody binds a file's content to the history by its hash.
type fileBody struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func describeNotice(n *sla.Notice) noticeBody {
	body := noticeBody{
		ReceivedAt: n.ReceivedAt.UTC(), Channel: n.Channel, Stage: n.Stage, Reference: n.Reference, Text: n.Text,
	}
	for _, f := range n.Files {
		body.Files = append(body.Files, fileBody{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	if !n.SentAt.IsZero() {
		body.SentAt = n.SentAt.UTC()
	}
	return body
}

// DeadlineBody is the body of an EventDeadline: the deadline and the one that
// it replaces.
type DeadlineBody struct {
	Promise  string     `json:"promise"`
	Stage    string     `json:"stage,omitempty"`
	State    sla.State  `json:"state"`
	Start    time.Time  `json:"start,omitzero"`
	From     string     `json:"from,omitempty"` // the moment that Start is
	Basis    sla.Basis  `json:"basis,omitempty"`
	Due      *time.Time `json:"due"`
	OldStart time.Time  `json:"old_start,omitzero"`
	OldDue   *time.Time `json:"old_due,omitempty"`
	Terms    string     `json:"terms"`
}

func describeDeadline(c, before *sla.Clock) DeadlineBody {
	b := DeadlineBody{
		Promise: c.Promise, Stage: c.Stage, State: c.State, Basis: c.Start.Basis,
		Due: utc(c.Due), OldDue: utc(before.Due), Terms: c.Terms,
	}
	if !c.Start.At.IsZero() {
		b.Start, b.From = c.Start.At.UTC(), c.Start.From.String()
	}
	if !before.Start.At.IsZero() {
		b.OldStart = before.Start.At.UTC()
	}
	return b
}

// StateBody is the body of an EventState.
type StateBody struct {
	Promise string     `json:"promise"`
	Stage   string     `json:"stage,omitempty"`
	Was     sla.State  `json:"was"`
	State   sla.State  `json:"state"`
	Due     *time.Time `json:"due,omitempty"`
}

func describeState(c *sla.Clock, was sla.State) StateBody {
	return StateBody{Promise: c.Promise, Stage: c.Stage, Was: was, State: c.State, Due: utc(c.Due)}
}

// Changed is one field of an EventAmended's body, which maps the field's name
// to it.
type Changed struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// utc is nil for a zero instant, which JSON writes as null.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// timeField is how JSON and flags name a moment.
func timeField(m sla.Moment) string { return m.String() + "_at" }
